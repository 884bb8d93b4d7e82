/*
 * script_read.h - the words, numbers and colours of a scene file.
 *
 * A reader stands at a byte of the file.  Each read either passes what it read and
 * returns STATUS_OK, or refuses: it fills the diag with the place of the first byte
 * that cannot be accepted, and the parse is over.
 *
 * Units:    offsets in bytes
 * Shapes:   none
 * Threads:  one
 * Memory:   borrows the file; strings go to a buffer as long as the file
 * Errors:   STATUS_BAD_DATA
 * Source:   docs/formats/scene.md
 * Depends:  base, renderer
 */
#ifndef RENDERER_SCRIPT_READ_H
#define RENDERER_SCRIPT_READ_H

#include <stdbool.h>

#include "renderer/script.h"

struct renderer_reader {
    const uint8_t *bytes;
    size_t count;
    size_t at;
    char *strings;          /* where the next string goes */
    struct diag *diag;
};

/* A piece of the file. */
struct renderer_word {
    const char *text;
    size_t byte_count;
    size_t offset;
};

MUST_CHECK enum status renderer_refuse(struct renderer_reader *reader, const char *reason);

/* The byte at the reader, or newline at the end of the file. */
static inline uint8_t renderer_peek(const struct renderer_reader *reader) {
    return reader->at < reader->count ? reader->bytes[reader->at] : '\n';
}

/* Also a carriage return before the end of a line. */
void renderer_skip_spaces(struct renderer_reader *reader);

/* Pass one `byte`, or refuse with `reason`. */
MUST_CHECK enum status renderer_expect(struct renderer_reader *reader, uint8_t byte,
                                       const char *reason);

/* One or more of a-z, 0-9, '-' and '_'. */
MUST_CHECK enum status renderer_read_word(struct renderer_reader *reader,
                                          struct renderer_word *out);
bool renderer_word_is(const struct renderer_word *word, const char *text);

/* A decimal whole number from `low` to `high`, which the reason for refusing it tells. */
MUST_CHECK enum status renderer_read_number(struct renderer_reader *reader, int32_t low,
                                            int32_t high, int32_t *out);

/* `count` numbers with commas between, each within the range of a coordinate. */
MUST_CHECK enum status renderer_read_list(struct renderer_reader *reader, int32_t *out,
                                          uint32_t count);

/* #rrggbb or #rrggbbaa, straight; made premultiplied. */
MUST_CHECK enum status renderer_read_colour(struct renderer_reader *reader, uint32_t *out);

/* A size in pixels with quarters: 13, 13.5, 13.25. */
MUST_CHECK enum status renderer_read_size(struct renderer_reader *reader, uint32_t *out_26_6);

/* Text in quotes, valid UTF-8 without control characters; \" and \\ stand for themselves. */
MUST_CHECK enum status renderer_read_quoted(struct renderer_reader *reader, const char **out,
                                            size_t *out_bytes);

#endif
