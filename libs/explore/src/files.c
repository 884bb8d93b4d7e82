/*
 * files.c - the descriptors of an execution that was given up.
 *
 * Its fibres never return, so nobody closes what they had open; a lock on a file would be
 * held for ever, and the next execution would meet it.  A process that dies has all closed.
 */
#include "files.h"

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

enum { DESCRIPTORS_LOOKED_AT = 256 };   /* programs that explore hold few */

static bool was_open[DESCRIPTORS_LOOKED_AT];

static bool is_open(int descriptor) {
    return fcntl(descriptor, F_GETFD) != -1;
}

void files_note(void) {
    for (int i = 0; i < DESCRIPTORS_LOOKED_AT; i++) {
        was_open[i] = is_open(i);
    }
}

void files_close_new(void) {
    for (int i = 0; i < DESCRIPTORS_LOOKED_AT; i++) {
        if (!was_open[i] && is_open(i)) {
            close(i);
        }
    }
}
