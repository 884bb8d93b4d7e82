/*
 * base/digest.h - SHA-256: the name of a sequence of bytes.
 *
 * Units:    bytes
 * Shapes:   a digest is 32 bytes, its text 64 lower-case hex digits and a NUL
 * Threads:  a state belongs to one thread
 * Memory:   none allocated; states are plain values
 * Errors:   none
 * Source:   FIPS 180-4, through nettle
 * Depends:  none
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_BYTES = 32, DIGEST_TEXT_BYTES = 65 };

struct digest_state {
    uint64_t opaque[16];   /* room for the library's context; see src/posix/digest.c */
};

void digest_init(struct digest_state *state);
void digest_update(struct digest_state *state, const void *bytes, size_t byte_count);
void digest_finish(struct digest_state *state, uint8_t out_digest[DIGEST_BYTES]);

/* Hex text of a digest. */
void digest_text(const uint8_t digest[DIGEST_BYTES], char out_text[DIGEST_TEXT_BYTES]);

#endif
