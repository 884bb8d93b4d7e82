/* hash_none.c - no CRC32C instruction here. */
#include "hash_impl.h"

hash_crc32c_kernel hash_crc32c_vector(void) {
    return NULL;
}
