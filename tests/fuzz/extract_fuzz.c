/*
 * extract_fuzz.c - any bytes are a file: a text in UTF-8 within its limits, or a refusal.
 *
 * The first byte chooses the name, and so the kind.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "indexer/extract.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

enum { TEXT_MAX = 1 << 18 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static const char *const names[] = { "a.txt", "a.md", "a.html", "a.1", "a.8.gz", "a.md.gz" };
    if (count == 0 || count > 1 << 14) {
        return 0;
    }
    struct extract_input input = { names[bytes[0] % COUNT_OF(names)], bytes + 1, count - 1 };
    struct extract_options options = { .text_bytes_max = TEXT_MAX };
    struct extract_text text;
    struct diag diag = { .status = STATUS_OK };
    enum status status = extract_bytes(&input, &options, &text, &diag);
    if (status != STATUS_OK) {
        ASSERT(status == STATUS_UNSUPPORTED || status == STATUS_BAD_DATA || status == STATUS_LIMIT);
        ASSERT(diag.status == status && diag.reason != NULL && text.text == NULL);
        ASSERT(diag.offset == DIAG_NO_OFFSET || diag.offset <= input.byte_count);
        return 0;
    }
    ASSERT(text.text_bytes <= TEXT_MAX && text.text[text.text_bytes] == '\0');
    ASSERT(text.title_bytes <= EXTRACT_TITLE_BYTES_MAX && strlen(text.title) == text.title_bytes);
    ASSERT(memchr(text.text, '\r', text.text_bytes) == NULL || text.kind != EXTRACT_TEXT);
    extract_free(&text);
    return 0;
}
