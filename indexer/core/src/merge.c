/* merge.c - the documents of all sources, in id order, and their new numbers. */
#include "merge.h"

#include "build.h"
#include "heap.h"
#include "merge_impl.h"
#include "segment_impl.h"
#include "sync/memory.h"

enum { SCRATCH_BYTES = 1 << 16 };

/* By id; among equals the latest first. */
static bool document_is_before(const void *things, uint32_t a, uint32_t b) {
    const struct source *sources = things;
    const struct source *x = &sources[a];
    const struct source *y = &sources[b];
    int order = segment_compare(x->document.id, x->document.id_bytes, y->document.id,
                                y->document.id_bytes);
    return order != 0 ? order < 0 : x->sequence != y->sequence ? x->sequence > y->sequence : a < b;
}

static enum status push_next(struct merge *merge, uint32_t number) {
    bool has;
    enum status status = source_next_document(&merge->job->sources[number], &has, merge->diag);
    if (status == STATUS_OK && has) {
        heap_push(merge->heap, &merge->heap_count, number, merge->job->sources,
                  document_is_before);
    }
    return status;
}

static enum status copy_text(struct merge *merge, struct source *source) {
    struct segment_writer *writer = merge->job->writer;
    if (!writer->options.keeps_text) {
        return STATUS_OK;
    }
    for (uint64_t at = 0; at < source->document.text_bytes;) {
        struct source_piece piece = { .scratch = merge->scratch, .scratch_bytes = SCRATCH_BYTES };
        enum status status = source_text(source, at, &piece, merge->diag);
        if (status != STATUS_OK) {
            return status;
        }
        segment_writer_text(writer, piece.bytes, piece.count);
        at += piece.count;
    }
    return STATUS_OK;
}

/* The document that stays of its id: into the result, unless it is a deletion. */
static enum status keep(struct merge *merge, struct source *source) {
    const struct merge_job *job = merge->job;
    enum status status = STATUS_OK;
    uint32_t number = SOURCE_DROPPED;
    if (job->witness != NULL) {
        status = job->witness(job->witness_context, source->document.id,
                              source->document.id_bytes, merge->diag);
    }
    if (status == STATUS_OK && source->kind == RUN_PUT) {
        number = job->writer->document_count;
        segment_writer_document(job->writer, &source->document);
        source->first = source->first < number ? source->first : number;
        source->last = number;
        status = copy_text(merge, source);
    }
    source->map[source_document_number(source)] = number;
    return status;
}

enum status merge_goes_on(const struct merge *merge) {
    return build_is_cancelled(merge->job->cancel)
               ? build_cancelled(merge->diag)
               : segment_writer_status(merge->job->writer, merge->diag);
}

static enum status merge_documents(struct merge *merge) {
    const struct merge_job *job = merge->job;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < job->source_count && status == STATUS_OK; i++) {
        status = push_next(merge, i);
    }
    while (merge->heap_count > 0 && status == STATUS_OK) {
        uint32_t number = heap_pop(merge->heap, &merge->heap_count, job->sources,
                                   document_is_before);
        struct source *source = &job->sources[number];
        status = keep(merge, source);
        while (merge->heap_count > 0 && status == STATUS_OK) {
            struct source *other = &job->sources[merge->heap[0]];
            if (segment_compare(other->document.id, other->document.id_bytes,
                                source->document.id, source->document.id_bytes) != 0) {
                break;
            }
            uint32_t dropped = heap_pop(merge->heap, &merge->heap_count, job->sources,
                                        document_is_before);
            other->map[source_document_number(other)] = SOURCE_DROPPED;
            status = push_next(merge, dropped);
        }
        if (status == STATUS_OK) {
            status = push_next(merge, number);
        }
        if (status == STATUS_OK) {
            status = merge_goes_on(merge);
        }
    }
    segment_writer_documents_end(job->writer);
    return status;
}

/* By first document; a few hundred at most, nearly in order. */
static void order_sources(struct merge *merge) {
    struct source *sources = merge->job->sources;
    for (uint32_t i = 1; i < merge->job->source_count; i++) {
        for (uint32_t at = i; at > 0 && sources[at].first < sources[at - 1].first; at--) {
            struct source held = sources[at];
            sources[at] = sources[at - 1];
            sources[at - 1] = held;
        }
    }
    merge->is_disjoint = true;
    for (uint32_t i = 1; i < merge->job->source_count; i++) {
        if (sources[i].first != UINT32_MAX && sources[i - 1].last >= sources[i].first) {
            merge->is_disjoint = false;
        }
    }
}

static void merge_free(struct merge *merge) {
    sync_free(merge->heap);
    sync_free(merge->group);
    sync_free(merge->lists);
    sync_free(merge->scratch);
}

enum status merge_run(const struct merge_job *job, struct diag *diag) {
    size_t count = (size_t)job->source_count + 1;
    struct merge merge = {
        .job = job,
        .diag = diag,
        .heap = sync_alloc(count * sizeof(*merge.heap)),
        .group = sync_alloc(count * sizeof(*merge.group)),
        .lists = sync_alloc(count * sizeof(*merge.lists)),
        .scratch = sync_alloc(SCRATCH_BYTES),
    };
    enum status status = STATUS_OK;
    if (merge.heap == NULL || merge.group == NULL || merge.lists == NULL ||
        merge.scratch == NULL) {
        status = diag_no_memory(diag);
    }
    if (status == STATUS_OK) {
        status = merge_documents(&merge);
    }
    if (status == STATUS_OK) {
        order_sources(&merge);
        status = merge_terms(&merge);
    }
    merge_free(&merge);
    return status;
}
