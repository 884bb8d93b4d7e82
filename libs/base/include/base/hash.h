/*
 * base/hash.h - checksums and fingerprints whose values are part of file formats.
 *
 * hash_crc32c guards file blocks against damage; hash_64 (XXH64) fingerprints
 * memory such as picture tiles and table keys.  Neither resists an attacker:
 * identity of contents is digest.h.
 *
 * Units:    bytes
 * Shapes:   none
 * Threads:  pure functions
 * Memory:   none
 * Errors:   none
 * Source:   CRC32C: RFC 3720 appendix B.4; XXH64: the xxHash specification
 * Depends:  none
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* CRC32C of `bytes` appended to data whose CRC is `crc`; start with 0. */
uint32_t hash_crc32c(uint32_t crc, const void *bytes, size_t byte_count);

uint64_t hash_64(const void *bytes, size_t byte_count, uint64_t seed);

#endif
