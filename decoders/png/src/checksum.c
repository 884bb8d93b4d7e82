/* checksum.c - Adler-32 of pieces joined. */
#include "checksum.h"

enum { ADLER_MODULUS = 65521 };

/*
 * RFC 1950, 9: the low half is 1 plus the sum of the bytes, the high half the sum of
 * all low halves on the way.  Behind the first piece, each of the second's low
 * halves is greater by the first's low half less 1.
 */
uint32_t checksum_join_adler(uint32_t first, uint32_t second, uint64_t second_bytes) {
    uint64_t length = second_bytes % ADLER_MODULUS;
    uint64_t low = (first & 0xffff) + (second & 0xffff) + ADLER_MODULUS - 1;
    uint64_t high = (first >> 16) + (second >> 16) + length * (first & 0xffff) +
                    ADLER_MODULUS - length;
    return (uint32_t)(high % ADLER_MODULUS) << 16 | (uint32_t)(low % ADLER_MODULUS);
}
