/* checksum.h - checksums of pieces joined. */
#ifndef WPNG_CHECKSUM_H
#define WPNG_CHECKSUM_H

#include <stdint.h>

/* The Adler-32 of two pieces one after the other, the second of `second_bytes`. */
uint32_t checksum_join_adler(uint32_t first, uint32_t second, uint64_t second_bytes);

#endif
