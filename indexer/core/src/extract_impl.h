/*
 * extract_impl.h - what the extractors share: a text that grows up to a limit.
 *
 * Units:    bytes
 * Shapes:   none
 * Threads:  a buffer belongs to one thread
 * Memory:   a buffer owns its bytes until extract_buffer_free() or they are taken
 * Errors:   the first failure stays in `status`; after it nothing is appended
 * Source:   none
 * Depends:  base, sync
 */
#ifndef INDEXER_EXTRACT_IMPL_H
#define INDEXER_EXTRACT_IMPL_H

#include <stdbool.h>

#include "indexer/extract.h"

struct extract_buffer {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
    size_t limit;
    enum status status;      /* STATUS_LIMIT, STATUS_NO_MEMORY */
};

struct extract_buffer extract_buffer_over(size_t limit);
void extract_buffer_free(struct extract_buffer *buffer);
/* Make sure that `count` more bytes fit. */
bool extract_buffer_reserve(struct extract_buffer *buffer, size_t count);
void extract_put(struct extract_buffer *buffer, const void *bytes, size_t count);
void extract_put_text(struct extract_buffer *buffer, const char *text);
void extract_put_byte(struct extract_buffer *buffer, uint8_t byte);
/* A character as UTF-8; U+FFFD for what is none. */
void extract_put_character(struct extract_buffer *buffer, uint32_t character);
/* A line end, unless the last byte is one or there is none. */
void extract_end_line(struct extract_buffer *buffer);

/* A file's text while it is made. */
struct extract_output {
    struct extract_buffer text;
    struct extract_buffer title;    /* cut to EXTRACT_TITLE_BYTES_MAX at the end */
    const char *path;               /* of the file */
    size_t body_begin;              /* in the text, behind the front matter */
};

/*
 * Unpack every member of a gzip file.  BAD_DATA, LIMIT and their offsets in `diag`.
 */
MUST_CHECK enum status extract_gunzip(const uint8_t *bytes, size_t count,
                                      struct extract_buffer *out, struct diag *diag);

/* Any bytes to UTF-8 with '\n' for line ends; UNSUPPORTED for what is not text. */
MUST_CHECK enum status extract_to_utf8(const uint8_t *bytes, size_t count,
                                       struct extract_buffer *out, struct diag *diag);

/* These read UTF-8 and report failures in the buffers' status or their own. */
void extract_plain(const uint8_t *text, size_t count, struct extract_output *out);
MUST_CHECK enum status extract_markdown(const uint8_t *text, size_t count,
                                        struct extract_output *out, struct diag *diag);
MUST_CHECK enum status extract_html(const uint8_t *text, size_t count, struct extract_output *out,
                                    struct diag *diag);
void extract_man(const char *name, const uint8_t *text, size_t count, struct extract_output *out);

/* ---- extract_title.c ---- */
/*
 * Give the text a title if it has none yet: its first line that says something, freed
 * of comment marks; for a Debian copyright file the work it names or "folder/name";
 * else the file's name.
 */
void extract_title_from_text(struct extract_output *out);

/* The last part of the path without ".gz". */
void extract_title_from_name(const char *path, struct extract_buffer *title);

/*
 * Bytes of the YAML front matter that the text begins with, its rules included; 0 when
 * there is none.  What it calls "title" goes to `title`.
 */
size_t extract_front_matter(const uint8_t *bytes, size_t count, struct extract_buffer *title);

/* Whether the bytes begin with a word that is in small letters, in letters of any case. */
bool extract_begins_with(const char *bytes, size_t count, const char *word);

#endif
