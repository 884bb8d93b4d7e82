/*
 * sync/waker.h - how something that comes to pass tells who waits for it.
 *
 * A waker is two words, copied freely.  Whoever waits hands one to a source (a
 * channel, a timer, a token); the source calls it once what was waited for may have
 * come.  A thread that parks has one (sync/park.h), and so has a task (libs/async).
 *
 * Units:    none
 * Shapes:   none
 * Threads:  wake() may be called from any thread, also more than once, and also when
 *           nobody waits any more but the waiter is still there
 * Memory:   `self` is borrowed: who handed the waker out takes it back from the source
 *           before `self` ends
 * Errors:   none
 * Source:   Rust's std::task::Waker, without its ownership
 * Depends:  none
 */
#ifndef SYNC_WAKER_H
#define SYNC_WAKER_H

/*
 * wake() is called with the lock of the source held: it must not block, nor call back
 * into the source.
 */
struct sync_waker {
    void (*wake)(void *self);
    void *self;
};

static inline void sync_waker_wake(const struct sync_waker *waker) {
    waker->wake(waker->self);
}

#endif
