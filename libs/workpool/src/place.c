/*
 * place.c - where helpers run.
 *
 * A helper that is woken by a caller who keeps running is often put behind the
 * caller, on the same CPU, and waits there for milliseconds.  So each helper is
 * kept on a CPU of its own, and before a wake the one that sits on the caller's
 * present CPU, if any, changes places with the CPU nobody has.  The caller is
 * never pinned.  With fewer CPUs than workers nothing is pinned at all.
 */
#include "pool.h"

void place_workers(struct workpool *pool) {
    int cpus[SYNC_CPUS_MAX];
    uint32_t count = sync_cpus_allowed(cpus);
    pool->is_placed = pool->worker_count > 1 && count >= pool->worker_count;
    for (uint32_t i = 1; i < pool->worker_count; i++) {
        pool->workers[i].cpu = pool->is_placed ? cpus[i] : SYNC_CPU_ANY;
    }
    pool->spare_cpu = pool->is_placed ? cpus[0] : SYNC_CPU_ANY;
}

void place_avoid_caller_locked(struct workpool *pool) {
    int here = pool->is_placed ? sync_cpu_current() : SYNC_CPU_ANY;
    if (here == SYNC_CPU_ANY) {
        return;
    }
    for (uint32_t i = 1; i < pool->worker_count; i++) {
        struct worker *worker = &pool->workers[i];
        if (worker->cpu != here) {
            continue;
        }
        if (sync_thread_move(&worker->thread, pool->spare_cpu) == STATUS_OK) {
            worker->cpu = pool->spare_cpu;
            pool->spare_cpu = here;
        }
        return;
    }
}
