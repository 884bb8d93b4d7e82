/* condition.c - conditions of sync/mutex.h: a count of signals that waiters sleep on. */
#include "sync/mutex.h"

#include "sync/wait.h"

void sync_condition_init(struct sync_condition *condition) {
    *condition = (struct sync_condition){ { 0 } };
}

void sync_condition_finish(struct sync_condition *condition) {
    (void)condition;
}

enum status sync_condition_wait(struct sync_condition *condition, struct sync_mutex *mutex,
                                uint64_t deadline_ns) {
    uint32_t sequence = sync_u32_load(&condition->sequence, SYNC_RELAXED);
    sync_mutex_unlock(mutex);
    enum status status = sync_wait(&condition->sequence, sequence, deadline_ns);
    enum status locked = sync_mutex_lock_until(mutex, SYNC_NO_DEADLINE);
    return locked != STATUS_OK ? locked : status;
}

void sync_condition_signal(struct sync_condition *condition) {
    sync_u32_add(&condition->sequence, 1, SYNC_RELAXED);
    sync_wake(&condition->sequence, 1);
}

void sync_condition_broadcast(struct sync_condition *condition) {
    sync_u32_add(&condition->sequence, 1, SYNC_RELAXED);
    sync_wake(&condition->sequence, UINT32_MAX);
}
