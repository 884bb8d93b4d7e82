/*
 * search_all.c - ranked AND: the rarest child leads, bounds stop early.
 *
 * In a window in which no child's block ends, each child has a bound.  A document of
 * the leading child is given up as soon as what it has scored so far and the bounds
 * of the children not yet asked cannot reach what is needed; most are, before a
 * second list is touched.
 */
#include "search_impl.h"

struct all {
    const struct search_source *source;
    struct search_node *root;
    struct search_top *top;
    uint64_t *left;          /* bounds of the children behind each, summed, in the window */
    uint64_t sum;            /* of all bounds */
};

/* Bounds for the window at `target`; returns its last document. */
static uint32_t bound_window(struct all *all, uint32_t target) {
    uint32_t window = SEGMENT_NO_DOCUMENT;
    all->sum = 0;
    for (uint32_t i = all->root->child_count; i-- > 0;) {
        uint32_t bound;
        uint32_t last = search_node_window(all->root->children[i], target, &bound);
        if (last == SEGMENT_NO_DOCUMENT) {
            return last;
        }
        window = last < window ? last : window;
        all->left[i] = all->sum;
        all->sum += bound;
    }
    return window;
}

/*
 * Look at a document that the leading child stands on.  Returns the first document
 * behind it that can match.
 */
static uint32_t look_at(struct all *all, uint32_t document) {
    struct search_node **children = all->root->children;
    uint64_t score = search_node_score(children[0]);
    for (uint32_t i = 1; i < all->root->child_count; i++) {
        if (score + all->left[i - 1] < all->top->need) {
            return document + 1;
        }
        uint32_t found = search_node_seek(children[i], document);
        if (found != document) {
            return found;
        }
        score += search_node_score(children[i]);
    }
    if (score >= all->top->need && !search_is_deleted(all->source, document)
        && !search_node_excludes(all->root, document)) {
        search_top_offer(all->top, document, score);
    }
    return document + 1;
}

enum status search_all(struct search_plan *plan, uint32_t source, struct search_node *root,
                       struct search_top *top) {
    struct all all = { .source = &plan->sources[source], .root = root, .top = top };
    all.left = pile_take_zero(plan->pile, root->child_count, sizeof(*all.left));
    if (all.left == NULL) {
        return STATUS_NO_MEMORY;
    }
    uint32_t target = root->document;
    while (target != SEGMENT_NO_DOCUMENT) {
        uint32_t last = bound_window(&all, target);
        if (last == SEGMENT_NO_DOCUMENT) {
            break;
        }
        while (target <= last && all.sum >= top->need) {
            target = search_node_seek(root->children[0], target);
            if (target <= last) {
                target = look_at(&all, target);
            }
        }
        target = target <= last ? last + 1 : target;
    }
    return STATUS_OK;
}
