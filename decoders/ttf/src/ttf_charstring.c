/*
 * ttf_charstring.c - whether drawing a CFF glyph may roll dice.
 *
 * The operator `random`, withdrawn from the format but still interpreted, draws from
 * a generator that the face keeps between glyphs.  A glyph that may use it must be
 * drawn by a face that has not rolled yet.  The two bytes of the operator turn up by
 * chance in any large font, so the charstring is walked, subroutines included: what
 * it pushes, how many stems its masks have bits for, and nothing else.  Whatever is
 * out of the ordinary (arithmetic, accented characters by reference, reserved
 * operators, bounds) counts as "may roll", which costs time but never a wrong pixel.
 *
 * Source: Adobe technical note 5177 (Type 2 charstrings).
 */
#include "ttf_cff.h"

enum {
    STACK_MAX = 48,
    CALLS_MAX = 10,
    STEMS_MAX = 96,
    STEPS_MAX = 1 << 16,
};

/* A charstring being walked. */
struct walk {
    const struct ttf_cff_outlines *outlines;
    const struct ttf_cff_index *local_subrs;
    struct cursor calls[CALLS_MAX];
    uint32_t depth;               /* of calls; the glyph itself is 0 */
    uint32_t operands;            /* on the stack */
    const uint8_t *last;          /* the number on top of it; NULL when that is not known */
    uint32_t stems;
    bool is_done;
};

static uint32_t bias_of(uint32_t count) {
    return count < 1240 ? 107 : count < 33900 ? 1131 : 32768;
}

/* Four operands at the end name two other glyphs to put together: not walked. */
static bool walk_end(struct walk *walk) {
    walk->is_done = true;
    return walk->operands < 4;
}

static bool walk_return(struct walk *walk) {
    if (walk->depth == 0) {
        return walk_end(walk);
    }
    walk->depth--;
    return true;
}

/*
 * Push numbers up to the next operator: nine bytes in ten of a charstring.  Only how
 * many there are matters, and where the last one is, should it number a subroutine.
 * False when there are too many, or the charstring's end cuts one off.
 */
static bool walk_numbers(struct walk *walk, struct cursor *code) {
    size_t at = code->position;
    uint32_t operands = walk->operands;
    while (at < code->count && code->bytes[at] >= 32) {
        uint8_t first = code->bytes[at];
        walk->last = code->bytes + at;
        at += (size_t)1 + (first >= 247) + 3 * (first == 255);   /* no branch to guess wrong */
        operands++;
    }
    if (at > code->count || operands > STACK_MAX) {
        return false;
    }
    code->position = at;
    walk->operands = operands;
    return true;
}

/* A number of three bytes, whose first (28) has just been read. */
static bool walk_short(struct walk *walk, struct cursor *code) {
    walk->last = code->bytes + code->position - 1;
    cursor_skip(code, 2);
    return ++walk->operands <= STACK_MAX && !code->failed;
}

/* The number on top of the stack, TTF_CFF_UNKNOWN when it was not the last one pushed. */
static int32_t walk_pop(struct walk *walk) {
    const uint8_t *last = walk->last;
    walk->last = NULL;
    if (walk->operands == 0 || last == NULL || *last == 255) {
        return TTF_CFF_UNKNOWN;
    }
    walk->operands--;
    struct cursor number = cursor_over(last, 3);   /* all of it has been walked over */
    uint8_t first = ttf_cff_byte(&number);
    return ttf_cff_number(&number, first);
}

static bool walk_call(struct walk *walk, const struct ttf_cff_index *subrs) {
    struct ttf_cff_piece piece;
    if (walk->depth + 1 == CALLS_MAX) {
        return false;
    }
    int64_t number = (int64_t)walk_pop(walk) + bias_of(subrs->count);
    if (number < 0 || number >= subrs->count ||
        !ttf_cff_item(&walk->outlines->table, subrs, (uint32_t)number, &piece)) {
        return false;
    }
    walk->calls[++walk->depth] =
        cursor_over(walk->outlines->table.bytes + piece.at, piece.byte_count);
    return true;
}

/* Stems pair up what is on the stack; a mask has a bit for each stem so far. */
static bool walk_stems(struct walk *walk, struct cursor *code, bool has_mask) {
    walk->stems += walk->operands / 2;
    walk->operands = 0;
    if (has_mask) {
        cursor_skip(code, (walk->stems + 7) / 8);
    }
    return walk->stems <= STEMS_MAX && !code->failed;
}

static bool walk_escape(struct walk *walk, struct cursor *code) {
    uint8_t second = ttf_cff_byte(code);
    walk->operands = 0;
    return second >= 34 && second <= 37;   /* the four flexes; all else computes */
}

/* One step; false when the charstring does something out of the ordinary. */
static bool walk_step(struct walk *walk) {
    struct cursor *code = &walk->calls[walk->depth];
    if (!walk_numbers(walk, code)) {
        return false;
    }
    if (cursor_left(code) == 0) {
        return walk_return(walk);
    }
    uint8_t first = ttf_cff_byte(code);
    switch (first) {
    case 1: case 3: case 18: case 23:
        return walk_stems(walk, code, false);
    case 19: case 20:
        return walk_stems(walk, code, true);
    case 4: case 5: case 6: case 7: case 8: case 21: case 22:
    case 24: case 25: case 26: case 27: case 30: case 31:
        walk->operands = 0;
        return true;
    case 28:
        return walk_short(walk, code);
    case 10:
        return walk_call(walk, walk->local_subrs);
    case 29:
        return walk_call(walk, &walk->outlines->global_subrs);
    case 11:
        return walk_return(walk);
    case 12:
        return walk_escape(walk, code);
    case 14:
        return walk_end(walk);
    default:
        return false;
    }
}

bool ttf_cff_may_roll(const struct ttf_cff *cff, uint32_t glyph) {
    const struct ttf_cff_outlines *outlines = &cff->outlines;
    struct ttf_cff_piece piece;
    if (!cff->is_understood ||
        !ttf_cff_item(&outlines->table, &outlines->charstrings, glyph, &piece)) {
        return true;
    }
    uint32_t fd = cff->fd_of_glyph != NULL ? cff->fd_of_glyph[glyph] : 0;
    if (fd >= cff->fd_count || !cff->has_local_subrs[fd]) {
        return true;
    }
    struct walk walk;   /* calls above its depth are never read, and not cleared */
    walk.last = NULL;
    walk.outlines = outlines;
    walk.local_subrs = &cff->local_subrs[fd];
    walk.depth = 0;
    walk.operands = 0;
    walk.stems = 0;
    walk.is_done = false;
    walk.calls[0] = cursor_over(outlines->table.bytes + piece.at, piece.byte_count);
    for (uint32_t step = 0; step < STEPS_MAX; step++) {
        if (!walk_step(&walk)) {
            return true;
        }
        if (walk.is_done) {
            return false;
        }
    }
    return true;
}
