/* park.c - the parker that every thread has. */
#include "sync/park.h"

static _Thread_local struct sync_parker own;

struct sync_parker *sync_parker_self(void) {
    return &own;
}
