/*
 * place.c - where helpers run.
 *
 * A helper that is woken by a caller who keeps running is often put behind the
 * caller, on the same CPU, and waits there for milliseconds.  So each helper is
 * kept on a CPU of its own, and before a wake the one that sits on the caller's
 * present CPU, if any, changes places with the CPU nobody has.  The caller is
 * never pinned.  With fewer CPUs than workers nothing is pinned at all.
 *
 * Helpers take the CPUs that follow their caller's: the system spreads processes over
 * a machine, and so their helpers are spread too, near their caller and seldom on a
 * CPU where another process has pinned its own.
 */
#include "pool.h"

void place_choose(const struct place *place, uint32_t workers, int *out_cpus) {
    uint32_t here = 0;
    while (here < place->count && place->cpus[here] != place->caller_cpu) {
        here++;
    }
    for (uint32_t i = 0; i < workers; i++) {
        out_cpus[i] = workers > 1 && workers <= place->count
                          ? place->cpus[(here + i) % place->count] : SYNC_CPU_ANY;
    }
}

void place_workers(struct workpool *pool) {
    struct place place = { .caller_cpu = sync_cpu_current() };
    int cpus[WORKPOOL_WORKERS_MAX];
    place.count = sync_cpus_allowed(place.cpus);
    place_choose(&place, pool->worker_count, cpus);
    pool->spare_cpu = cpus[0];
    pool->is_placed = pool->spare_cpu != SYNC_CPU_ANY;
    for (uint32_t i = 1; i < pool->worker_count; i++) {
        pool->workers[i].cpu = cpus[i];
    }
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
