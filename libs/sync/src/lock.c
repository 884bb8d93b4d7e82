/*
 * lock.c - the waiting half of sync/lock.h.
 *
 * The word is free (0), held (1), or held and perhaps slept on (2).  Why no wake-up
 * is lost: a thread sleeps only while the kernel sees 2.  From 2 the word goes only to
 * 0, by a release, which then wakes one sleeper; and that one puts 2 back before it
 * holds the lock or sleeps again, so the holder after it knows of the sleepers left.
 * A thread that gives up at its deadline has put 2 back too: should it have been the
 * one that was woken, the holder it lost against will wake the next.
 *
 * A herd does not run: one release wakes one thread, and one that is woken in vain
 * sleeps again after one exchange.
 */
#include "sync/lock.h"

#include "sync/wait.h"

/*
 * A holder that will be done in a moment is worth looking for; one whose lock others
 * sleep on is not, as they have looked already.  Measured: docs/adr/0071.
 */
#ifdef SYNC_CALLS
/* One look, and no hint: who has hinted is let go only after a change, and would miss some. */
enum { SPINS = 1, PAUSE_FIRST = 1, PAUSE_MAX = 1, IS_HINTING = 0 };
#else
enum { SPINS = 200, PAUSE_FIRST = 4, PAUSE_MAX = 64, IS_HINTING = 1 };
#endif

/*
 * Whether the lock was taken while spinning.  Looks are made ever less often, as each
 * takes the word from the holder's cache.
 */
static bool spin(struct sync_lock *lock) {
    int pause = PAUSE_FIRST;
    for (int left = SPINS; left > 0; left -= pause) {
        uint32_t now = sync_u32_load(&lock->word, SYNC_RELAXED);
        if (now == SYNC_LOCK_FREE && sync_lock_word_try(lock)) {
            return true;
        }
        if (now == SYNC_LOCK_SLEPT_ON) {
            return false;
        }
        for (int i = 0; i < pause && IS_HINTING; i++) {
            sync_spin_hint();
        }
        pause = 2 * pause < PAUSE_MAX ? 2 * pause : PAUSE_MAX;
    }
    return false;
}

enum status sync_lock_word_wait(struct sync_lock *lock, uint64_t deadline_ns) {
    if (spin(lock)) {
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    /* Taken as slept on, as there may be other sleepers: at worst one wake too many. */
    while (sync_u32_exchange(&lock->word, SYNC_LOCK_SLEPT_ON, SYNC_ACQUIRE) != SYNC_LOCK_FREE) {
        if (status == STATUS_TIMED_OUT) {
            return status;
        }
        status = sync_wait(&lock->word, SYNC_LOCK_SLEPT_ON, deadline_ns);
    }
    return STATUS_OK;
}

void sync_lock_word_wake(struct sync_lock *lock) {
    sync_wake(&lock->word, 1);
}
