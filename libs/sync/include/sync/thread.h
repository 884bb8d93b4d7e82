/*
 * sync/thread.h - threads, where they run, and their own slots.
 *
 * Units:    stack in bytes; a CPU is a number of the kernel's
 * Shapes:   none
 * Threads:  any
 * Memory:   a thread handle is the caller's; join releases what start took
 * Errors:   STATUS_NO_MEMORY when the system gives no thread
 * Source:   POSIX threads and sched_setaffinity(2) in the posix body
 * Depends:  base
 */
#ifndef SYNC_THREAD_H
#define SYNC_THREAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"

enum {
    SYNC_CPU_ANY = -1,
    SYNC_CPUS_MAX = 256,                  /* CPUs we look at */
    SYNC_STACK_DEFAULT_BYTES = 1 << 20,   /* FreeType's rasteriser and gumbo fit with room */
};

struct sync_thread { uint64_t opaque; };

struct sync_thread_options {
    const char *name;      /* at most 15 bytes, for debuggers; NULL for none */
    size_t stack_bytes;    /* 0 means SYNC_STACK_DEFAULT_BYTES */
    int cpu;               /* a CPU to stay on, or SYNC_CPU_ANY */
};

typedef void (*sync_thread_body)(void *argument);

/* Run `body(argument)` on a new thread.  A CPU that cannot be had is ignored. */
MUST_CHECK enum status sync_thread_start(struct sync_thread *thread,
                                         const struct sync_thread_options *options,
                                         sync_thread_body body, void *argument);

/* Wait until the thread's body has returned. */
void sync_thread_join(struct sync_thread *thread);

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
enum sync_slot { SYNC_SLOT_WORKPOOL, SYNC_SLOT_COUNT };
void *sync_slot_get(enum sync_slot slot);
void sync_slot_set(enum sync_slot slot, void *value);

#endif
