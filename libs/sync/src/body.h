/*
 * body.h - what a body does for thread.c, and the other way round.
 *
 * thread.c knows results, panics and handles; a body knows stacks, the system's threads
 * and how to wait for one.
 */
#ifndef SYNC_BODY_H
#define SYNC_BODY_H

#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "sync/thread.h"

/* What a thread is to do. */
struct thread_plan {
    uint64_t id;
    sync_thread_body body;            /* one of the two */
    void *(*valued)(void *argument);
    void *argument;
};

/* A thread that was started; in memory of the body's, which may keep more beside it. */
struct thread {
    struct thread_plan plan;
    struct sync_thread_result result; /* complete when thread_run() has returned */
};

/*
 * A thread of that plan, begun with thread_prepare(), begins to run: on a new thread of
 * the body's, thread_run() is called with it.  NULL: there is no memory, or no thread.
 */
MUST_CHECK struct thread *body_thread_start(const struct thread_plan *plan,
                                            const struct sync_thread_options *options);

static inline void thread_prepare(struct thread *thread, const struct thread_plan *plan) {
    thread->plan = *plan;
    thread->result.value = NULL;
    thread->result.has_panicked = false;   /* and the payload is not looked at */
}

/* Wait until its thread_run() has returned: STATUS_OK, or STATUS_TIMED_OUT. */
MUST_CHECK enum status body_thread_wait(struct thread *thread, uint64_t deadline_ns);

/* After that: release the memory. */
void body_thread_release(struct thread *thread);

/* Nobody waits any more: when it has ended, thread_forgotten() and release. */
void body_thread_detach(struct thread *thread);

/* A panic begins; for records of what happened. */
void body_panicked(uint32_t code);

/* thread.c: all of a thread's life. */
void thread_run(struct thread *thread);

/* thread.c: a detached thread has ended; stops the program if it panicked. */
void thread_forgotten(const struct thread *thread);

#endif
