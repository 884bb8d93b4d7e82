/*
 * list_writer.c - one term's postings into blocks, skip table and impacts.
 *
 * A list is [block]... [impacts] [skip table]: a reader that knows the number of
 * documents finds everything from the end.  Lists of one block carry neither
 * impacts nor skip table, and a list of one document has no postings at all.
 */
#include "list_writer.h"

#include "base/assert.h"
#include "base/endian.h"
#include "bests.h"
#include "sync/memory.h"
#include "varint.h"

void segment_writer_term(struct segment_writer *writer, const uint8_t *term,
                         uint32_t term_bytes) {
    ASSERT(term_bytes > 0 && term_bytes <= SEGMENT_TERM_BYTES_MAX);
    memcpy(writer->next_term, term, term_bytes);
    writer->next_term_bytes = term_bytes;
    writer->list_count = 0;
    writer->base = UINT32_MAX;
    writer->list_postings = writer->spools[SEGMENT_SPOOL_POSTINGS].total;
    writer->list_positions = writer->sink.total - writer->positions.offset;
    writer->block_positions = writer->list_positions;
    writer->fill = 0;
    writer->gap_fill = 0;
    writer->skip_count = 0;
    writer->impacts_used = 0;
}

void segment_writer_flush_gaps(struct segment_writer *writer) {
    uint8_t bytes[PACK_BYTES_MAX];
    size_t count = pack_encode(bytes, writer->gaps, writer->gap_fill);
    sink_put(&writer->sink, bytes, count);
    writer->position_count += writer->gap_fill;
    writer->gap_fill = 0;
}

static bool room_for_block(struct segment_writer *writer) {
    enum { IMPACT_BYTES = SEGMENT_IMPACTS_MAX * (1 + 5) };
    if (writer->skip_count == writer->skips_room) {
        size_t room = writer->skips_room * 2 + 64;
        struct segment_skip *grown = sync_resize(writer->skips, room * sizeof(*grown));
        if (grown == NULL) {
            return false;
        }
        writer->skips = grown;
        writer->skips_room = room;
    }
    if (writer->impacts_room - writer->impacts_used < 2 * IMPACT_BYTES) {
        size_t room = writer->impacts_room * 2 + 64 * IMPACT_BYTES;
        uint8_t *grown = sync_resize(writer->impacts, room);
        if (grown == NULL) {
            return false;
        }
        writer->impacts = grown;
        writer->impacts_room = room;
    }
    return true;
}

static void put_front(struct segment_writer *writer, const struct segment_bests *bests) {
    struct segment_impact front[SEGMENT_IMPACTS_MAX];
    uint32_t count = bests_front(bests, front);
    uint8_t *p = writer->impacts + writer->impacts_used;
    for (uint32_t i = 0; i < count; i++) {
        *p++ = front[i].norm;
        p = varint_put(p, front[i].frequency);
    }
    writer->impacts_used = (size_t)(p - writer->impacts);
}

/* Skip entry and impacts of the block in the buffers. */
static void note_block(struct segment_writer *writer) {
    uint64_t block = writer->spools[SEGMENT_SPOOL_POSTINGS].total - writer->list_postings;
    uint64_t positions = writer->block_positions - writer->list_positions;
    if (!room_for_block(writer)) {
        segment_writer_fail(writer, STATUS_NO_MEMORY, "out of memory");
        return;
    }
    if (block > UINT32_MAX || positions > UINT32_MAX) {
        segment_writer_fail(writer, STATUS_LIMIT, "one term's postings over 4 GiB");
        return;
    }
    bests_clear(&writer->block_bests);
    for (uint32_t i = 0; i < writer->fill; i++) {
        bests_add(&writer->block_bests, writer->frequencies[i],
                  writer->norms[writer->documents[i]]);
    }
    if (writer->skip_count == 0) {
        bests_clear(&writer->list_bests);
    }
    bests_merge(&writer->list_bests, &writer->block_bests);
    writer->skips[writer->skip_count++] = (struct segment_skip){
        .last_document = writer->documents[writer->fill - 1],
        .block_offset = (uint32_t)block,
        .position_offset = (uint32_t)positions,
        .impact_offset = (uint32_t)writer->impacts_used,
    };
    put_front(writer, &writer->block_bests);
}

/* Documents as gaps, then frequencies less one. */
static void put_block(struct segment_writer *writer) {
    uint8_t bytes[2 * PACK_BYTES_MAX];
    uint32_t values[SEGMENT_BLOCK];
    uint32_t before = writer->base;
    for (uint32_t i = 0; i < writer->fill; i++) {
        values[i] = writer->documents[i] - before - 1;
        before = writer->documents[i];
    }
    size_t count = pack_encode(bytes, values, writer->fill);
    for (uint32_t i = 0; i < writer->fill; i++) {
        values[i] = writer->frequencies[i] - 1;
    }
    count += pack_encode(bytes + count, values, writer->fill);
    spool_put(&writer->spools[SEGMENT_SPOOL_POSTINGS], bytes, count);
    writer->base = before;
}

void segment_writer_flush_block(struct segment_writer *writer) {
    if (writer->sink.status != STATUS_OK) {
        writer->fill = 0;
        writer->gap_fill = 0;
        return;
    }
    ASSERT(writer->documents[writer->fill - 1] < writer->document_count);
    ASSERT_SLOW(writer->base == UINT32_MAX || writer->documents[0] > writer->base);
    if (writer->gap_fill > 0) {
        segment_writer_flush_gaps(writer);
    }
    bool is_only_block = writer->list_count == 0 && writer->fill < SEGMENT_BLOCK;
    if (!is_only_block && writer->sink.status == STATUS_OK) {
        note_block(writer);
    }
    put_block(writer);
    writer->list_count += writer->fill;
    writer->posting_count += writer->fill;
    writer->block_positions = writer->sink.total - writer->positions.offset;
    writer->fill = 0;
}

/* The tables of a list of several blocks. */
static void put_skips(struct segment_writer *writer) {
    struct spool *spool = &writer->spools[SEGMENT_SPOOL_POSTINGS];
    uint32_t list_impacts = (uint32_t)writer->impacts_used;
    put_front(writer, &writer->list_bests);
    spool_put(spool, writer->impacts, writer->impacts_used);
    uint8_t word[4];
    for (int column = 0; column < 4; column++) {
        for (uint32_t i = 0; i < writer->skip_count; i++) {
            const struct segment_skip *skip = &writer->skips[i];
            put_le32(word, column == 0 ? skip->last_document : column == 1 ? skip->block_offset
                         : column == 2 ? skip->position_offset : skip->impact_offset);
            spool_put(spool, word, sizeof(word));
        }
    }
    put_le32(word, list_impacts);
    spool_put(spool, word, sizeof(word));
    put_le32(word, (uint32_t)writer->impacts_used);
    spool_put(spool, word, sizeof(word));
}

/* A term in one document: its posting stands in the dictionary itself. */
static void end_single(struct segment_writer *writer) {
    uint8_t meta[4 * VARINT_BYTES_MAX];
    bool is_once = writer->frequencies[0] == 1;
    uint32_t gap = writer->gaps[0];
    if (is_once) {
        writer->position_count++;
    } else if (writer->gap_fill > 0) {
        segment_writer_flush_gaps(writer);
    }
    uint64_t positions = writer->sink.total - writer->positions.offset - writer->list_positions;
    uint8_t *p = varint_put(meta, 1);
    p = varint_put(p, writer->documents[0]);
    p = varint_put(p, writer->frequencies[0]);
    p = varint_put(p, is_once ? gap : positions);
    writer->posting_count++;
    segment_writer_put_term(writer, meta, (size_t)(p - meta));
}

void segment_writer_term_end(struct segment_writer *writer) {
    ASSERT(writer->list_count + writer->fill > 0);
    if (writer->sink.status != STATUS_OK) {
        return;
    }
    if (writer->list_count == 0 && writer->fill == 1) {
        end_single(writer);
        return;
    }
    if (writer->fill > 0) {
        segment_writer_flush_block(writer);
    }
    if (writer->list_count > SEGMENT_BLOCK && writer->sink.status == STATUS_OK) {
        put_skips(writer);
    }
    uint8_t meta[3 * VARINT_BYTES_MAX];
    uint64_t postings = writer->spools[SEGMENT_SPOOL_POSTINGS].total - writer->list_postings;
    uint64_t positions = writer->sink.total - writer->positions.offset - writer->list_positions;
    uint8_t *p = varint_put(meta, writer->list_count);
    p = varint_put(p, postings);
    p = varint_put(p, positions);
    segment_writer_put_term(writer, meta, (size_t)(p - meta));
}
