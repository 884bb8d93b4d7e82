/*
 * ttf_bidi.c - cut a line into pieces of one direction and one script, and put
 * them in the order in which they are seen.
 *
 * FriBidi finds the embedding levels of UAX #9, with rule L1 for the end of the
 * paragraph, which is the end of our line.  Rule L2 is applied here to whole pieces:
 * HarfBuzz reverses inside a piece.
 */
#include <string.h>

#include <fribidi.h>
#include <hb.h>

#include "sync/memory.h"
#include "ttf/text.h"
#include "ttf_impl.h"

/* Work space of one line. */
struct bidi {
    FriBidiCharType *types;
    FriBidiBracketType *brackets;
    FriBidiLevel *levels;
    hb_script_t *scripts;
};

static void bidi_free(struct bidi *bidi) {
    sync_free(bidi->types);
    sync_free(bidi->brackets);
    sync_free(bidi->levels);
    sync_free(bidi->scripts);
}

static bool bidi_alloc(struct bidi *bidi, size_t count) {
    *bidi = (struct bidi){ .types = sync_alloc_zero(count, sizeof(*bidi->types)),
                           .brackets = sync_alloc_zero(count, sizeof(*bidi->brackets)),
                           .levels = sync_alloc_zero(count, sizeof(*bidi->levels)),
                           .scripts = sync_alloc_zero(count, sizeof(*bidi->scripts)) };
    if (bidi->types != NULL && bidi->brackets != NULL && bidi->levels != NULL &&
        bidi->scripts != NULL) {
        return true;
    }
    bidi_free(bidi);
    return false;
}

static FriBidiParType paragraph_type(int direction) {
    switch (direction) {
    case TTF_DIRECTION_LTR: return FRIBIDI_PAR_LTR;
    case TTF_DIRECTION_RTL: return FRIBIDI_PAR_RTL;
    default:                return FRIBIDI_PAR_ON;   /* the first strong one, else LTR */
    }
}

static bool find_levels(const struct ttf_line *line, int direction, struct bidi *bidi,
                        bool *out_is_rtl) {
    FriBidiStrIndex count = (FriBidiStrIndex)line->count;
    FriBidiParType paragraph = paragraph_type(direction);
    fribidi_get_bidi_types(line->characters, count, bidi->types);
    fribidi_get_bracket_types(line->characters, count, bidi->types, bidi->brackets);
    if (fribidi_get_par_embedding_levels_ex(bidi->types, bidi->brackets, count, &paragraph,
                                            bidi->levels) == 0) {
        return false;
    }
    *out_is_rtl = FRIBIDI_IS_RTL(paragraph);
    return true;
}

static bool is_real_script(hb_script_t script) {
    return script != HB_SCRIPT_COMMON && script != HB_SCRIPT_INHERITED &&
           script != HB_SCRIPT_UNKNOWN;
}

/* Marks, digits and punctuation take the script before them, at the start the one after. */
static void find_scripts(const struct ttf_line *line, hb_script_t *scripts) {
    hb_unicode_funcs_t *unicode = hb_unicode_funcs_get_default();
    hb_script_t last = HB_SCRIPT_COMMON;
    for (uint32_t i = 0; i < line->count; i++) {
        scripts[i] = hb_unicode_script(unicode, line->characters[i]);
        if (is_real_script(scripts[i])) {
            last = scripts[i];
        } else {
            scripts[i] = last;
        }
    }
    for (uint32_t i = line->count; i > 0; i--) {
        if (is_real_script(scripts[i - 1])) {
            last = scripts[i - 1];
        } else {
            scripts[i - 1] = last;
        }
    }
}

/* Pieces in the order of the text. */
static void cut(struct ttf_line *line, const struct bidi *bidi) {
    line->item_count = 0;
    for (uint32_t i = 0; i < line->count; i++) {
        uint8_t level = (uint8_t)bidi->levels[i];
        struct ttf_item *item = &line->items[line->item_count];
        if (i == 0 || item[-1].level != level || item[-1].script != bidi->scripts[i]) {
            *item = (struct ttf_item){ .begin = i, .script = bidi->scripts[i], .level = level };
            line->item_count++;
        }
        line->items[line->item_count - 1].end = i + 1;
    }
}

static void reverse(struct ttf_item *items, uint32_t begin, uint32_t end) {
    while (begin + 1 < end) {
        struct ttf_item item = items[begin];
        items[begin++] = items[--end];
        items[end] = item;
    }
}

/* L2: from the highest level down to 1, reverse what is at that level or above. */
static void reorder(struct ttf_line *line) {
    uint8_t level = 0;
    for (uint32_t i = 0; i < line->item_count; i++) {
        level = line->items[i].level > level ? line->items[i].level : level;
    }
    for (; level > 0; level--) {
        for (uint32_t i = 0; i < line->item_count; i++) {
            uint32_t begin = i;
            while (i < line->item_count && line->items[i].level >= level) {
                i++;
            }
            reverse(line->items, begin, i);
        }
    }
}

enum status ttf_bidi_itemize(struct ttf_line *line, int direction, struct diag *diag) {
    struct bidi bidi;
    if (!bidi_alloc(&bidi, line->count)) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory");
    }
    bool found = find_levels(line, direction, &bidi, &line->is_rtl);
    if (found) {
        find_scripts(line, bidi.scripts);
        cut(line, &bidi);
        reorder(line);
    }
    bidi_free(&bidi);
    return found ? STATUS_OK : diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory");
}
