/* wait.c - sync/wait.h in virtual time. */
#include "sync/wait.h"

#include "explore/body.h"

enum status sync_wait(const struct sync_u32 *word, uint32_t expected, uint64_t deadline_ns) {
    return explore_wait(&word->word, expected, deadline_ns) ? STATUS_OK : STATUS_TIMED_OUT;
}

void sync_wake(const struct sync_u32 *word, uint32_t count) {
    explore_wake(&word->word, count);
}
