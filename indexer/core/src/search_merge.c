/* search_merge.c - compare by id only where scores are equal. */
#include "search_merge.h"

#include <string.h>

enum status search_merge_init(struct search_merge *merge, struct search_plan *plan,
                              uint32_t capacity) {
    *merge = (struct search_merge){ .plan = plan, .capacity = capacity };
    merge->best = pile_take(plan->pile, (size_t)capacity * sizeof(*merge->best));
    merge->scratch = pile_take(plan->pile, (size_t)capacity * sizeof(*merge->scratch));
    merge->documents = pile_take(plan->pile, 2 * sizeof(*merge->documents));
    return merge->best == NULL || merge->scratch == NULL || merge->documents == NULL
               ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status read_document(struct search_merge *merge, uint32_t source, uint32_t document,
                                 struct segment_document *out_document) {
    merge->plan->reading = source;
    return segment_document(merge->plan->sources[source].segment, document, out_document,
                            merge->plan->diag);
}

static int compare_ids(const struct segment_document *a, const struct segment_document *b) {
    uint32_t least = a->id_bytes < b->id_bytes ? a->id_bytes : b->id_bytes;
    int order = memcmp(a->id, b->id, least);
    return order != 0 ? order : a->id_bytes < b->id_bytes ? -1 : a->id_bytes > b->id_bytes;
}

/* Whether a stands before b in the total order. */
static enum status is_before(struct search_merge *merge, const struct search_candidate *a,
                             const struct search_candidate *b, bool *out_is_before) {
    if (a->score != b->score) {
        *out_is_before = a->score > b->score;
        return STATUS_OK;
    }
    enum status status = read_document(merge, a->source, a->document, &merge->documents[0]);
    if (status == STATUS_OK) {
        status = read_document(merge, b->source, b->document, &merge->documents[1]);
    }
    *out_is_before = status == STATUS_OK
                     && compare_ids(&merge->documents[0], &merge->documents[1]) < 0;
    return status;
}

enum status search_merge_add(struct search_merge *merge, const struct search_top *top) {
    uint32_t ours = 0;
    uint32_t theirs = 0;
    uint32_t count = 0;
    while (count < merge->capacity && (ours < merge->count || theirs < top->count)) {
        bool takes_ours = theirs == top->count;
        if (ours < merge->count && theirs < top->count) {
            enum status status = is_before(merge, &merge->best[ours], &top->heap[theirs],
                                           &takes_ours);
            if (status != STATUS_OK) {
                return status;
            }
        }
        merge->scratch[count++] = takes_ours ? merge->best[ours++] : top->heap[theirs++];
    }
    struct search_candidate *swapped = merge->best;
    merge->best = merge->scratch;
    merge->scratch = swapped;
    merge->count = count;
    return STATUS_OK;
}

uint64_t search_merge_need(const struct search_merge *merge) {
    return merge->count == merge->capacity ? merge->best[merge->count - 1].score : 0;
}

enum status search_merge_place(struct search_merge *merge, const struct search_candidate *last,
                               uint32_t source, int64_t *out_document) {
    if (source == last->source) {
        *out_document = last->document;
        return STATUS_OK;
    }
    enum status status = read_document(merge, last->source, last->document,
                                       &merge->documents[0]);
    uint32_t low = 0;
    uint32_t high = merge->plan->sources[source].segment->document_count;
    while (status == STATUS_OK && low < high) {
        uint32_t middle = low + (high - low) / 2;
        status = read_document(merge, source, middle, &merge->documents[1]);
        if (compare_ids(&merge->documents[1], &merge->documents[0]) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *out_document = (int64_t)low - 1;
    return status;
}
