/* hash.c - CRC32C by eight table look-ups a word, XXH64 through xxhash's header. */
#include "base/hash.h"

#include "base/endian.h"
#include "hash_impl.h"

#define XXH_INLINE_ALL
#define XXH_NO_STREAM
#include <xxhash.h>

enum { CRC_TABLES = 8, CRC_VALUES = 256 };
#define CRC32C_POLYNOMIAL 0x82f63b78u   /* reflected Castagnoli */

static uint32_t crc_step(uint32_t crc) {
    for (int bit = 0; bit < 8; bit++) {
        crc = (crc >> 1) ^ (CRC32C_POLYNOMIAL & (0u - (crc & 1)));
    }
    return crc;
}

static uint32_t tables[CRC_TABLES][CRC_VALUES];

/* Filled before main(), so that readers on any thread need no lock. */
__attribute__((constructor)) static void fill_tables(void) {
    for (uint32_t value = 0; value < CRC_VALUES; value++) {
        tables[0][value] = crc_step(value);
    }
    for (int table = 1; table < CRC_TABLES; table++) {
        for (uint32_t value = 0; value < CRC_VALUES; value++) {
            uint32_t before = tables[table - 1][value];
            tables[table][value] = (before >> 8) ^ tables[0][before & 0xff];
        }
    }
}

static uint32_t crc_word(uint32_t crc, const uint8_t *p) {
    uint32_t low = crc ^ get_le32(p);
    uint32_t high = get_le32(p + 4);
    return tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^ tables[5][low >> 16 & 0xff] ^
           tables[4][low >> 24] ^ tables[3][high & 0xff] ^ tables[2][high >> 8 & 0xff] ^
           tables[1][high >> 16 & 0xff] ^ tables[0][high >> 24];
}

static uint32_t crc32c_portable(uint32_t crc, const uint8_t *p, size_t byte_count) {
    for (; byte_count >= 8; byte_count -= 8, p += 8) {
        crc = crc_word(crc, p);
    }
    for (; byte_count > 0; byte_count--, p++) {
        crc = (crc >> 8) ^ tables[0][(crc ^ *p) & 0xff];
    }
    return crc;
}

uint32_t hash_crc32c(uint32_t crc, const void *bytes, size_t byte_count) {
    hash_crc32c_kernel kernel = hash_crc32c_vector();
    kernel = kernel != NULL ? kernel : crc32c_portable;
    return ~kernel(~crc, bytes, byte_count);
}

uint64_t hash_64(const void *bytes, size_t byte_count, uint64_t seed) {
    return XXH64(bytes, byte_count, seed);
}
