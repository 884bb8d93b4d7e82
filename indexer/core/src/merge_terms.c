/*
 * merge_terms.c - the terms of all sources, in byte order, and their postings.
 *
 * Mostly the sources' documents do not interleave (files arrive in path order):
 * then the lists of one term are simply written one after the other.  Otherwise
 * a second heap, by document, says whose turn it is and for how long.
 */
#include <string.h>

#include "heap.h"
#include "merge_impl.h"
#include "segment_impl.h"

enum { CODE_SHIFT_MAX = 35 };

static bool term_is_before(const void *things, uint32_t a, uint32_t b) {
    const struct source *sources = things;
    const struct source *x = &sources[a];
    const struct source *y = &sources[b];
    if (x->prefix != y->prefix) {
        return x->prefix < y->prefix;
    }
    int order = segment_compare(x->term, x->term_bytes, y->term, y->term_bytes);
    return order != 0 ? order < 0 : a < b;
}

static bool list_is_before(const void *things, uint32_t a, uint32_t b) {
    const struct merge_list *lists = things;
    return lists[a].pending < lists[b].pending;
}

/* One number of a payload; at most six bytes are looked at. */
static inline const uint8_t *get_code(const uint8_t *p, uint64_t *out_code) {
    uint64_t code = *p++;
    if (code >= 0x80) {
        code &= 0x7f;
        for (uint32_t shift = 7; shift <= CODE_SHIFT_MAX; shift += 7) {
            uint8_t byte = *p++;
            code |= (uint64_t)(byte & 0x7f) << shift;
            if (byte < 0x80) {
                break;
            }
        }
    }
    *out_code = code;
    return p;
}

static void write_posting(struct merge *merge, uint32_t document, uint32_t gap) {
    struct segment_writer *writer = merge->job->writer;
    if (!merge->term_is_open) {
        segment_writer_term(writer, merge->term, merge->term_bytes);
        merge->term_is_open = true;
    }
    segment_writer_posting(writer, document);
    segment_writer_position(writer, gap);
}

/*
 * Decode the window: write postings up to document `bound`, and remember the
 * first one above it as pending.  False when a document is not the source's.
 */
static bool copy_window(struct merge *merge, struct source *source, struct merge_list *list,
                        uint32_t bound) {
    struct segment_writer *writer = merge->job->writer;
    const uint8_t *p = source->p;
    const uint8_t *safe = source->safe;
    bool is_kept = list->is_kept;
    uint32_t local = list->local;
    while (p < safe) {
        uint64_t code, gap;
        p = get_code(p, &code);
        if ((code & 1) == 0) {
            if (is_kept) {
                segment_writer_position(writer, (uint32_t)(code >> 1));
            }
            continue;
        }
        p = get_code(p, &gap);
        local += (uint32_t)(code >> 1) + 1;
        if (local >= source->document_count) {
            return false;
        }
        uint32_t document = source->map[local];
        is_kept = document != SOURCE_DROPPED;
        if (is_kept && document > bound) {
            list->pending = document;
            list->pending_gap = (uint32_t)gap;
            break;
        }
        if (is_kept) {
            write_posting(merge, document, (uint32_t)gap);
        }
    }
    list->local = local;
    list->is_kept = is_kept;
    source->p = p;
    return true;
}

/* Write the pending posting and all others up to `bound`; pending is then the next, or none. */
static enum status copy_list(struct merge *merge, uint32_t number, uint32_t bound) {
    struct source *source = &merge->job->sources[number];
    struct merge_list *list = &merge->lists[number];
    if (list->pending != SEGMENT_NO_DOCUMENT) {
        write_posting(merge, list->pending, list->pending_gap);
        list->pending = SEGMENT_NO_DOCUMENT;
    }
    for (;;) {
        if (source->p >= source->safe) {
            bool has;
            enum status status = source_more(source, &has, merge->diag);
            if (status != STATUS_OK || !has) {
                return status;
            }
        }
        if (!copy_window(merge, source, list, bound)) {
            return diag_fail(merge->diag, STATUS_BAD_DATA, DIAG_NO_OFFSET,
                             "temporary file is damaged");
        }
        if (list->pending != SEGMENT_NO_DOCUMENT) {
            return STATUS_OK;
        }
    }
}

static void start_list(struct merge *merge, uint32_t number) {
    struct source *source = &merge->job->sources[number];
    merge->lists[number] = (struct merge_list){ .local = UINT32_MAX,
                                                .pending = SEGMENT_NO_DOCUMENT };
    source->safe = source->p;
}

static bool holds_current(const struct merge *merge, const struct source *source) {
    return source->prefix == merge->prefix && source->term_bytes == merge->term_bytes &&
           memcmp(source->term, merge->term, merge->term_bytes) == 0;
}

static void take_term(struct merge *merge, const struct source *source) {
    merge->prefix = source->prefix;
    merge->term_bytes = source->term_bytes;
    memcpy(merge->term, source->term, source->term_bytes);
    merge->term_is_open = false;
}

/* Advance the least source; it leaves the heap at its end. */
static enum status step_top(struct merge *merge) {
    struct source *sources = merge->job->sources;
    bool has;
    enum status status = source_next_term(&sources[merge->heap[0]], &has, merge->diag);
    if (status != STATUS_OK) {
        return status;
    }
    if (has) {
        heap_sift(merge->heap, merge->heap_count, sources, term_is_before);
    } else {
        heap_pop(merge->heap, &merge->heap_count, sources, term_is_before);
    }
    return STATUS_OK;
}

/* Lists of the current term one after the other: sources stand in document order. */
static enum status merge_in_sequence(struct merge *merge) {
    struct source *sources = merge->job->sources;
    do {
        uint32_t number = merge->heap[0];
        start_list(merge, number);
        enum status status = copy_list(merge, number, SEGMENT_NO_DOCUMENT);
        if (status == STATUS_OK) {
            status = step_top(merge);
        }
        if (status != STATUS_OK) {
            return status;
        }
    } while (merge->heap_count > 0 && holds_current(merge, &sources[merge->heap[0]]));
    return STATUS_OK;
}

/* The second least pending document: how far the least may go on. */
static uint32_t bound_of(const struct merge *merge, const uint32_t *heap, uint32_t count) {
    uint32_t bound = SEGMENT_NO_DOCUMENT;
    for (uint32_t child = 1; child <= 2 && child < count; child++) {
        uint32_t pending = merge->lists[heap[child]].pending;
        bound = pending < bound ? pending : bound;
    }
    return bound;
}

/* Take turns by document; `group` becomes a heap in place. */
static enum status interleave(struct merge *merge, uint32_t group_count) {
    uint32_t *heap = merge->group;
    uint32_t count = 0;
    for (uint32_t i = 0; i < group_count; i++) {
        uint32_t number = merge->group[i];
        start_list(merge, number);
        /* A bound that stops at the first document that stays. */
        merge->lists[number].is_kept = false;
        enum status status = copy_list(merge, number, 0);
        if (status != STATUS_OK) {
            return status;
        }
        if (merge->lists[number].pending != SEGMENT_NO_DOCUMENT) {
            heap_push(heap, &count, number, merge->lists, list_is_before);
        }
    }
    while (count > 0) {
        uint32_t number = heap[0];
        enum status status = copy_list(merge, number, bound_of(merge, heap, count));
        if (status != STATUS_OK) {
            return status;
        }
        if (merge->lists[number].pending != SEGMENT_NO_DOCUMENT) {
            heap_sift(heap, count, merge->lists, list_is_before);
        } else {
            heap_pop(heap, &count, merge->lists, list_is_before);
        }
    }
    return STATUS_OK;
}

static enum status merge_interleaved(struct merge *merge) {
    struct source *sources = merge->job->sources;
    uint32_t count = 0;
    do {
        merge->group[count++] = heap_pop(merge->heap, &merge->heap_count, sources,
                                         term_is_before);
    } while (merge->heap_count > 0 && holds_current(merge, &sources[merge->heap[0]]));
    uint32_t last = merge->heap_count;
    memcpy(merge->heap + last, merge->group, count * sizeof(*merge->group));
    enum status status = interleave(merge, count);
    memcpy(merge->group, merge->heap + last, count * sizeof(*merge->group));
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        bool has;
        status = source_next_term(&sources[merge->group[i]], &has, merge->diag);
        if (status == STATUS_OK && has) {
            heap_push(merge->heap, &merge->heap_count, merge->group[i], sources,
                      term_is_before);
        }
    }
    return status;
}

enum status merge_terms(struct merge *merge) {
    struct source *sources = merge->job->sources;
    for (uint32_t i = 0; i < merge->job->source_count; i++) {
        bool has;
        enum status status = source_start_terms(&sources[i], merge->diag);
        if (status == STATUS_OK) {
            status = source_next_term(&sources[i], &has, merge->diag);
        }
        if (status != STATUS_OK) {
            return status;
        }
        if (has) {
            heap_push(merge->heap, &merge->heap_count, i, sources, term_is_before);
        }
    }
    while (merge->heap_count > 0) {
        take_term(merge, &sources[merge->heap[0]]);
        enum status status = merge->is_disjoint ? merge_in_sequence(merge)
                                                : merge_interleaved(merge);
        if (status == STATUS_OK && merge->term_is_open) {
            segment_writer_term_end(merge->job->writer);
        }
        if (status == STATUS_OK) {
            status = merge_goes_on(merge);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}
