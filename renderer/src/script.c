/*
 * script.c - a scene file, line by line.
 *
 * The first line names the format, the second gives the size; then come pictures,
 * fonts, the origin that later coordinates count from, and items.
 */
#include "renderer/script.h"

#include <string.h>

#include "renderer_impl.h"
#include "script_impl.h"
#include "sync/memory.h"

static struct renderer_script_limits with_defaults(const struct renderer_script_limits *given) {
    struct renderer_script_limits l = given != NULL ? *given
                                                    : (struct renderer_script_limits){ 0 };
    l.bytes_max = l.bytes_max != 0 ? l.bytes_max : (size_t)16 << 20;
    l.pixels_max = l.pixels_max != 0 ? l.pixels_max : (uint64_t)1 << 28;
    l.entries_max = l.entries_max != 0 ? l.entries_max : 1u << 16;
    l.resources_max = l.resources_max != 0 ? l.resources_max : 1u << 10;
    return l;
}

void renderer_script_finish(struct renderer_script *script) {
    sync_free(script->pictures);
    sync_free(script->fonts);
    sync_free(script->entries);
    sync_free(script->strings);
    *script = (struct renderer_script){ 0 };
}

/* Nothing but spaces may follow on the line; passes its end. */
static enum status end_line(struct renderer_reader *reader) {
    renderer_skip_spaces(reader);
    if (renderer_peek(reader) != '\n') {
        return renderer_refuse(reader, "the line should end here");
    }
    reader->at += reader->at < reader->count;
    return STATUS_OK;
}

/* Pass empty lines and comments, then the spaces before a line's first word. */
static bool find_line(struct renderer_reader *reader) {
    for (;;) {
        renderer_skip_spaces(reader);
        if (reader->at >= reader->count) {
            return false;
        }
        if (renderer_peek(reader) == '#') {
            while (renderer_peek(reader) != '\n') {
                reader->at++;
            }
        }
        if (renderer_peek(reader) != '\n') {
            return true;
        }
        reader->at += reader->at < reader->count;
    }
}

static enum status read_header(struct parser *p) {
    struct renderer_reader *reader = &p->reader;
    struct renderer_word word;
    int32_t version;
    if (!find_line(reader)) {
        return renderer_refuse(reader, "an empty file is not a scene");
    }
    size_t start = reader->at;
    enum status status = renderer_read_word(reader, &word);
    if (status != STATUS_OK || !renderer_word_is(&word, "weft-scene")) {
        reader->at = start;
        return renderer_refuse(reader, "a scene file begins with \"weft-scene 1\"");
    }
    renderer_skip_spaces(reader);
    start = reader->at;
    status = renderer_read_number(reader, -INT32_MAX, INT32_MAX, &version);
    if (status == STATUS_OK && version != 1) {
        return diag_fail(p->reader.diag, STATUS_UNSUPPORTED, start, "unknown version");
    }
    return status == STATUS_OK ? end_line(reader) : status;
}

static enum status read_size(struct parser *p) {
    struct renderer_reader *reader = &p->reader;
    size_t start = reader->at;
    int32_t width = 0;
    int32_t height = 0;
    if (p->script->width != 0) {
        reader->at = p->line;
        return renderer_refuse(reader, "the size is already given");
    }
    enum status status = renderer_read_number(reader, 1, PICTURE_SIDE_MAX, &width);
    renderer_skip_spaces(reader);
    if (status == STATUS_OK) {
        status = renderer_read_number(reader, 1, PICTURE_SIDE_MAX, &height);
    }
    if (status == STATUS_OK && (uint64_t)width * (uint64_t)height > p->limits.pixels_max) {
        return diag_fail(reader->diag, STATUS_LIMIT, start, "the picture has too many pixels");
    }
    p->script->width = (uint32_t)width;
    p->script->height = (uint32_t)height;
    return status;
}

static enum status read_background(struct parser *p) {
    return renderer_read_colour(&p->reader, &p->script->background);
}

static enum status read_origin(struct parser *p) {
    int32_t x = 0;
    int32_t y = 0;
    enum status status = renderer_read_number(&p->reader, -RENDERER_COORDINATE_MAX,
                                              RENDERER_COORDINATE_MAX, &x);
    renderer_skip_spaces(&p->reader);
    if (status == STATUS_OK) {
        status = renderer_read_number(&p->reader, -RENDERER_COORDINATE_MAX,
                                      RENDERER_COORDINATE_MAX, &y);
    }
    p->origin = (struct renderer_point){ x, y };
    return status;
}

/* A word kept as a string. */
static const char *keep_word(struct renderer_reader *reader, const struct renderer_word *word) {
    char *text = reader->strings;
    memcpy(text, word->text, word->byte_count);
    text[word->byte_count] = '\0';
    reader->strings += word->byte_count + 1;   /* the space after the word pays for the NUL */
    return text;
}

static bool is_known(const struct renderer_resource *list, uint32_t count,
                     const struct renderer_word *name) {
    for (uint32_t i = 0; i < count; i++) {
        if (renderer_word_is(name, list[i].name)) {
            return true;
        }
    }
    return false;
}

static enum status read_resource(struct parser *p, struct renderer_resource *out,
                                 const struct renderer_resource *list, uint32_t count) {
    struct renderer_reader *reader = &p->reader;
    struct renderer_word name;
    size_t bytes = 0;
    enum status status = renderer_read_word(reader, &name);
    if (status == STATUS_OK && is_known(list, count, &name)) {
        reader->at = name.offset;
        return renderer_refuse(reader, "this name is taken");
    }
    if (status == STATUS_OK) {
        out->name = keep_word(reader, &name);
        status = renderer_expect(reader, ' ', "a space was expected");
    }
    if (status != STATUS_OK) {
        return status;
    }
    renderer_skip_spaces(reader);
    out->offset = reader->at;
    status = renderer_read_quoted(reader, &out->path, &bytes);
    if (status == STATUS_OK && bytes == 0) {
        reader->at = (size_t)out->offset;
        return renderer_refuse(reader, "the path is empty");
    }
    return status;
}

static enum status add_resource(struct parser *p, struct renderer_resource **list,
                                uint32_t *count, uint32_t *capacity) {
    void *room = *list;
    enum status status = renderer_reserve(
        &room, capacity, (struct renderer_room){ (uint64_t)*count + 1, p->limits.resources_max,
                                                 sizeof(**list) });
    *list = room;
    if (status != STATUS_OK) {
        return diag_fail(p->reader.diag, status, p->line, "too many pictures or fonts");
    }
    struct renderer_resource *resource = &(*list)[*count];
    *resource = (struct renderer_resource){ 0 };
    status = read_resource(p, resource, *list, *count);
    *count += status == STATUS_OK;
    return status;
}

static enum status read_picture(struct parser *p) {
    return add_resource(p, &p->script->pictures, &p->script->picture_count,
                        &p->picture_capacity);
}

static enum status read_font(struct parser *p) {
    enum status status = add_resource(p, &p->script->fonts, &p->script->font_count,
                                      &p->font_capacity);
    renderer_skip_spaces(&p->reader);
    if (status != STATUS_OK || renderer_peek(&p->reader) == '\n') {
        return status;
    }
    struct renderer_word word;
    int32_t face = 0;
    status = renderer_read_word(&p->reader, &word);
    if (status == STATUS_OK && !renderer_word_is(&word, "face")) {
        p->reader.at = word.offset;
        return renderer_refuse(&p->reader, "a font has only a face");
    }
    if (status == STATUS_OK) {
        status = renderer_expect(&p->reader, '=', "an equals sign was expected");
    }
    if (status == STATUS_OK) {
        status = renderer_read_number(&p->reader, 0, 65535, &face);
    }
    p->script->fonts[p->script->font_count - 1].face = (uint32_t)face;
    return status;
}

static const struct {
    const char *name;
    enum status (*read)(struct parser *p);
} directives[] = {
    { "size", read_size },       { "background", read_background }, { "origin", read_origin },
    { "picture", read_picture }, { "font", read_font },
};

static enum status read_line(struct parser *p) {
    struct renderer_word word;
    p->line = p->reader.at;
    enum status status = renderer_read_word(&p->reader, &word);
    if (status != STATUS_OK) {
        return status;
    }
    renderer_skip_spaces(&p->reader);
    if (p->script->width == 0 && !renderer_word_is(&word, "size")) {
        p->reader.at = word.offset;
        return renderer_refuse(&p->reader, "the size comes first");
    }
    for (size_t i = 0; i < COUNT_OF(directives); i++) {
        if (renderer_word_is(&word, directives[i].name)) {
            return directives[i].read(p);
        }
    }
    return renderer_script_item(p, &word);
}

static enum status parse(struct parser *p) {
    enum status status = read_header(p);
    while (status == STATUS_OK && find_line(&p->reader)) {
        status = read_line(p);
        if (status == STATUS_OK) {
            status = end_line(&p->reader);
        }
    }
    if (status == STATUS_OK && p->script->width == 0) {
        return renderer_refuse(&p->reader, "the scene has no size");
    }
    return status;
}

enum status renderer_script_parse(const void *bytes, size_t byte_count,
                                  const struct renderer_script_limits *limits,
                                  struct renderer_script *out_script, struct diag *diag) {
    *out_script = (struct renderer_script){ .background = 0xff000000 };
    struct parser p = { .limits = with_defaults(limits), .script = out_script,
                        .reader = { .bytes = bytes, .count = byte_count, .diag = diag } };
    if (byte_count > p.limits.bytes_max) {
        return diag_fail(diag, STATUS_LIMIT, p.limits.bytes_max, "the scene file is too long");
    }
    out_script->strings = sync_alloc(byte_count + 1);
    if (out_script->strings == NULL) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory");
    }
    p.reader.strings = out_script->strings;
    enum status status = parse(&p);
    if (status != STATUS_OK) {
        renderer_script_finish(out_script);
    }
    return status;
}
