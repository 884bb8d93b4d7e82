/* random.c - sync/random.h on getrandom. */
#include "sync/random.h"

#include <errno.h>
#include <sys/random.h>

uint32_t sync_choice(uint32_t count) {
    (void)count;
    return 0;
}

enum status sync_random_fill(void *bytes, size_t count) {
    uint8_t *p = bytes;
    while (count > 0) {
        ssize_t got = getrandom(p, count, 0);
        if (got < 0 && errno != EINTR) {
            return STATUS_IO;
        }
        p += got > 0 ? got : 0;
        count -= got > 0 ? (size_t)got : 0;
    }
    return STATUS_OK;
}
