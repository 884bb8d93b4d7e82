/*
 * html_fuzz.c - any bytes are a page, within limits.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "html/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    struct html_options options = { .input_bytes_max = 1 << 18, .memory_bytes_max = 32 << 20 };
    struct html_text text;
    struct diag diag = { 0 };
    enum status status = html_to_text(bytes, count, &options, &text, &diag);
    if (status != STATUS_OK) {
        ASSERT(status == STATUS_LIMIT && diag.reason != NULL);
        ASSERT(diag.offset == DIAG_NO_OFFSET || diag.offset <= count);
        return 0;
    }
    ASSERT(strlen(text.text) == text.text_bytes && strlen(text.title) == text.title_bytes);
    ASSERT(text.text_bytes == 0 || text.text[text.text_bytes - 1] == '\n');
    html_text_free(&text);
    return 0;
}
