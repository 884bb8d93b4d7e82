/* park.c - sync/park.h: a token in a word, and a sleep on it. */
#include "sync/park.h"

#include <stddef.h>

#include "base/assert.h"

/* Parking takes one from the word: a token becomes none, and none becomes a sleeper. */
enum { TOKEN_NONE = 0, TOKEN_HERE = 1 };
#define TOKEN_AWAITED UINT32_MAX

enum status sync_parker_park(struct sync_parker *parker, uint64_t deadline_ns) {
    uint32_t before = sync_u32_sub(&parker->token, 1, SYNC_ACQUIRE);
    if (before == TOKEN_HERE) {
        return STATUS_OK;
    }
    ASSERT(before == TOKEN_NONE);   /* else two threads park on one parker */
    for (;;) {
        enum status status = sync_wait(&parker->token, TOKEN_AWAITED, deadline_ns);
        uint32_t here = TOKEN_HERE;
        if (sync_u32_compare_exchange(&parker->token, &here, TOKEN_NONE, SYNC_ACQUIRE)) {
            return STATUS_OK;
        }
        if (status == STATUS_TIMED_OUT) {
            /* A token that comes between the look above and this one is taken, not lost. */
            before = sync_u32_exchange(&parker->token, TOKEN_NONE, SYNC_ACQUIRE);
            return before == TOKEN_HERE ? STATUS_OK : STATUS_TIMED_OUT;
        }
    }
}

/* Release: pairs with the acquire that takes the token. */
bool sync_unpark_begin(struct sync_parker *parker) {
    return sync_u32_exchange(&parker->token, TOKEN_HERE, SYNC_RELEASE) == TOKEN_AWAITED;
}

/* Whoever sleeps at this place by now wakes for nothing and looks again, as waits may. */
void sync_unpark_end(const struct sync_parker *parker) {
    sync_wake(&parker->token, 1);
}

void sync_unpark(struct sync_parker *parker) {
    if (sync_unpark_begin(parker)) {
        sync_unpark_end(parker);
    }
}

enum status sync_park(uint64_t deadline_ns) {
    return sync_parker_park(sync_parker_self(), deadline_ns);
}

static void unpark(void *parker) {
    sync_unpark(parker);
}

struct sync_waker sync_parker_waker(struct sync_parker *parker) {
    return (struct sync_waker){ .wake = unpark, .self = parker };
}
