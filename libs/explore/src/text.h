/* text.h - text that grows. */
#ifndef EXPLORE_TEXT_H
#define EXPLORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* Starts as all zeros.  When memory runs out it stays as it was and says so. */
struct text {
    char *bytes;       /* followed by a NUL once something was put */
    size_t count;
    size_t room;
    bool is_cut;
};

void text_put(struct text *text, const char *bytes, size_t count);
void text_add(struct text *text, const char *string);
void text_print(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_repeat(struct text *text, char byte, size_t count);
/* A JSON string, quotes included, also fit for HTML; bytes that are not UTF-8 become U+FFFD. */
void text_json(struct text *text, const char *string);
/* As contents or a quoted attribute of HTML. */
void text_html(struct text *text, const char *string);
/* The text, "" when nothing was put. */
const char *text_string(const struct text *text);
void text_finish(struct text *text);

/* Bytes of the well-formed UTF-8 character at `at`, or 0; `string` ends with a NUL. */
size_t text_utf8(const char *at);

#endif
