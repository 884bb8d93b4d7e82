/* random.c - sync/random.h on getrandom. */
#include "sync/random.h"

#include <sys/random.h>

enum status sync_random_fill(void *bytes, size_t count) {
    uint8_t *p = bytes;
    while (count > 0) {
        ssize_t got = getrandom(p, count, 0);
        if (got <= 0) {
            return STATUS_IO;
        }
        p += got;
        count -= (size_t)got;
    }
    return STATUS_OK;
}
