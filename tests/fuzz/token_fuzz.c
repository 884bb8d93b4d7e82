/*
 * token_fuzz.c - any text is a token or is refused with a sentence.  What is read and
 * printed again is the same text.
 *
 * Text without a last part gets its right check, so that the parts behind it are reached.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../libs/explore/src/token.h"
#include "base/assert.h"
#include "base/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static void read(const char *text) {
    struct token token;
    char why[TOKEN_WHY_BYTES] = "";
    if (token_parse(text, &token, why) == TOKEN_FINE) {
        char *again = token_print(&token);
        ASSERT(again != NULL && strcmp(again, text) == 0);
        free(again);
        token_finish(&token);
    } else {
        ASSERT(memchr(why, '\0', sizeof(why)) != NULL && strlen(why) > 8);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    if (count > 4096) {
        return 0;
    }
    char text[4096 + 16];
    memcpy(text, bytes, count);
    text[count] = '\0';
    read(text);
    size_t kept = strlen(text);
    snprintf(text + kept, sizeof(text) - kept, ".%08x", hash_crc32c(0, text, kept));
    read(text);
    return 0;
}
