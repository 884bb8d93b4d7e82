/* hash_sse42.c - CRC32C by its own instruction, eight bytes at a time. */
#include <nmmintrin.h>
#include <string.h>

#include "base/cpu.h"
#include "hash_impl.h"

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *p,
                                                               size_t byte_count) {
    uint64_t wide = crc;
    for (; byte_count >= 8; byte_count -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, sizeof(word));
        wide = _mm_crc32_u64(wide, word);
    }
    crc = (uint32_t)wide;
    for (; byte_count > 0; byte_count--, p++) {
        crc = _mm_crc32_u8(crc, *p);
    }
    return crc;
}

/* Every machine of the AVX2 level has SSE4.2. */
hash_crc32c_kernel hash_crc32c_vector(void) {
    return cpu_level() >= CPU_AVX2 ? crc32c_sse42 : NULL;
}
