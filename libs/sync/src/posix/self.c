/* self.c - what a thread of the system knows of itself. */
#include "self.h"

#include "sync/thread.h"

_Thread_local struct self self_of_thread;
static struct sync_u64 last_id;

uint64_t self_next_id(void) {
    return sync_u64_add(&last_id, 1, SYNC_RELAXED) + 1;
}

const char *sync_body_name(void) {
    return "threads";
}
