/*
 * sync/panic.h - give up on a thread, or on a call, and leave the rest whole.
 *
 * A panic is for a broken assumption that one part of a program may not survive and
 * the others may: a job of a pool, a task, a thread.  It ends everything up to the
 * innermost sync_panic_catch(), or the thread: newest first, it runs the cleanups that
 * were pushed and gives back the locks that were taken, poisoned (sync/mutex.h).  The
 * code and a copy of the payload go to the catcher, or to whoever joins the thread,
 * who gets them as a result or has them thrown again.
 *
 * It leaves by longjmp(): what the frames in between own and have not pushed as a
 * cleanup stays as it is.  Code that may be panicked through says so and pushes.
 *
 * Units:    bytes
 * Shapes:   cleanups form a stack, one to a thread
 * Threads:  each thread panics for itself
 * Memory:   a cleanup lies in the frame of whoever pushes it; payloads are copied, the
 *           first SYNC_PANIC_BYTES_MAX bytes of them
 * Errors:   a panic that nothing contains stops the program, telling its code, and its
 *           payload when that is a line of text; so do one within a cleanup, and cleanups
 *           popped out of order
 * Source:   the seed of this library; Rust's std::panic; docs/adr/0072
 * Depends:  base
 */
#ifndef SYNC_PANIC_H
#define SYNC_PANIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum { SYNC_PANIC_BYTES_MAX = 240 };

/* What a panic carries. */
struct sync_panic {
    uint32_t code;            /* the program's own; 0 is as good as any */
    uint32_t byte_count;
    _Alignas(16) unsigned char bytes[SYNC_PANIC_BYTES_MAX];
};

/* Panic.  `payload` may be NULL when `bytes` is 0.  O(cleanups + locks held). */
_Noreturn void sync_panic(uint32_t code, const void *payload, size_t bytes);

/* Panic again with what another panic carried. */
_Noreturn void sync_panic_rethrow(const struct sync_panic *panic);

/*
 * Call `body(argument)`; true when it panicked, with *out_panic filled, which is else
 * left alone.  Locks that were held before the call stay held and sound.  What was
 * pushed within it is popped within it.  O(1).
 */
MUST_CHECK bool sync_panic_catch(void (*body)(void *argument), void *argument,
                                 struct sync_panic *out_panic);

/* Is a cleanup of a panic running on this thread? */
bool sync_panic_is_unwinding(void);

/* A call that a panic makes on its way out. */
struct sync_cleanup {
    struct sync_cleanup *older;   /* private */
    void (*run)(void *argument);
    void *argument;
};

/*
 * From now on a panic calls run(argument), once, after everything that is done later has
 * been undone: it may take locks that were not held at the push.  O(1).
 */
void sync_cleanup_push(struct sync_cleanup *cleanup, void (*run)(void *argument),
                       void *argument);

/* Take off the newest cleanup, which is this one, and with `is_run` run it.  O(1). */
void sync_cleanup_pop(struct sync_cleanup *cleanup, bool is_run);

#endif
