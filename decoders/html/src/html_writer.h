/*
 * html_writer.h - text with canonical white space, growing up to a cap.
 *
 * Breaks and spaces are only wishes until a word follows, so there are never
 * two in a row and never one at an end.
 *
 * Units:    bytes
 * Shapes:   `bytes` is NUL-terminated after html_writer_end()
 * Threads:  one
 * Memory:   sync_resize(); the caller takes or frees `bytes`
 * Errors:   `status`, once not OK, stays and makes every call a no-op
 * Source:   none
 * Depends:  base, sync
 */
#ifndef HTML_WRITER_H
#define HTML_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

enum html_gap { HTML_GAP_NONE, HTML_GAP_SPACE, HTML_GAP_LINE };

struct html_writer {
    char *bytes;
    size_t count;
    size_t room;
    size_t limit;
    enum html_gap gap;      /* what separates the next word from what stands */
    enum status status;
};

/* Ask for a gap before the next word; the widest wish wins. */
void html_writer_gap(struct html_writer *writer, enum html_gap gap);

/* Add NUL-terminated UTF-8; with `keep_lines`, line ends begin new lines. */
void html_writer_text(struct html_writer *writer, const char *text, bool keep_lines);

/* End the last line with `end` (nothing when nothing was written) and a NUL. */
void html_writer_end(struct html_writer *writer, const char *end);

#endif
