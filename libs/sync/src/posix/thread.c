/* thread.c - threads of body.h on POSIX threads, and Linux affinity. */
#include "sync/thread.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/assert.h"
#include "body.h"
#include "sync/atomic.h"
#include "sync/memory.h"
#include "sync/wait.h"

_Static_assert((size_t)SYNC_CPUS_MAX <= 8 * sizeof(cpu_set_t), "one affinity set is enough");

/* Where the calling thread could run before it was pinned; valid while is_pinned. */
static _Thread_local struct { cpu_set_t set; bool is_pinned; } unpinned;

enum { RUNS, IS_AWAITED, IS_DETACHED, HAS_ENDED };

/* A started thread; freed by join, so that what start takes does not depend on timing. */
struct system_thread {
    struct thread thread;
    pthread_t handle;
    int cpu;
    bool is_set_given;   /* the starter is pinned, so its own set is not for the new thread */
    cpu_set_t set;
    struct sync_u32 kernel_id;   /* 0 until it runs */
    struct sync_u32 state;       /* what a join with a deadline sleeps on */
};

static struct system_thread *system_of(struct thread *thread) {
    return CONTAINER_OF(thread, struct system_thread, thread);
}

static struct system_thread *system_of_handle(const struct sync_thread *thread) {
    return system_of((struct thread *)(uintptr_t)thread->opaque);
}

static void forget(struct system_thread *thread) {
    thread_forgotten(&thread->thread);
    sync_free(thread);
}

static void *thread_main(void *argument) {
    struct system_thread *thread = argument;
    sync_u32_store(&thread->kernel_id, (uint32_t)syscall(SYS_gettid), SYNC_RELAXED);
    if (thread->is_set_given) {
        (void)!pthread_setaffinity_np(pthread_self(), sizeof(thread->set), &thread->set);
    }
    if (thread->cpu != SYNC_CPU_ANY) {
        (void)!sync_cpu_pin(thread->cpu);   /* a CPU that cannot be had is ignored */
    }
    thread_run(&thread->thread);
    switch (sync_u32_exchange(&thread->state, HAS_ENDED, SYNC_ACQ_REL)) {
    case IS_AWAITED:
        sync_wake(&thread->state, 1);   /* joined perhaps, and freed: only the address is used */
        break;
    case IS_DETACHED:
        forget(thread);
        break;
    }
    return NULL;
}

static int start_with_stack(struct system_thread *thread, size_t stack_bytes) {
    pthread_attr_t attributes;
    int failed = pthread_attr_init(&attributes);
    if (failed != 0) {
        return failed;
    }
    failed = pthread_attr_setstacksize(&attributes, stack_bytes);
    if (failed == 0) {
        failed = pthread_create(&thread->handle, &attributes, thread_main, thread);
    }
    pthread_attr_destroy(&attributes);
    return failed;
}

struct thread *body_thread_start(const struct thread_plan *plan,
                                 const struct sync_thread_options *options) {
    struct system_thread *started = sync_alloc(sizeof(*started));
    if (started == NULL) {
        return NULL;
    }
    thread_prepare(&started->thread, plan);
    started->cpu = options->cpu;
    started->is_set_given = unpinned.is_pinned;
    started->set = unpinned.set;
    started->kernel_id = started->state = (struct sync_u32){ 0 };
    size_t stack = options->stack_bytes != 0 ? options->stack_bytes : SYNC_STACK_DEFAULT_BYTES;
    if (start_with_stack(started, stack) != 0) {
        sync_free(started);
        return NULL;
    }
    if (options->name != NULL) {
        pthread_setname_np(started->handle, options->name);
    }
    return &started->thread;
}

/* Not until the state says so: then the system's join does not wait for long. */
static enum status wait_for_end(struct system_thread *thread, uint64_t deadline_ns) {
    uint32_t state = RUNS;
    (void)sync_u32_compare_exchange(&thread->state, &state, IS_AWAITED, SYNC_ACQUIRE);
    enum status status = STATUS_OK;
    while (sync_u32_load(&thread->state, SYNC_ACQUIRE) != HAS_ENDED) {
        if (status == STATUS_TIMED_OUT) {
            return status;
        }
        status = sync_wait(&thread->state, IS_AWAITED, deadline_ns);
    }
    return STATUS_OK;
}

enum status body_thread_wait(struct thread *thread, uint64_t deadline_ns) {
    struct system_thread *started = system_of(thread);
    if (deadline_ns != SYNC_NO_DEADLINE && wait_for_end(started, deadline_ns) != STATUS_OK) {
        return STATUS_TIMED_OUT;
    }
    int failed = pthread_join(started->handle, NULL);
    ASSERT(failed == 0);
    return STATUS_OK;
}

void body_thread_release(struct thread *thread) {
    sync_free(system_of(thread));
}

void body_thread_detach(struct thread *thread) {
    struct system_thread *started = system_of(thread);
    pthread_t handle = started->handle;   /* as the end of the thread may free the rest */
    if (sync_u32_exchange(&started->state, IS_DETACHED, SYNC_ACQ_REL) == HAS_ENDED) {
        (void)pthread_join(handle, NULL);
        forget(started);
    } else {
        (void)pthread_detach(handle);
    }
}

void body_panicked(uint32_t code) {
    (void)code;
}

void sync_thread_yield(void) {
    sched_yield();
}

uint32_t sync_cpus_allowed(int out_cpus[SYNC_CPUS_MAX]) {
    cpu_set_t set;
    uint32_t count = 0;
    if (sched_getaffinity(0, sizeof(set), &set) == 0) {
        for (int cpu = 0; cpu < SYNC_CPUS_MAX; cpu++) {
            if (CPU_ISSET(cpu, &set)) {
                out_cpus[count++] = cpu;
            }
        }
    }
    if (count == 0) {
        out_cpus[count++] = 0;
    }
    return count;
}

int sync_cpu_current(void) {
    int cpu = sched_getcpu();
    return cpu >= 0 ? cpu : SYNC_CPU_ANY;
}

static enum status move_to(pthread_t thread, int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    return pthread_setaffinity_np(thread, sizeof(set), &set) == 0 ? STATUS_OK : STATUS_IO;
}

static enum status unpin(void) {
    if (!unpinned.is_pinned) {
        return STATUS_OK;
    }
    int failed = pthread_setaffinity_np(pthread_self(), sizeof(unpinned.set), &unpinned.set);
    unpinned.is_pinned = failed != 0;
    return failed == 0 ? STATUS_OK : STATUS_IO;
}

enum status sync_cpu_pin(int cpu) {
    if (cpu == SYNC_CPU_ANY) {
        return unpin();
    }
    if (cpu < 0 || cpu >= SYNC_CPUS_MAX) {
        return STATUS_IO;
    }
    cpu_set_t before;
    if (pthread_getaffinity_np(pthread_self(), sizeof(before), &before) != 0) {
        return STATUS_IO;
    }
    enum status status = move_to(pthread_self(), cpu);
    if (status == STATUS_OK && !unpinned.is_pinned) {
        unpinned.set = before;
        unpinned.is_pinned = true;
    }
    return status;
}

enum status sync_thread_move(const struct sync_thread *thread, int cpu) {
    ASSERT(cpu >= 0 && cpu < SYNC_CPUS_MAX);
    return move_to(system_of_handle(thread)->handle, cpu);
}

enum status sync_thread_times_read(const struct sync_thread *thread,
                                   struct sync_thread_times *out_times) {
    char path[64];
    char text[96];
    *out_times = (struct sync_thread_times){ 0 };
    snprintf(path, sizeof(path), "/proc/self/task/%u/schedstat",
             (unsigned)sync_u32_load(&system_of_handle(thread)->kernel_id, SYNC_RELAXED));
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return STATUS_UNSUPPORTED;
    }
    ssize_t count = read(descriptor, text, sizeof(text) - 1);
    close(descriptor);
    text[count > 0 ? count : 0] = '\0';
    int found = sscanf(text, "%" SCNu64 " %" SCNu64, &out_times->used_ns, &out_times->delayed_ns);
    return found == 2 ? STATUS_OK : STATUS_UNSUPPORTED;
}
