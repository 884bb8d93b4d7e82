/*
 * sync/thread.h - threads, where they run, and their own slots.
 *
 * A thread is started, and then joined or detached, once.  Joining gives what its body
 * returned, or what it panicked with (sync/panic.h).  A handle that was not started,
 * or was joined or detached, is empty; a zeroed handle is an empty one.
 *
 * Units:    stack in bytes; a CPU is a number of the kernel's; deadlines are absolute
 *           nanoseconds of sync_clock_ns()
 * Shapes:   none
 * Threads:  any; one handle is joined or detached by one thread
 * Memory:   a thread handle is the caller's; join releases what start took, and of a
 *           detached thread its end does.  Values of sync/local.h are released, and
 *           their destructors have run, when join returns
 * Errors:   STATUS_NO_MEMORY when the system gives no thread; STATUS_TIMED_OUT.  A
 *           thread that joins itself, an empty handle joined or detached, a thread that
 *           ends with a lock held, and a panic that nobody can join stop the program
 *           with a message
 * Source:   POSIX threads and sched_setaffinity(2) in the posix body
 * Depends:  base, sync/panic.h
 */
#ifndef SYNC_THREAD_H
#define SYNC_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "sync/panic.h"

enum {
    SYNC_CPU_ANY = -1,
    SYNC_CPUS_MAX = 256,                  /* CPUs we look at */
    SYNC_STACK_DEFAULT_BYTES = 1 << 20,   /* FreeType's rasteriser and gumbo fit with room */
};

struct sync_thread {
    uint64_t opaque;
    uint64_t id;           /* sync_thread_self_id() of the thread; stays after join */
};

struct sync_thread_options {
    const char *name;      /* at most 15 bytes, for debuggers; NULL for none */
    size_t stack_bytes;    /* 0 means SYNC_STACK_DEFAULT_BYTES; a guard page lies below */
    int cpu;               /* a CPU to stay on, or SYNC_CPU_ANY */
};

typedef void (*sync_thread_body)(void *argument);

/*
 * Run `body(argument)` on a new thread; `options` may be NULL: no name, any CPU.  A CPU that
 * cannot be had is ignored.  After a failure the handle is empty.  O(1); the handle takes
 * O(1) memory, the thread its stack.
 */
MUST_CHECK enum status sync_thread_start(struct sync_thread *thread,
                                         const struct sync_thread_options *options,
                                         sync_thread_body body, void *argument);

/* Like start, for a body that returns a value to whoever joins. */
MUST_CHECK enum status sync_thread_spawn(struct sync_thread *thread,
                                         const struct sync_thread_options *options,
                                         void *(*body)(void *argument), void *argument);

/*
 * Wait until the thread's body has returned, and give its value: NULL of a thread that
 * was started without one.  A panic of the thread goes on in the caller, with the same
 * payload.  What the thread did is seen after.
 */
void *sync_thread_join(struct sync_thread *thread);

struct sync_thread_result {
    void *value;                /* NULL after a panic */
    bool has_panicked;
    struct sync_panic panic;    /* when it has */
};

/*
 * Like join, but at most until the deadline, and a panic is a result.  STATUS_TIMED_OUT:
 * the thread is still to be joined.  `out_result` may be NULL, which drops a panic.
 */
MUST_CHECK enum status sync_thread_join_until(struct sync_thread *thread, uint64_t deadline_ns,
                                              struct sync_thread_result *out_result);

/* Let the thread end on its own: nobody will join it, and it may not panic. */
void sync_thread_detach(struct sync_thread *thread);

/* Let another thread run. */
void sync_thread_yield(void);

/*
 * The CPUs this process may use, ascending, at most SYNC_CPUS_MAX; returns how
 * many were written, at least 1.
 */
uint32_t sync_cpus_allowed(int out_cpus[SYNC_CPUS_MAX]);

/*
 * How many CPUs' worth of time the control groups of this process let it use, rounded
 * up, at least 1; SYNC_CPUS_MAX when they set no limit, or there are none.  The files
 * are looked for under `root`: "" is the machine, a test may have a folder.
 */
uint32_t sync_cpu_quota(const char *root);

/* The CPU the caller runs on now, or SYNC_CPU_ANY when unknown: a hint, soon stale. */
int sync_cpu_current(void);

/*
 * Keep the calling thread on `cpu`; with SYNC_CPU_ANY give it back the CPUs it had
 * before its first pin.  STATUS_IO: the CPU is not there or not allowed, and the
 * thread runs where it did.  Threads started by a pinned thread are not pinned.
 */
MUST_CHECK enum status sync_cpu_pin(int cpu);

/* Like sync_cpu_pin() for a thread that was started and not yet joined; `cpu` is a CPU. */
MUST_CHECK enum status sync_thread_move(const struct sync_thread *thread, int cpu);

/* What a thread has got of the machine since it started. */
struct sync_thread_times {
    uint64_t used_ns;      /* of CPU */
    uint64_t delayed_ns;   /* ready to run and without a CPU, as of its last turn */
};

/*
 * The times of a thread that was started and not yet joined: for decisions about
 * speed, never for results.  STATUS_UNSUPPORTED: the system does not tell.
 */
MUST_CHECK enum status sync_thread_times_read(const struct sync_thread *thread,
                                              struct sync_thread_times *out_times);

/* The number of the calling thread, at least 1, which no other has or had in this process. */
uint64_t sync_thread_self_id(void);

/* Which body of libs/sync is linked: "threads" or "explore". */
const char *sync_body_name(void);

/* One pointer a thread for each user below; NULL at first. */
enum sync_slot { SYNC_SLOT_WORKPOOL, SYNC_SLOT_ASYNC, SYNC_SLOT_COUNT };
void *sync_slot_get(enum sync_slot slot);
void sync_slot_set(enum sync_slot slot, void *value);

#endif
