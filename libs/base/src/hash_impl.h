/*
 * hash_impl.h - the CRC32C kernel that a machine has an instruction for.
 *
 * Units:    bytes
 * Shapes:   a kernel takes and gives the register itself, which hash.c inverts
 * Threads:  pure functions
 * Memory:   none
 * Errors:   none
 * Source:   none
 * Depends:  base/cpu.h
 */
#ifndef BASE_HASH_IMPL_H
#define BASE_HASH_IMPL_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t (*hash_crc32c_kernel)(uint32_t crc, const uint8_t *p, size_t byte_count);

/* NULL when there is none, or cpu_level() forbids it. */
hash_crc32c_kernel hash_crc32c_vector(void);

#endif
