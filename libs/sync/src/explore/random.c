/* random.c - the same unpredictable bytes in every execution. */
#include "sync/random.h"

#include <string.h>

#include "explore/body.h"
#include "explore/explore.h"

uint32_t sync_choice(uint32_t count) {
    return explore_choose(count);
}

enum status sync_random_fill(void *bytes, size_t count) {
    uint8_t *p = bytes;
    for (size_t i = 0; i < count; i += sizeof(uint64_t)) {
        uint64_t word = explore_random();
        memcpy(p + i, &word, count - i < sizeof(word) ? count - i : sizeof(word));
    }
    return STATUS_OK;
}
