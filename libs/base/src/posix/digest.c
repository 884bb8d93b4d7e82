/* digest.c - SHA-256 by nettle, which picks the machine's SHA instructions itself. */
#include "base/digest.h"

#include <nettle/sha2.h>

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct digest_state), "the context fits");
_Static_assert(SHA256_DIGEST_SIZE == DIGEST_BYTES, "a digest is a digest");

static struct sha256_ctx *context_of(struct digest_state *state) {
    return (struct sha256_ctx *)(void *)state->opaque;
}

void digest_init(struct digest_state *state) {
    sha256_init(context_of(state));
}

void digest_update(struct digest_state *state, const void *bytes, size_t byte_count) {
    sha256_update(context_of(state), byte_count, bytes);
}

void digest_finish(struct digest_state *state, uint8_t out_digest[DIGEST_BYTES]) {
    sha256_digest(context_of(state), DIGEST_BYTES, out_digest);
}

void digest_text(const uint8_t digest[DIGEST_BYTES], char out_text[DIGEST_TEXT_BYTES]) {
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < DIGEST_BYTES; i++) {
        out_text[2 * i] = hex[digest[i] >> 4];
        out_text[2 * i + 1] = hex[digest[i] & 15];
    }
    out_text[2 * DIGEST_BYTES] = '\0';
}
