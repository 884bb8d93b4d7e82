/* thread.c - threads of body.h in the explorer; there is one CPU, and no time is used. */
#include "sync/thread.h"

#include "base/assert.h"
#include "body.h"
#include "explore/body.h"
#include "sync/memory.h"

struct explored_thread {
    struct thread thread;
    uint32_t number;
    bool is_detached;
    bool has_ended;
};

static struct explored_thread *explored_of(struct thread *thread) {
    return CONTAINER_OF(thread, struct explored_thread, thread);
}

static void forget(struct explored_thread *thread) {
    thread_forgotten(&thread->thread);
    sync_free(thread);
}

static void thread_main(void *argument) {
    struct explored_thread *thread = argument;
    thread_run(&thread->thread);
    thread->has_ended = true;
    if (thread->is_detached) {
        forget(thread);
    }
}

struct thread *body_thread_start(const struct thread_plan *plan,
                                 const struct sync_thread_options *options) {
    struct explored_thread *started = sync_alloc(sizeof(*started));
    if (started == NULL) {
        return NULL;
    }
    thread_prepare(&started->thread, plan);
    started->is_detached = started->has_ended = false;
    started->number = explore_thread_start(thread_main, started, options->stack_bytes);
    if (started->number == 0) {
        sync_free(started);
        return NULL;
    }
    return &started->thread;
}

enum status body_thread_wait(struct thread *thread, uint64_t deadline_ns) {
    return explore_thread_join(explored_of(thread)->number, deadline_ns) ? STATUS_OK
                                                                         : STATUS_TIMED_OUT;
}

void body_thread_release(struct thread *thread) {
    sync_free(explored_of(thread));
}

void body_thread_detach(struct thread *thread) {
    struct explored_thread *started = explored_of(thread);
    explore_thread_detach(started->number);
    started->is_detached = true;
    if (started->has_ended) {
        forget(started);
    }
}

void body_panicked(uint32_t code) {
    explore_panicked(code);
}

void sync_thread_yield(void) {
    explore_yield();
}

uint32_t sync_cpus_allowed(int out_cpus[SYNC_CPUS_MAX]) {
    out_cpus[0] = 0;
    return 1;
}

int sync_cpu_current(void) {
    return 0;
}

enum status sync_cpu_pin(int cpu) {
    return cpu == 0 || cpu == SYNC_CPU_ANY ? STATUS_OK : STATUS_IO;
}

enum status sync_thread_move(const struct sync_thread *thread, int cpu) {
    (void)thread;
    return cpu == 0 ? STATUS_OK : STATUS_IO;
}

enum status sync_thread_times_read(const struct sync_thread *thread,
                                   struct sync_thread_times *out_times) {
    (void)thread;
    *out_times = (struct sync_thread_times){ 0 };
    return STATUS_UNSUPPORTED;
}
