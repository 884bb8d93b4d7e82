/* segment_writer.c - documents, terms and the end of a segment; lists are in list_writer.c. */
#include "segment_writer.h"

#include "base/assert.h"
#include "base/endian.h"
#include "base/hash.h"
#include "list_writer.h"
#include "sync/memory.h"
#include "varint.h"

static const char *const segment_over_limit = "segment over a limit of its format";

void segment_writer_fail(struct segment_writer *writer, enum status status,
                         const char *reason) {
    if (writer->sink.status == STATUS_OK) {
        writer->sink.status = diag_fail(&writer->sink.diag, status, DIAG_NO_OFFSET, reason);
    }
}

enum status segment_writer_open(struct segment_writer *writer,
                                const struct segment_writer_options *options,
                                struct diag *diag) {
    memset(writer, 0, sizeof(*writer));
    writer->options = *options;
    for (int i = 0; i < SEGMENT_SPOOLS; i++) {
        spool_init(&writer->spools[i], options->spool_paths[i], options->spool_bytes);
    }
    enum status status = sink_open(&writer->sink, options->path, diag);
    if (status != STATUS_OK) {
        return status;
    }
    uint8_t header[SEGMENT_HEADER_BYTES] = { 0 };
    memcpy(header, SEGMENT_MAGIC, SEGMENT_MAGIC_BYTES);
    put_le32(header + SEGMENT_MAGIC_BYTES, SEGMENT_VERSION);
    sink_put(&writer->sink, header, sizeof(header));
    writer->text.offset = writer->sink.total;
    return STATUS_OK;
}

static uint32_t common_prefix(const uint8_t *a, uint32_t a_bytes, const uint8_t *b,
                              uint32_t b_bytes) {
    uint32_t most = a_bytes < b_bytes ? a_bytes : b_bytes;
    uint32_t common = 0;
    while (common < most && a[common] == b[common]) {
        common++;
    }
    return common;
}

static void start_group(struct segment_writer *writer) {
    uint8_t entry[SEGMENT_DOCUMENT_ENTRY_BYTES];
    put_le64(entry, writer->spools[SEGMENT_SPOOL_DOCUMENTS].total);
    put_le64(entry + 8, writer->text_bytes);
    spool_put(&writer->spools[SEGMENT_SPOOL_DOCUMENT_INDEX], entry, sizeof(entry));
    writer->id_bytes = 0;
}

static void put_norm(struct segment_writer *writer, uint8_t norm) {
    if (writer->document_count == writer->norms_room) {
        size_t room = writer->norms_room + writer->norms_room / 2 + 4096;
        uint8_t *grown = sync_resize(writer->norms, room);
        if (grown == NULL) {
            segment_writer_fail(writer, STATUS_NO_MEMORY, "out of memory");
            return;
        }
        writer->norms = grown;
        writer->norms_room = room;
    }
    writer->norms[writer->document_count++] = norm;
}

void segment_writer_document(struct segment_writer *writer,
                             const struct segment_document *document) {
    ASSERT(document->id_bytes > 0 && document->id_bytes <= SEGMENT_ID_BYTES_MAX);
    ASSERT(document->title_bytes <= SEGMENT_TITLE_BYTES_MAX);
    if (writer->sink.status != STATUS_OK) {
        return;
    }
    if (writer->document_count == SEGMENT_DOCUMENTS_MAX) {
        segment_writer_fail(writer, STATUS_LIMIT, segment_over_limit);
        return;
    }
    if (writer->document_count % SEGMENT_DOCUMENT_GROUP == 0) {
        start_group(writer);
    }
    struct spool *spool = &writer->spools[SEGMENT_SPOOL_DOCUMENTS];
    uint32_t same = common_prefix(writer->id, writer->id_bytes, document->id, document->id_bytes);
    uint8_t bytes[5 * VARINT_BYTES_MAX];
    uint8_t *p = varint_put(bytes, same);
    p = varint_put(p, document->id_bytes - same);
    spool_put(spool, bytes, (size_t)(p - bytes));
    spool_put(spool, document->id + same, document->id_bytes - same);
    p = varint_put(bytes, document->title_bytes);
    spool_put(spool, bytes, (size_t)(p - bytes));
    if (document->title_bytes > 0) {
        spool_put(spool, document->title, document->title_bytes);
    }
    p = varint_put(bytes, document->token_count);
    put_le64(p, document->fingerprint);
    p = varint_put(p + 8, writer->options.keeps_text ? document->text_bytes : 0);
    spool_put(spool, bytes, (size_t)(p - bytes));
    memcpy(writer->id + same, document->id + same, document->id_bytes - same);
    writer->id_bytes = document->id_bytes;
    writer->token_count += document->token_count;
    put_norm(writer, segment_norm(document->token_count));
}

void segment_writer_text(struct segment_writer *writer, const uint8_t *bytes, size_t count) {
    ASSERT(writer->options.keeps_text);
    writer->text_bytes += count;
    if (count > 0) {
        sink_put(&writer->sink, bytes, count);
    }
}

void segment_writer_documents_end(struct segment_writer *writer) {
    writer->text.count = writer->text_bytes;
    writer->positions.offset = writer->sink.total;
}

/* Front-coded against the term before, or whole at the start of a block. */
void segment_writer_put_term(struct segment_writer *writer, const uint8_t *meta,
                             size_t meta_bytes) {
    struct spool *spool = &writer->spools[SEGMENT_SPOOL_TERMS];
    uint8_t bytes[4 * VARINT_BYTES_MAX];
    uint8_t *p = bytes;
    if (writer->term_count % SEGMENT_TERM_BLOCK == 0) {
        put_le64(bytes, spool->total);
        spool_put(&writer->spools[SEGMENT_SPOOL_TERM_INDEX], bytes, SEGMENT_TERM_ENTRY_BYTES);
        p = varint_put(bytes, writer->list_postings);
        p = varint_put(p, writer->list_positions);
        writer->term_bytes = 0;
        writer->term_blocks++;
    }
    uint32_t same = common_prefix(writer->term, writer->term_bytes, writer->next_term,
                                  writer->next_term_bytes);
    p = varint_put(p, same);
    p = varint_put(p, writer->next_term_bytes - same);
    spool_put(spool, bytes, (size_t)(p - bytes));
    spool_put(spool, writer->next_term + same, writer->next_term_bytes - same);
    spool_put(spool, meta, meta_bytes);
    memcpy(writer->term + same, writer->next_term + same, writer->next_term_bytes - same);
    writer->term_bytes = writer->next_term_bytes;
    writer->term_count++;
}

/* Where each part came to stand. */
static void drain_parts(struct segment_writer *writer,
                        struct segment_span parts[SEGMENT_PARTS]) {
    static const struct { enum segment_part part; enum segment_spool spool; } rows[] = {
        { SEGMENT_POSTINGS, SEGMENT_SPOOL_POSTINGS },
        { SEGMENT_TERMS, SEGMENT_SPOOL_TERMS },
        { SEGMENT_TERM_INDEX, SEGMENT_SPOOL_TERM_INDEX },
        { SEGMENT_DOCUMENTS, SEGMENT_SPOOL_DOCUMENTS },
        { SEGMENT_DOCUMENT_INDEX, SEGMENT_SPOOL_DOCUMENT_INDEX },
    };
    struct sink *sink = &writer->sink;
    writer->positions.count = sink->total - writer->positions.offset;
    parts[SEGMENT_TEXT] = writer->text;
    parts[SEGMENT_POSITIONS] = writer->positions;
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        parts[rows[r].part].offset = sink->total;
        spool_drain(&writer->spools[rows[r].spool], sink);
        parts[rows[r].part].count = sink->total - parts[rows[r].part].offset;
    }
    parts[SEGMENT_NORMS] = (struct segment_span){ sink->total, writer->document_count };
    if (writer->document_count > 0) {
        sink_put(sink, writer->norms, writer->document_count);
    }
}

static void put_footer(struct segment_writer *writer, struct segment_span parts[SEGMENT_PARTS]) {
    const uint8_t *sums;
    size_t sums_bytes;
    sink_sums(&writer->sink, &sums, &sums_bytes);
    if (writer->sink.status != STATUS_OK) {
        return;
    }
    parts[SEGMENT_SUMS] = (struct segment_span){ writer->sink.total, sums_bytes };
    uint8_t foot[SEGMENT_FOOTER_BYTES];
    for (int part = 0; part < SEGMENT_PARTS; part++) {
        put_le64(foot + SEGMENT_FOOT_PARTS + 16 * part, parts[part].offset);
        put_le64(foot + SEGMENT_FOOT_PARTS + 16 * part + 8, parts[part].count);
    }
    put_le32(foot + SEGMENT_FOOT_DOCUMENTS, writer->document_count);
    put_le32(foot + SEGMENT_FOOT_TERM_BLOCKS, writer->term_blocks);
    put_le64(foot + SEGMENT_FOOT_TERMS, writer->term_count);
    put_le64(foot + SEGMENT_FOOT_POSTINGS, writer->posting_count);
    put_le64(foot + SEGMENT_FOOT_POSITIONS, writer->position_count);
    put_le64(foot + SEGMENT_FOOT_TOKENS, writer->token_count);
    put_le32(foot + SEGMENT_FOOT_FLAGS, writer->options.keeps_text ? SEGMENT_FLAG_TEXT : 0);
    put_le32(foot + SEGMENT_FOOT_ANALYSIS, writer->options.analysis_version);
    memcpy(foot + SEGMENT_FOOT_LANGUAGE, writer->options.language, 8);
    put_le32(foot + SEGMENT_FOOT_SUMS_CRC, hash_crc32c(0, sums, sums_bytes));
    put_le32(foot + SEGMENT_FOOT_CRC, hash_crc32c(0, foot, SEGMENT_FOOT_CRC));
    memcpy(foot + SEGMENT_FOOT_MAGIC, SEGMENT_END_MAGIC, SEGMENT_MAGIC_BYTES);
    sink_put(&writer->sink, sums, sums_bytes);
    sink_put(&writer->sink, foot, sizeof(foot));
}

enum status segment_writer_finish(struct segment_writer *writer,
                                  struct segment_summary *out_summary, struct diag *diag) {
    struct segment_span parts[SEGMENT_PARTS];
    drain_parts(writer, parts);
    if (writer->sink.status == STATUS_OK) {
        put_footer(writer, parts);
    }
    out_summary->byte_count = writer->sink.total;
    out_summary->document_count = writer->document_count;
    out_summary->token_count = writer->token_count;
    return sink_digest(&writer->sink, out_summary->digest, diag);
}

void segment_writer_close(struct segment_writer *writer) {
    sink_finish(&writer->sink);
    for (int i = 0; i < SEGMENT_SPOOLS; i++) {
        spool_finish(&writer->spools[i]);
    }
    sync_free(writer->norms);
    sync_free(writer->skips);
    sync_free(writer->impacts);
    writer->norms = NULL;
    writer->skips = NULL;
    writer->impacts = NULL;
}
