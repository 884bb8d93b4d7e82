/* segment_cursor.c - walk one posting list by documents and by blocks. */
#include <string.h>

#include "base/assert.h"
#include "bests.h"
#include "pack.h"
#include "segment_impl.h"

/* Columns of the skip table, see list_writer.c. */
enum { NEAR = 8 };   /* postings that are looked at before halving the block */

enum skip_column { SKIP_LAST_DOCUMENT, SKIP_BLOCK, SKIP_POSITIONS, SKIP_IMPACTS };

static uint32_t skip_at(const struct segment_cursor *cursor, enum skip_column column,
                        uint32_t block) {
    return get_le32(cursor->skips + ((uint64_t)column * cursor->block_count + block) * 4);
}

static uint32_t end_damaged(struct segment_cursor *cursor, const uint8_t *p) {
    cursor->status = STATUS_BAD_DATA;
    cursor->damage_offset = segment_place(cursor->segment, p);
    cursor->document = SEGMENT_NO_DOCUMENT;
    cursor->count = 0;
    cursor->at = 0;
    cursor->block = cursor->block_count;
    return SEGMENT_NO_DOCUMENT;
}

static uint32_t end_list(struct segment_cursor *cursor) {
    cursor->document = SEGMENT_NO_DOCUMENT;
    cursor->count = 0;
    cursor->at = 0;
    cursor->block = cursor->block_count;
    return SEGMENT_NO_DOCUMENT;
}

/* Documents from gaps; false when they leave the segment. */
static bool sum_gaps(const struct segment_cursor *cursor, uint32_t *documents, uint32_t count,
                     uint32_t before) {
    uint64_t widest = 0;
    uint32_t document = before;
    for (uint32_t i = 0; i < count; i++) {
        widest += documents[i];
        document += documents[i] + 1;
        documents[i] = document;
    }
    uint64_t last = (uint64_t)(uint32_t)(before + 1) + widest + count - 1;
    return last < cursor->segment->document_count;
}

/* Decode block `number` and stand on its first document. */
static bool enter_block(struct segment_cursor *cursor, uint32_t number) {
    bool is_last = number + 1 == cursor->block_count;
    uint64_t begin = cursor->skips != NULL ? skip_at(cursor, SKIP_BLOCK, number) : 0;
    uint64_t end = is_last ? cursor->blocks_bytes : skip_at(cursor, SKIP_BLOCK, number + 1);
    uint32_t before = number > 0 ? skip_at(cursor, SKIP_LAST_DOCUMENT, number - 1) : UINT32_MAX;
    uint32_t count = is_last ? cursor->where.document_count - number * SEGMENT_BLOCK
                             : (uint32_t)SEGMENT_BLOCK;
    if (begin > end || end > cursor->blocks_bytes) {
        end_damaged(cursor, cursor->blocks);
        return false;
    }
    const uint8_t *p = cursor->blocks + begin;
    const uint8_t *behind = pack_decode(p, cursor->blocks + end, cursor->documents, count);
    if (behind == NULL || !sum_gaps(cursor, cursor->documents, count, before) ||
        (cursor->skips != NULL &&
         cursor->documents[count - 1] != skip_at(cursor, SKIP_LAST_DOCUMENT, number))) {
        end_damaged(cursor, p);
        return false;
    }
    cursor->frequencies_bytes = behind;
    cursor->block_end = cursor->blocks + end;
    cursor->frequencies_ready = false;
    cursor->positions_ready = false;
    cursor->block = number;
    cursor->count = count;
    cursor->at = 0;
    cursor->document = cursor->documents[0];
    return true;
}

/* Find the tables of a list of several blocks from its end. */
static bool find_tables(struct segment_cursor *cursor) {
    uint64_t table = (uint64_t)cursor->block_count * SEGMENT_SKIP_BYTES + SEGMENT_SKIP_TAIL_BYTES;
    if (cursor->blocks_bytes < table) {
        return false;
    }
    cursor->blocks_bytes -= table;
    cursor->skips = cursor->blocks + cursor->blocks_bytes;
    cursor->impacts_bytes = skip_at(cursor, SKIP_IMPACTS, cursor->block_count + 1);
    if (cursor->blocks_bytes < cursor->impacts_bytes) {
        return false;
    }
    cursor->blocks_bytes -= cursor->impacts_bytes;
    cursor->impacts = cursor->blocks + cursor->blocks_bytes;
    return true;
}

static void open_single(struct segment_cursor *cursor) {
    cursor->count = 1;
    cursor->documents[0] = cursor->where.only_document;
    cursor->frequencies[0] = cursor->where.only_frequency;
    cursor->frequencies_ready = true;
    cursor->document = cursor->documents[0];
}

enum status segment_cursor_open(struct segment_cursor *cursor, const struct segment *segment,
                                const struct segment_term *term, struct diag *diag) {
    ASSERT(term->document_count > 0);
    memset(cursor, 0, offsetof(struct segment_cursor, documents));
    cursor->segment = segment;
    cursor->where = *term;
    cursor->blocks = segment_part(segment, SEGMENT_POSTINGS) + term->postings_offset;
    cursor->blocks_bytes = term->postings_bytes;
    cursor->block_count = (term->document_count + SEGMENT_BLOCK - 1) / SEGMENT_BLOCK;
    if (term->document_count == 1) {
        open_single(cursor);
        return STATUS_OK;
    }
    bool is_sound = cursor->block_count == 1 || find_tables(cursor);
    if (!is_sound) {
        end_damaged(cursor, cursor->blocks);
    }
    if (!is_sound || !enter_block(cursor, 0)) {
        return diag_fail(diag, STATUS_BAD_DATA, cursor->damage_offset, "postings are damaged");
    }
    return STATUS_OK;
}

uint32_t segment_cursor_next(struct segment_cursor *cursor) {
    if (cursor->at + 1 < cursor->count) {
        return cursor->document = cursor->documents[++cursor->at];
    }
    if (cursor->block + 1 >= cursor->block_count) {
        return end_list(cursor);
    }
    enter_block(cursor, cursor->block + 1);
    return cursor->document;
}

/* The first block from `from` on whose last document is not below `target`. */
static uint32_t find_block(const struct segment_cursor *cursor, uint32_t from, uint32_t target) {
    uint32_t step = 1;
    uint32_t low = from;
    while (low < cursor->block_count && skip_at(cursor, SKIP_LAST_DOCUMENT, low) < target) {
        from = low + 1;
        low += step;
        step *= 2;
    }
    uint32_t high = low < cursor->block_count ? low : cursor->block_count;
    while (from < high) {
        uint32_t middle = from + (high - from) / 2;
        if (skip_at(cursor, SKIP_LAST_DOCUMENT, middle) < target) {
            from = middle + 1;
        } else {
            high = middle;
        }
    }
    return from;
}

uint32_t segment_cursor_seek(struct segment_cursor *cursor, uint32_t target) {
    if (cursor->document >= target) {
        return cursor->document;
    }
    if (cursor->documents[cursor->count - 1] < target) {
        uint32_t block = cursor->skips != NULL
                             ? find_block(cursor, cursor->block + 1, target)
                             : cursor->block_count;
        if (block >= cursor->block_count) {
            return end_list(cursor);
        }
        if (!enter_block(cursor, block)) {
            return SEGMENT_NO_DOCUMENT;
        }
    }
    uint32_t low = cursor->at;
    uint32_t count = cursor->count - low;   /* the last is not below the target */
    if (count > NEAR && cursor->documents[low + NEAR] >= target) {
        count = NEAR + 1;                    /* mostly it is near */
    }
    /* Halve without branches: which way it goes cannot be predicted. */
    while (count > 1) {
        uint32_t half = count / 2;
        low += cursor->documents[low + half - 1] < target ? half : 0;
        count -= half;
    }
    cursor->at = low;
    return cursor->document = cursor->documents[low];
}

void segment_cursor_frequencies(struct segment_cursor *cursor) {
    if (cursor->frequencies_ready || cursor->count == 0) {
        return;
    }
    if (pack_decode(cursor->frequencies_bytes, cursor->block_end, cursor->frequencies,
                    cursor->count) == NULL) {
        memset(cursor->frequencies, 0, sizeof(cursor->frequencies));
        end_damaged(cursor, cursor->frequencies_bytes);
        return;
    }
    for (uint32_t i = 0; i < SEGMENT_BLOCK; i++) {
        cursor->frequencies[i]++;
    }
    cursor->frequencies_ready = true;
}

uint32_t segment_cursor_frequency(struct segment_cursor *cursor) {
    if (!cursor->frequencies_ready) {
        segment_cursor_frequencies(cursor);
    }
    return cursor->frequencies[cursor->at];
}

/* ---- positions ---- */

/* Stand before the block's first position. */
static bool start_positions(struct segment_cursor *cursor) {
    const uint8_t *part = segment_part(cursor->segment, SEGMENT_POSITIONS);
    uint64_t offset = cursor->skips != NULL ? skip_at(cursor, SKIP_POSITIONS, cursor->block) : 0;
    if (offset > cursor->where.positions_bytes) {
        end_damaged(cursor, part + cursor->where.positions_offset);
        return false;
    }
    uint64_t total = 0;
    for (uint32_t i = 0; i < cursor->count; i++) {
        total += cursor->frequencies[i];
    }
    if (total > UINT32_MAX) {
        end_damaged(cursor, cursor->frequencies_bytes);
        return false;
    }
    cursor->position_total = (uint32_t)total;
    cursor->position_posting = 0;
    cursor->position_before = 0;
    cursor->position_pack = 0;
    cursor->position_read = part + cursor->where.positions_offset + offset;
    cursor->positions_ready = true;
    return true;
}

static const uint8_t *positions_end(const struct segment_cursor *cursor) {
    return segment_part(cursor->segment, SEGMENT_POSITIONS) + cursor->where.positions_offset +
           cursor->where.positions_bytes;
}

/* Bring pack `number` into `packed`; forwards only. */
static bool load_pack(struct segment_cursor *cursor, uint32_t number) {
    const uint8_t *end = positions_end(cursor);
    while (cursor->position_pack <= number) {
        uint32_t left = cursor->position_total - cursor->position_pack * PACK_VALUES;
        uint32_t count = left < PACK_VALUES ? left : (uint32_t)PACK_VALUES;
        const uint8_t *p = cursor->position_read;
        const uint8_t *behind = cursor->position_pack == number
                                    ? pack_decode(p, end, cursor->packed, count)
                                    : pack_skip(p, end, count);
        if (behind == NULL) {
            end_damaged(cursor, p);
            return false;
        }
        cursor->position_read = behind;
        cursor->position_pack++;
    }
    return true;
}

/* Make position_before that of the current posting. */
static bool reach_posting(struct segment_cursor *cursor) {
    segment_cursor_frequencies(cursor);
    if (cursor->count == 0 || (!cursor->positions_ready && !start_positions(cursor))) {
        return false;
    }
    while (cursor->position_posting < cursor->at) {
        cursor->position_before += cursor->frequencies[cursor->position_posting++];
    }
    return true;
}

/* Begin the block's positions again when pack `number` lies behind. */
static bool rewind_before(struct segment_cursor *cursor, uint32_t number) {
    if (cursor->position_pack <= number + 1) {
        return true;
    }
    uint32_t posting = cursor->position_posting;
    uint32_t before = cursor->position_before;
    bool is_sound = start_positions(cursor);
    cursor->position_posting = posting;
    cursor->position_before = before;
    return is_sound;
}

uint32_t segment_cursor_gaps(struct segment_cursor *cursor, uint32_t from, uint32_t *out_gaps,
                             uint32_t room) {
    if (cursor->document == SEGMENT_NO_DOCUMENT || room == 0) {
        return 0;
    }
    if (cursor->where.document_count == 1 && cursor->where.only_frequency == 1) {
        out_gaps[0] = cursor->where.only_position;
        return from == 0;
    }
    if (!reach_posting(cursor) || from >= cursor->frequencies[cursor->at]) {
        return 0;
    }
    uint32_t wanted = cursor->frequencies[cursor->at] - from;
    wanted = wanted < room ? wanted : room;
    uint32_t first = cursor->position_before + from;
    if (!rewind_before(cursor, first / PACK_VALUES)) {
        return 0;
    }
    for (uint32_t i = 0; i < wanted; i++) {
        uint32_t number = first + i;
        if (cursor->position_pack != number / PACK_VALUES + 1 &&
            !load_pack(cursor, number / PACK_VALUES)) {
            return 0;
        }
        out_gaps[i] = cursor->packed[number % PACK_VALUES];
    }
    return wanted;
}

uint32_t segment_cursor_positions(struct segment_cursor *cursor, uint32_t *out_positions,
                                  uint32_t room) {
    uint32_t count = segment_cursor_gaps(cursor, 0, out_positions, room);
    uint64_t position = UINT64_MAX;   /* so that the first gap is the position itself */
    for (uint32_t i = 0; i < count; i++) {
        position += (uint64_t)out_positions[i] + 1;
        if (position > UINT32_MAX) {
            end_damaged(cursor, cursor->frequencies_bytes);
            return 0;
        }
        out_positions[i] = (uint32_t)position;
    }
    return count;
}

/* ---- windows and impacts ---- */

uint32_t segment_cursor_window(struct segment_cursor *cursor, uint32_t target) {
    if (cursor->document == SEGMENT_NO_DOCUMENT) {
        return SEGMENT_NO_DOCUMENT;
    }
    if (cursor->window < cursor->block) {
        cursor->window = cursor->block;
    }
    if (cursor->skips == NULL) {
        uint32_t last = cursor->documents[cursor->count - 1];
        return last >= target ? last : SEGMENT_NO_DOCUMENT;
    }
    cursor->window = find_block(cursor, cursor->window, target);
    return cursor->window < cursor->block_count
               ? skip_at(cursor, SKIP_LAST_DOCUMENT, cursor->window)
               : SEGMENT_NO_DOCUMENT;
}

/* One block holds no impacts: look at its postings. */
static uint32_t impacts_of_block(struct segment_cursor *cursor, struct segment_impact *out) {
    struct segment_bests bests;
    bests_clear(&bests);
    segment_cursor_frequencies(cursor);
    for (uint32_t i = 0; i < cursor->count; i++) {
        bests_add(&bests, cursor->frequencies[i], cursor->segment->norms[cursor->documents[i]]);
    }
    return bests_front(&bests, out);
}

/* Damage gives the bound that excludes nothing. */
static uint32_t read_impacts(const struct segment_cursor *cursor, uint32_t number,
                             struct segment_impact *out) {
    uint32_t begin = skip_at(cursor, SKIP_IMPACTS, number);
    uint32_t end = skip_at(cursor, SKIP_IMPACTS, number + 1);
    uint32_t count = 0;
    if (begin < end && end <= cursor->impacts_bytes) {
        const uint8_t *p = cursor->impacts + begin;
        const uint8_t *behind = cursor->impacts + end;
        while (p != NULL && p < behind && count < SEGMENT_IMPACTS_MAX) {
            out[count].norm = *p++;
            p = varint_get(p, behind, &out[count].frequency);
            count += p != NULL;
        }
        if (p == behind) {
            return count;
        }
    }
    out[0] = (struct segment_impact){ UINT32_MAX, 0 };
    return 1;
}

uint32_t segment_cursor_impacts(struct segment_cursor *cursor,
                                struct segment_impact out_impacts[SEGMENT_IMPACTS_MAX]) {
    if (cursor->skips == NULL) {
        return impacts_of_block(cursor, out_impacts);
    }
    return cursor->window < cursor->block_count ? read_impacts(cursor, cursor->window, out_impacts)
                                                : 0;
}

uint32_t segment_cursor_list_impacts(struct segment_cursor *cursor,
                                     struct segment_impact out_impacts[SEGMENT_IMPACTS_MAX]) {
    return cursor->skips == NULL ? impacts_of_block(cursor, out_impacts)
                                 : read_impacts(cursor, cursor->block_count, out_impacts);
}
