/* self.c - what a thread of an execution knows of itself. */
#include "self.h"

#include "explore/body.h"
#include "sync/thread.h"

static struct self selves[EXPLORE_THREADS_MAX];
static uint64_t last_id;

struct self *self_get(void) {
    return LIKELY(explore_local != NULL) ? explore_local : &selves[0];
}

uint64_t self_next_id(void) {
    return ++last_id;
}

/* The engine's: a thread begins, and with thread 0 an execution. */
void *explore_body_thread_begins(uint32_t number) {
    if (number == 0) {
        last_id = 0;
        local_forget_all();
    }
    self_begin(&selves[number]);
    return &selves[number];
}

const char *sync_body_name(void) {
    return "explore";
}
