/*
 * script_item.c - the fields of an item.
 *
 * Each kind of item has a row that says which fields it may and must have; each
 * field has a reader.  A field given twice, or not known to the kind, is refused
 * where it stands; one that is missing, at the item's first word.
 */
#include <string.h>

#include "base/assert.h"
#include "renderer_impl.h"
#include "script_impl.h"

enum field {
    FIELD_AT, FIELD_BOX, FIELD_CLIP, FIELD_OPACITY, FIELD_RADIUS, FIELD_CORNERS, FIELD_RING,
    FIELD_COLOR, FIELD_FROM, FIELD_TO, FIELD_STOPS, FIELD_PICTURE, FIELD_BLUR, FIELD_FONT,
    FIELD_SIZE, FIELD_ALIGN, FIELD_TEXT, FIELD_COUNT
};

#define BIT(field) (1u << (field))

struct kind {
    const char *name;
    enum renderer_kind kind;
    uint32_t must;    /* sums of BIT(field) */
    uint32_t may;
};

#define SHAPE (BIT(FIELD_RADIUS) | BIT(FIELD_CORNERS) | BIT(FIELD_RING))
#define COMMON (BIT(FIELD_CLIP) | BIT(FIELD_OPACITY))

static const struct kind kinds[] = {
    { "solid", RENDERER_SOLID, BIT(FIELD_BOX) | BIT(FIELD_COLOR), COMMON | SHAPE },
    { "gradient", RENDERER_GRADIENT,
      BIT(FIELD_BOX) | BIT(FIELD_FROM) | BIT(FIELD_TO) | BIT(FIELD_STOPS), COMMON | SHAPE },
    /* An image has a box, or a place and its own size: checked in finish_image(). */
    { "image", RENDERER_IMAGE, BIT(FIELD_PICTURE),
      COMMON | SHAPE | BIT(FIELD_BOX) | BIT(FIELD_AT) },
    { "shadow", RENDERER_SHADOW, BIT(FIELD_BOX) | BIT(FIELD_COLOR) | BIT(FIELD_BLUR),
      COMMON | BIT(FIELD_RADIUS) },
    { "text", RENDERER_GLYPHS,
      BIT(FIELD_FONT) | BIT(FIELD_SIZE) | BIT(FIELD_AT) | BIT(FIELD_COLOR) | BIT(FIELD_TEXT),
      COMMON | BIT(FIELD_ALIGN) },
};

/* An item being read. */
struct draft {
    struct parser *parser;
    struct renderer_entry *entry;
    const struct kind *kind;
    uint32_t seen;
    uint32_t color;
    struct renderer_point at;
};

static enum status move_point(struct draft *d, struct renderer_point *point, size_t start) {
    int32_t most = RENDERER_COORDINATE_MAX;
    int32_t x = point->x + d->parser->origin.x;
    int32_t y = point->y + d->parser->origin.y;
    if (x > most || x < -most || y > most || y < -most) {
        d->parser->reader.at = start;
        return renderer_refuse(&d->parser->reader, "coordinates reach from -1048576 to 1048576");
    }
    *point = (struct renderer_point){ x, y };
    return STATUS_OK;
}

static enum status read_point(struct draft *d, struct renderer_point *out) {
    int32_t list[2];
    size_t start = d->parser->reader.at;
    enum status status = renderer_read_list(&d->parser->reader, list, 2);
    if (status != STATUS_OK) {
        return status;
    }
    *out = (struct renderer_point){ list[0], list[1] };
    return move_point(d, out, start);
}

static enum status read_rect(struct draft *d, struct picture_rect *out) {
    struct renderer_reader *reader = &d->parser->reader;
    int32_t list[4];
    size_t start = reader->at;
    enum status status = renderer_read_list(reader, list, 4);
    if (status != STATUS_OK) {
        return status;
    }
    if (list[2] < 0 || list[3] < 0) {
        reader->at = start;
        return renderer_refuse(reader, "width and height cannot be negative");
    }
    struct renderer_point first = { list[0], list[1] };
    struct renderer_point last = { list[0] + list[2], list[1] + list[3] };
    status = move_point(d, &first, start);
    if (status == STATUS_OK) {
        status = move_point(d, &last, start);
    }
    *out = (struct picture_rect){ first.x, first.y, last.x, last.y };
    return status;
}

static enum status read_at(struct draft *d) {
    return read_point(d, &d->at);
}

static enum status read_box(struct draft *d) {
    return read_rect(d, &d->entry->item.box);
}

static enum status read_clip(struct draft *d) {
    d->entry->item.is_clipped = true;
    return read_rect(d, &d->entry->item.clip);
}

static enum status read_up_to(struct draft *d, int32_t most, uint32_t *out) {
    int32_t value = 0;
    enum status status = renderer_read_number(&d->parser->reader, 0, most, &value);
    *out = (uint32_t)value;
    return status;
}

static enum status read_opacity(struct draft *d) {
    uint32_t opacity;
    enum status status = read_up_to(d, 255, &opacity);
    d->entry->item.opacity = (uint8_t)opacity;
    return status;
}

static enum status read_radius(struct draft *d) {
    return read_up_to(d, RENDERER_RADIUS_MAX, &d->entry->item.radius);
}

static enum status read_ring(struct draft *d) {
    return read_up_to(d, RENDERER_RADIUS_MAX, &d->entry->item.ring);
}

static enum status read_blur(struct draft *d) {
    return read_up_to(d, RENDERER_BLUR_MAX, &d->entry->item.as.shadow.blur);
}

static enum status read_color(struct draft *d) {
    return renderer_read_colour(&d->parser->reader, &d->color);
}

/* One of `count` names; which one. */
static enum status read_name(struct draft *d, const char *const *names, uint32_t count,
                             uint32_t *out) {
    struct renderer_word word;
    enum status status = renderer_read_word(&d->parser->reader, &word);
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        if (renderer_word_is(&word, names[i])) {
            *out = i;
            return STATUS_OK;
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    d->parser->reader.at = word.offset;
    return renderer_refuse(&d->parser->reader, "not one of the words this field knows");
}

static enum status read_corners(struct draft *d) {
    static const char *const names[] = { "tl", "tr", "br", "bl", "top", "bottom", "none" };
    static const uint32_t sums[] = { 1, 2, 4, 8, 1 | 2, 4 | 8, 0 };
    struct renderer_reader *reader = &d->parser->reader;
    enum status status;
    d->entry->item.corners = 0;
    do {
        uint32_t which = 0;
        status = read_name(d, names, COUNT_OF(names), &which);
        d->entry->item.corners |= sums[which];
        if (status != STATUS_OK || renderer_peek(reader) != ',') {
            return status;
        }
        reader->at++;
    } while (status == STATUS_OK);
    return status;
}

static enum status read_align(struct draft *d) {
    static const char *const names[] = { "left", "center", "right" };
    uint32_t which = 0;
    enum status status = read_name(d, names, COUNT_OF(names), &which);
    d->entry->line.align = (enum renderer_align)which;
    return status;
}

static enum status read_from(struct draft *d) {
    return read_point(d, &d->entry->item.as.gradient.from);
}

static enum status read_to(struct draft *d) {
    return read_point(d, &d->entry->item.as.gradient.to);
}

/* colour@permille, at least two, rising. */
static enum status read_stops(struct draft *d) {
    struct renderer_gradient *g = &d->entry->item.as.gradient;
    struct renderer_reader *reader = &d->parser->reader;
    int32_t low = 0;
    for (;;) {
        if (g->stop_count == RENDERER_STOPS_MAX) {
            return renderer_refuse(reader, "too many stops");
        }
        struct renderer_stop *stop = &g->stops[g->stop_count];
        int32_t permille = 0;
        size_t start = 0;
        enum status status = renderer_read_colour(reader, &stop->colour);
        if (status == STATUS_OK) {
            status = renderer_expect(reader, '@', "a stop is a colour, @ and its place");
        }
        if (status == STATUS_OK) {
            start = reader->at;
            status = renderer_read_number(reader, 0, 1000, &permille);
        }
        if (status == STATUS_OK && permille < low) {
            reader->at = start;
            return renderer_refuse(reader, "the places of stops must rise");
        }
        if (status != STATUS_OK) {
            return status;
        }
        stop->at = (uint32_t)permille * RENDERER_STOP_END / 1000;
        low = permille + 1;
        g->stop_count++;
        if (renderer_peek(reader) != ',') {
            return g->stop_count >= 2 ? STATUS_OK
                                      : renderer_refuse(reader, "a gradient has two stops or more");
        }
        reader->at++;
    }
}

static enum status read_reference(struct draft *d, const struct renderer_resource *list,
                                  uint32_t count) {
    struct renderer_word word;
    enum status status = renderer_read_word(&d->parser->reader, &word);
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        if (renderer_word_is(&word, list[i].name)) {
            d->entry->resource = i;
            return STATUS_OK;
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    d->parser->reader.at = word.offset;
    return renderer_refuse(&d->parser->reader, "no picture or font of that name above");
}

static enum status read_picture(struct draft *d) {
    return read_reference(d, d->parser->script->pictures, d->parser->script->picture_count);
}

static enum status read_font(struct draft *d) {
    return read_reference(d, d->parser->script->fonts, d->parser->script->font_count);
}

static enum status read_size(struct draft *d) {
    return renderer_read_size(&d->parser->reader, &d->entry->line.size_26_6);
}

static enum status read_text(struct draft *d) {
    return renderer_read_quoted(&d->parser->reader, &d->entry->line.utf8,
                                &d->entry->line.byte_count);
}

static const struct {
    const char *name;
    enum status (*read)(struct draft *d);
} fields[FIELD_COUNT] = {
    [FIELD_AT] = { "at", read_at },
    [FIELD_BOX] = { "box", read_box },
    [FIELD_CLIP] = { "clip", read_clip },
    [FIELD_OPACITY] = { "opacity", read_opacity },
    [FIELD_RADIUS] = { "radius", read_radius },
    [FIELD_CORNERS] = { "corners", read_corners },
    [FIELD_RING] = { "ring", read_ring },
    [FIELD_COLOR] = { "color", read_color },
    [FIELD_FROM] = { "from", read_from },
    [FIELD_TO] = { "to", read_to },
    [FIELD_STOPS] = { "stops", read_stops },
    [FIELD_PICTURE] = { "picture", read_picture },
    [FIELD_BLUR] = { "blur", read_blur },
    [FIELD_FONT] = { "font", read_font },
    [FIELD_SIZE] = { "size", read_size },
    [FIELD_ALIGN] = { "align", read_align },
    [FIELD_TEXT] = { "text", read_text },
};

static enum status read_field(struct draft *d) {
    struct renderer_reader *reader = &d->parser->reader;
    struct renderer_word name;
    enum status status = renderer_read_word(reader, &name);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t field = 0;
    while (field < FIELD_COUNT && !renderer_word_is(&name, fields[field].name)) {
        field++;
    }
    if (field == FIELD_COUNT || ((d->kind->must | d->kind->may) & BIT(field)) == 0) {
        reader->at = name.offset;
        return renderer_refuse(reader, "this item has no such field");
    }
    if ((d->seen & BIT(field)) != 0) {
        reader->at = name.offset;
        return renderer_refuse(reader, "this field is given twice");
    }
    d->seen |= BIT(field);
    status = renderer_expect(reader, '=', "an equals sign was expected");
    return status == STATUS_OK ? fields[field].read(d) : status;
}

/* What depends on fields together. */
static enum status finish_item(struct draft *d) {
    struct renderer_item *item = &d->entry->item;
    struct renderer_gradient *g = &item->as.gradient;
    d->parser->reader.at = d->parser->line;
    if ((d->seen & d->kind->must) != d->kind->must) {
        return renderer_refuse(&d->parser->reader, "a field that this item must have is missing");
    }
    switch (item->kind) {
    case RENDERER_SOLID: item->as.solid = d->color; break;
    case RENDERER_SHADOW: item->as.shadow.colour = d->color; break;
    case RENDERER_GRADIENT:
        if (g->from.x == g->to.x && g->from.y == g->to.y) {
            return renderer_refuse(&d->parser->reader, "the gradient has no length");
        }
        break;
    case RENDERER_IMAGE:
        if (((d->seen >> FIELD_BOX ^ d->seen >> FIELD_AT) & 1) == 0) {
            return renderer_refuse(&d->parser->reader, "an image has either box or at");
        }
        if ((d->seen & BIT(FIELD_AT)) != 0) {
            item->box = (struct picture_rect){ d->at.x, d->at.y, d->at.x, d->at.y };
        }
        d->entry->need = (d->seen & BIT(FIELD_AT)) != 0 ? RENDERER_NEEDS_SIZE
                                                        : RENDERER_NEEDS_PICTURE;
        break;
    case RENDERER_GLYPHS:
        d->entry->need = RENDERER_NEEDS_GLYPHS;
        d->entry->line.at = d->at;
        d->entry->line.colour = d->color;
        break;
    }
    return STATUS_OK;
}

static enum status read_fields(struct draft *d) {
    struct renderer_reader *reader = &d->parser->reader;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && renderer_peek(reader) != '\n') {
        size_t before = reader->at;
        status = read_field(d);
        size_t after = reader->at;
        renderer_skip_spaces(reader);
        if (status == STATUS_OK && renderer_peek(reader) != '\n' && reader->at == after) {
            return renderer_refuse(reader, "a space was expected");
        }
        ASSERT(status != STATUS_OK || reader->at > before);
    }
    size_t end = reader->at;
    if (status == STATUS_OK) {
        status = finish_item(d);
    }
    reader->at = status == STATUS_OK ? end : reader->at;
    return status;
}

enum status renderer_script_item(struct parser *p, const struct renderer_word *word) {
    const struct kind *kind = NULL;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        kind = renderer_word_is(word, kinds[i].name) ? &kinds[i] : kind;
    }
    if (kind == NULL) {
        p->reader.at = word->offset;
        return renderer_refuse(&p->reader, "unknown word");
    }
    void *entries = p->script->entries;
    enum status status = renderer_reserve(
        &entries, &p->entry_capacity,
        (struct renderer_room){ (uint64_t)p->script->entry_count + 1, p->limits.entries_max,
                                sizeof(*p->script->entries) });
    p->script->entries = entries;
    if (status != STATUS_OK) {
        return diag_fail(p->reader.diag, status, p->line, "too many items");
    }
    struct renderer_entry *entry = &p->script->entries[p->script->entry_count];
    *entry = (struct renderer_entry){ .offset = p->line };
    entry->item = (struct renderer_item){ .kind = kind->kind, .opacity = 255,
                                          .corners = RENDERER_ALL_CORNERS };
    struct draft draft = { .parser = p, .entry = entry, .kind = kind };
    status = read_fields(&draft);
    p->script->entry_count += status == STATUS_OK;
    return status;
}
