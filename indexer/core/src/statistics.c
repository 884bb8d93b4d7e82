/* statistics.c - what an index holds, in numbers and in digests. */
#include <string.h>

#include "base/endian.h"
#include "heap.h"
#include "index_impl.h"
#include "segment_impl.h"
#include "sync/memory.h"

static uint64_t part_bytes(const struct segment *segment, enum segment_part part) {
    return segment->parts[part].count;
}

static void add_segment(struct index_statistics *all, const struct segment *segment) {
    uint64_t named = 0;
    all->term_count += segment->term_count;
    all->posting_count += segment->posting_count;
    all->position_count += segment->position_count;
    all->text_bytes += part_bytes(segment, SEGMENT_TEXT);
    all->positions_bytes += part_bytes(segment, SEGMENT_POSITIONS);
    all->postings_bytes += part_bytes(segment, SEGMENT_POSTINGS);
    all->terms_bytes += part_bytes(segment, SEGMENT_TERMS) +
                        part_bytes(segment, SEGMENT_TERM_INDEX);
    all->documents_bytes += part_bytes(segment, SEGMENT_DOCUMENTS) +
                            part_bytes(segment, SEGMENT_DOCUMENT_INDEX) +
                            part_bytes(segment, SEGMENT_NORMS);
    for (int part = 0; part < SEGMENT_SUMS; part++) {
        named += segment->parts[part].count;
    }
    all->sums_bytes += segment->byte_count - named;
    all->total_bytes += segment->byte_count;
}

void index_statistics_read(const struct index *index, struct index_statistics *out_statistics) {
    struct index_statistics all = {
        .language = index->manifest.language == ANALYSIS_ENGLISH ? INDEX_LANGUAGE_ENGLISH
                                                                 : INDEX_LANGUAGE_NONE,
        .has_text = index->manifest.keeps_text,
        .document_count = index->document_count,
        .token_count = index->token_count,
        .segment_count = index->manifest.segment_count,
        .log_bytes = index->log_bytes,
        .total_bytes = index->manifest.byte_count + index->log_bytes,
    };
    for (uint32_t i = 0; i < index->manifest.segment_count; i++) {
        add_segment(&all, &index->parts[i].segment);
        all.deleted_count += index->parts[i].deleted_count;
    }
    if (index->part_count > index->manifest.segment_count) {
        const struct segment *tail = &index->parts[index->part_count - 1].segment;
        all.tail_count = tail->document_count;
        all.term_count += tail->term_count;
        all.posting_count += tail->posting_count;
        all.position_count += tail->position_count;
    }
    *out_statistics = all;
}

void index_files_digest(const struct index *index, uint8_t out_digest[DIGEST_BYTES]) {
    memcpy(out_digest, index->files_digest, DIGEST_BYTES);
}

/* ---- contents ---- */

/* A walk over one part's live documents. */
struct walk {
    const struct index_part *part;
    uint32_t next;
    struct segment_document document;
};

static bool walk_is_before(const void *things, uint32_t a, uint32_t b) {
    const struct walk *walks = things;
    return segment_compare(walks[a].document.id, walks[a].document.id_bytes,
                           walks[b].document.id, walks[b].document.id_bytes) < 0;
}

static enum status walk_on(struct walk *walk, bool *out_has, struct diag *diag) {
    *out_has = false;
    while (walk->next < walk->part->segment.document_count) {
        uint32_t number = walk->next++;
        if (!index_part_is_deleted(walk->part, number)) {
            *out_has = true;
            return segment_document(&walk->part->segment, number, &walk->document, diag);
        }
    }
    return STATUS_OK;
}

static void digest_document(struct digest_state *state, const struct segment_document *document) {
    uint8_t head[8];
    put_le32(head, document->id_bytes);
    put_le32(head + 4, document->title_bytes);
    digest_update(state, head, 8);
    digest_update(state, document->id, document->id_bytes);
    if (document->title_bytes > 0) {
        digest_update(state, document->title, document->title_bytes);
    }
    put_le32(head, document->token_count);
    digest_update(state, head, 4);
    put_le64(head, document->fingerprint);
    digest_update(state, head, 8);
}

static enum status digest_documents(const struct index *index, struct walk *walks,
                                    uint32_t *heap, struct digest_state *state,
                                    struct diag *diag) {
    uint32_t count = 0;
    bool has;
    for (uint32_t i = 0; i < index->part_count; i++) {
        walks[i].part = &index->parts[i];
        walks[i].next = 0;
        enum status status = walk_on(&walks[i], &has, diag);
        if (status != STATUS_OK) {
            return status;
        }
        if (has) {
            heap_push(heap, &count, i, walks, walk_is_before);
        }
    }
    while (count > 0) {
        digest_document(state, &walks[heap[0]].document);
        enum status status = walk_on(&walks[heap[0]], &has, diag);
        if (status != STATUS_OK) {
            return status;
        }
        if (has) {
            heap_sift(heap, count, walks, walk_is_before);
        } else {
            heap_pop(heap, &count, walks, walk_is_before);
        }
    }
    return STATUS_OK;
}

enum status index_content_digest(const struct index *index, uint8_t out_digest[DIGEST_BYTES],
                                 struct diag *diag) {
    struct digest_state state;
    struct walk *walks = sync_alloc((index->part_count + (size_t)1) * sizeof(*walks));
    uint32_t *heap = sync_alloc((index->part_count + (size_t)1) * sizeof(*heap));
    enum status status = STATUS_OK;
    memset(out_digest, 0, DIGEST_BYTES);
    if (walks == NULL || heap == NULL) {
        status = diag_no_memory(diag);
    } else {
        char head[16] = { 0 };
        const char *name = analysis_lang_name(index->manifest.language);
        memcpy(head, name, strnlen(name, 8));
        put_le32((uint8_t *)head + 8, ANALYSIS_VERSION);
        digest_init(&state);
        digest_update(&state, head, sizeof(head));
        status = digest_documents(index, walks, heap, &state, diag);
        if (status == STATUS_OK) {
            digest_finish(&state, out_digest);
        }
    }
    sync_free(walks);
    sync_free(heap);
    return status;
}
