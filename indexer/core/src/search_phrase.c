/*
 * search_phrase.c - words at their distances.
 *
 * Documents that hold every element are found as for AND, rarest element first;
 * their positions, less each element's distance, are then intersected.  What is
 * left are the places where the phrase begins.
 */
#include <string.h>

#include "base/assert.h"
#include "search_impl.h"
#include "sync/memory.h"

struct phrase_element {
    struct segment_cursor cursor;
    uint32_t distance;
    uint32_t window_last;
    uint32_t window_best;          /* saturation */
    bool has_window;
};

struct search_phrase {
    struct phrase_element **elements;   /* rarest first */
    uint32_t element_count;
    uint32_t frequency;                 /* of the phrase in the document stood on */
    uint64_t need;
    enum status status;
    struct pile *pile;
    uint32_t *starts;                   /* where the phrase may begin */
    uint32_t *positions;                /* of one element */
    uint32_t room;                      /* of both */
};

static enum status open_elements(struct search_plan *plan, uint32_t source,
                                 struct search_node *node) {
    struct search_phrase *phrase = node->phrase;
    for (uint32_t e = 0; e < phrase->element_count; e++) {
        struct phrase_element *element = pile_take(plan->pile, sizeof(*element));
        if (element == NULL) {
            return STATUS_NO_MEMORY;
        }
        const struct segment_term *term =
            &node->leaf->terms[source * phrase->element_count + e];
        element->distance = node->leaf->node->elements[e].distance;
        element->has_window = false;
        enum status status = segment_cursor_open(&element->cursor, plan->sources[source].segment,
                                                 term, plan->diag);
        if (status != STATUS_OK) {
            return status;
        }
        uint32_t at = e;
        for (; at > 0 && phrase->elements[at - 1]->cursor.where.document_count
                             > term->document_count; at--) {
            phrase->elements[at] = phrase->elements[at - 1];
        }
        phrase->elements[at] = element;
    }
    return STATUS_OK;
}

enum status search_phrase_make(struct search_plan *plan, uint32_t source,
                               struct search_node *node) {
    struct search_phrase *phrase = pile_take_zero(plan->pile, 1, sizeof(*phrase));
    if (phrase == NULL) {
        return STATUS_NO_MEMORY;
    }
    node->phrase = phrase;
    phrase->pile = plan->pile;
    phrase->element_count = node->leaf->node->element_count;
    phrase->elements = pile_take_zero(plan->pile, phrase->element_count,
                                      sizeof(*phrase->elements));
    if (phrase->elements == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = open_elements(plan, source, node);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t best = UINT32_MAX;
    for (uint32_t e = 0; e < phrase->element_count; e++) {
        struct segment_impact impacts[SEGMENT_IMPACTS_MAX];
        uint32_t count = segment_cursor_list_impacts(&phrase->elements[e]->cursor, impacts);
        uint32_t here = search_best_saturation(node->scorer.table, impacts, count);
        best = here < best ? here : best;
    }
    node->bound = rank_part(node->weight, best);
    node->cost = phrase->elements[0]->cursor.where.document_count;
    node->document = search_phrase_seek(node, 0);
    return phrase->status;
}

/* The first document >= target that holds every element. */
static uint32_t seek_together(struct search_phrase *phrase, uint32_t target) {
    uint32_t document = segment_cursor_seek(&phrase->elements[0]->cursor, target);
    uint32_t at = 1;
    while (at < phrase->element_count && document != SEGMENT_NO_DOCUMENT) {
        uint32_t found = segment_cursor_seek(&phrase->elements[at]->cursor, document);
        if (found == document) {
            at++;
            continue;
        }
        document = found == SEGMENT_NO_DOCUMENT
                       ? found
                       : segment_cursor_seek(&phrase->elements[0]->cursor, found);
        at = 1;
    }
    return document;
}

static bool make_room(struct search_phrase *phrase, uint32_t count) {
    if (count <= phrase->room) {
        return true;
    }
    uint32_t room = phrase->room == 0 ? 64 : phrase->room;
    while (room < count) {
        room = room > UINT32_MAX / 2 ? UINT32_MAX : room * 2;
    }
    uint32_t *starts = pile_take(phrase->pile, (size_t)room * sizeof(*starts));
    uint32_t *positions = pile_take(phrase->pile, (size_t)room * sizeof(*positions));
    if (starts == NULL || positions == NULL) {
        phrase->status = STATUS_NO_MEMORY;
        return false;
    }
    if (phrase->room > 0) {
        memcpy(starts, phrase->starts, (size_t)phrase->room * sizeof(*starts));
    }
    phrase->starts = starts;
    phrase->positions = positions;
    phrase->room = room;
    return true;
}

/* Keep the starts at which `element` stands at its distance; returns how many. */
static uint32_t keep_starts(struct search_phrase *phrase, const struct phrase_element *element,
                            uint32_t start_count, uint32_t position_count) {
    uint32_t kept = 0;
    uint32_t p = 0;
    for (uint32_t s = 0; s < start_count; s++) {
        uint64_t wanted = (uint64_t)phrase->starts[s] + element->distance;
        while (p < position_count && phrase->positions[p] < wanted) {
            p++;
        }
        if (p < position_count && phrase->positions[p] == wanted) {
            phrase->starts[kept++] = phrase->starts[s];
        }
    }
    return kept;
}

static uint32_t first_starts(struct search_phrase *phrase, const struct phrase_element *element,
                             uint32_t position_count) {
    uint32_t kept = 0;
    for (uint32_t p = 0; p < position_count; p++) {
        if (phrase->positions[p] >= element->distance) {
            phrase->starts[kept++] = phrase->positions[p] - element->distance;
        }
    }
    return kept;
}

/* How often the phrase is in the document that all elements stand on. */
static uint32_t count_phrase(struct search_phrase *phrase) {
    uint32_t starts = 0;
    for (uint32_t e = 0; e < phrase->element_count; e++) {
        struct phrase_element *element = phrase->elements[e];
        uint32_t frequency = segment_cursor_frequency(&element->cursor);
        if (!make_room(phrase, frequency)) {
            return 0;
        }
        uint32_t count = segment_cursor_positions(&element->cursor, phrase->positions,
                                                  frequency);
        starts = e == 0 ? first_starts(phrase, element, count)
                        : keep_starts(phrase, element, starts, count);
        if (starts == 0) {
            return 0;
        }
    }
    return starts;
}

/* Whether the document can score what is needed: the phrase is no more frequent than a word. */
static bool may_enter(const struct search_node *node, uint32_t document) {
    struct search_phrase *phrase = node->phrase;
    if (phrase->need == 0) {
        return true;
    }
    uint8_t norm = node->scorer.norms[document];
    uint32_t least = UINT32_MAX;
    for (uint32_t e = 0; e < phrase->element_count; e++) {
        uint32_t frequency = segment_cursor_frequency(&phrase->elements[e]->cursor);
        least = frequency < least ? frequency : least;
    }
    return rank_part(node->weight, rank_saturation(node->scorer.table, least, norm))
           >= phrase->need;
}

uint32_t search_phrase_seek(struct search_node *node, uint32_t target) {
    struct search_phrase *phrase = node->phrase;
    for (;;) {
        uint32_t document = seek_together(phrase, target);
        if (document == SEGMENT_NO_DOCUMENT) {
            return document;
        }
        if (may_enter(node, document)) {
            phrase->frequency = count_phrase(phrase);
            if (phrase->status != STATUS_OK) {
                return SEGMENT_NO_DOCUMENT;
            }
            if (phrase->frequency > 0) {
                return document;
            }
        }
        target = document + 1;
    }
}

uint32_t search_phrase_frequency(const struct search_node *node) {
    return node->phrase->frequency;
}

uint32_t search_phrase_window(struct search_node *node, uint32_t target, uint32_t *out_bound) {
    struct search_phrase *phrase = node->phrase;
    uint32_t window = SEGMENT_NO_DOCUMENT;
    uint32_t best = UINT32_MAX;
    *out_bound = 0;
    for (uint32_t e = 0; e < phrase->element_count; e++) {
        struct phrase_element *element = phrase->elements[e];
        uint32_t last = segment_cursor_window(&element->cursor, target);
        if (last == SEGMENT_NO_DOCUMENT) {
            return last;
        }
        if (!element->has_window || element->window_last != last) {
            struct segment_impact impacts[SEGMENT_IMPACTS_MAX];
            uint32_t count = segment_cursor_impacts(&element->cursor, impacts);
            element->window_best = search_best_saturation(node->scorer.table, impacts, count);
            element->window_last = last;
            element->has_window = true;
        }
        window = last < window ? last : window;
        best = element->window_best < best ? element->window_best : best;
    }
    *out_bound = rank_part(node->weight, best);
    return window;
}

void search_phrase_set_need(struct search_node *node, uint64_t need) {
    node->phrase->need = need;
}

enum status search_phrase_status(const struct search_node *node, uint64_t *out_offset) {
    const struct search_phrase *phrase = node->phrase;
    for (uint32_t e = 0; e < phrase->element_count; e++) {
        if (phrase->elements[e]->cursor.status != STATUS_OK) {
            *out_offset = phrase->elements[e]->cursor.damage_offset;
            return phrase->elements[e]->cursor.status;
        }
    }
    return phrase->status;
}
