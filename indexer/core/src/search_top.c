/* search_top.c - the best hits of one source, in a heap with the worst at its root. */
#include "search_impl.h"

/* Whether a comes after b: lower score, or the same and a higher document. */
static bool is_worse(const struct search_candidate *a, const struct search_candidate *b) {
    return a->score != b->score ? a->score < b->score : a->document > b->document;
}

static void sift_down(struct search_candidate *heap, uint32_t count, uint32_t at) {
    struct search_candidate moved = heap[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= count) {
            break;
        }
        if (child + 1 < count && is_worse(&heap[child + 1], &heap[child])) {
            child++;
        }
        if (!is_worse(&heap[child], &moved)) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static void sift_up(struct search_candidate *heap, uint32_t at) {
    struct search_candidate moved = heap[at];
    while (at > 0) {
        uint32_t parent = (at - 1) / 2;
        if (!is_worse(&moved, &heap[parent])) {
            break;
        }
        heap[at] = heap[parent];
        at = parent;
    }
    heap[at] = moved;
}

static bool is_on_earlier_page(const struct search_top *top, uint32_t document, uint64_t score) {
    return top->has_page
           && (score > top->page_score
               || (score == top->page_score && (int64_t)document <= top->page_document));
}

void search_top_offer(struct search_top *top, uint32_t document, uint64_t score) {
    if (score < top->need || is_on_earlier_page(top, document, score)) {
        return;
    }
    struct search_candidate candidate = { score, top->source, document };
    if (top->count < top->capacity) {
        top->heap[top->count] = candidate;
        sift_up(top->heap, top->count++);
    } else {
        top->heap[0] = candidate;
        sift_down(top->heap, top->count, 0);
    }
    if (top->count == top->capacity) {
        /* A later document with the root's score would come after it. */
        top->need = top->heap[0].score + 1;
    }
}

void search_top_sort(struct search_top *top) {
    for (uint32_t left = top->count; left > 1; left--) {
        struct search_candidate worst = top->heap[0];
        top->heap[0] = top->heap[left - 1];
        top->heap[left - 1] = worst;
        sift_down(top->heap, left - 1, 0);
    }
}
