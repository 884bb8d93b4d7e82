/*
 * linear_explore_test.c - locks and what they guard have histories that an order explains,
 * under every schedule that was explored.
 */
#include "base/attr.h"
#include "explore/explore.h"
#include "explore/history.h"
#include "sync/atomic.h"
#include "sync/mutex.h"
#include "sync/thread.h"

enum { ROOM = 2 };

static struct {
    struct sync_mutex mutex;
    uint64_t values[ROOM];
    uint32_t first;
    uint32_t count;
    struct sync_u32 number;
} shared;

static struct explore_specification bounded_queue;

static void with_two(sync_thread_body first, sync_thread_body second) {
    struct sync_thread threads[2];
    EXPLORE_CHECK(sync_thread_start(&threads[0], NULL, first, NULL) == STATUS_OK);
    EXPLORE_CHECK(sync_thread_start(&threads[1], NULL, second, NULL) == STATUS_OK);
    sync_thread_join(&threads[0]);
    sync_thread_join(&threads[1]);
}

/* ---- a mutex is a lock ------------------------------------------------------------------- */

static void lock_and_unlock(uint64_t who) {
    uint32_t call = explore_call_begin(EXPLORE_LOCK_ACQUIRE, who);
    sync_mutex_lock(&shared.mutex);
    explore_call_end(call, 1);
    call = explore_call_begin(EXPLORE_LOCK_RELEASE, who);
    sync_mutex_unlock(&shared.mutex);
    explore_call_end(call, 1);
}

static void locks(void *unused) {
    (void)unused;
    lock_and_unlock(1);
}

static void tries(void *unused) {
    (void)unused;
    uint32_t call = explore_call_begin(EXPLORE_LOCK_TRY, 2);
    bool is_in = sync_mutex_try_lock(&shared.mutex);
    explore_call_end(call, is_in);
    if (is_in) {
        call = explore_call_begin(EXPLORE_LOCK_RELEASE, 2);
        sync_mutex_unlock(&shared.mutex);
        explore_call_end(call, 1);
    }
}

static void a_mutex_is_a_lock(void) {
    explore_history_begin(&explore_lock);
    sync_mutex_init(&shared.mutex, SYNC_RANK_LEAF);
    with_two(locks, tries);
    explore_history_check();
    sync_mutex_finish(&shared.mutex);
}

/* ---- a queue under a mutex is a queue ------------------------------------------------------ */

static void push(uint64_t value) {
    uint32_t call = explore_call_begin(EXPLORE_QUEUE_PUSH, value);
    sync_mutex_lock(&shared.mutex);
    bool has_room = shared.count < ROOM;
    if (has_room) {
        shared.values[(shared.first + shared.count++) % ROOM] = value;
    }
    sync_mutex_unlock(&shared.mutex);
    explore_call_end(call, has_room);
}

static void pop(void) {
    uint32_t call = explore_call_begin(EXPLORE_QUEUE_POP, 0);
    uint64_t value = EXPLORE_NONE;
    sync_mutex_lock(&shared.mutex);
    if (shared.count > 0) {
        value = shared.values[shared.first];
        shared.first = (shared.first + 1) % ROOM;
        shared.count--;
    }
    sync_mutex_unlock(&shared.mutex);
    explore_call_end(call, value);
}

static void pushes(void *unused) {
    (void)unused;
    push(1);
    push(2);
    push(3);
}

static void pops(void *unused) {
    (void)unused;
    pop();
    pop();
}

static void a_queue_under_a_mutex_is_a_queue(void) {
    bounded_queue = explore_queue;
    bounded_queue.parameter = ROOM;
    explore_history_begin(&bounded_queue);
    sync_mutex_init(&shared.mutex, SYNC_RANK_LEAF);
    shared.first = shared.count = 0;
    with_two(pushes, pops);
    explore_history_check();
    sync_mutex_finish(&shared.mutex);
}

/* ---- atomic numbers ------------------------------------------------------------------------- */

static void adds(void *unused) {
    (void)unused;
    uint32_t call = explore_call_begin(EXPLORE_NUMBER_ADD, 1);
    explore_call_end(call, sync_u32_add(&shared.number, 1, SYNC_RELAXED));
}

static void reads_and_adds(void *unused) {
    (void)unused;
    uint32_t call = explore_call_begin(EXPLORE_NUMBER_READ, 0);
    explore_call_end(call, sync_u32_load(&shared.number, SYNC_RELAXED));
    adds(NULL);
}

/* What ended before is seen, even by relaxed loads: the history's clock says that it ended. */
static void an_atomic_number_is_a_number(void) {
    explore_history_begin(&explore_number);
    sync_u32_store(&shared.number, 0, SYNC_RELAXED);
    with_two(adds, reads_and_adds);
    explore_history_check();
}

static const struct explore_case cases[] = {
    { .name = "a_mutex_is_a_lock", .body = a_mutex_is_a_lock,
      .plan = { .strategy = EXPLORE_DPOR, .runs = 20000 } },
    { .name = "a_queue_under_a_mutex_is_a_queue", .body = a_queue_under_a_mutex_is_a_queue },
    { .name = "an_atomic_number_is_a_number", .body = an_atomic_number_is_a_number,
      .plan = { .strategy = EXPLORE_DPOR, .runs = 20000 } },
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
