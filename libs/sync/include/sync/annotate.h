/*
 * sync/annotate.h - what clang is told of locks, so that it can check their use.
 *
 * `clang -Wthread-safety` then tells at compile time of a lock that is given back twice,
 * or on some paths only, of a function called without the lock it needs, and of a variable
 * touched without its lock: tests/e2e/annotate_test.sh shows each.  Other compilers see
 * nothing.
 *
 *     static struct sync_mutex purse;
 *     static int64_t cents SYNC_GUARDED_BY(purse);
 *     static void add(struct account *account, int64_t n) SYNC_REQUIRES(account->mutex);
 *
 * In C, clang 14 knows no members where it reads a member's annotation: of a structure,
 * the functions say what they need.  Whether sync_mutex_lock_until() took the lock is more
 * than it can follow; functions that call it are SYNC_NOT_ANALYSED.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  none
 * Memory:   none
 * Errors:   none
 * Source:   Hutchins, Ballman and Sutherland, "C/C++ Thread Safety Analysis" (2014)
 * Depends:  none
 */
#ifndef SYNC_ANNOTATE_H
#define SYNC_ANNOTATE_H

#ifdef __clang__
#define SYNC_ANNOTATE(x) __attribute__((x))
#else
#define SYNC_ANNOTATE(x)
#endif

/* Of a type: it is a lock. */
#define SYNC_IS_LOCK SYNC_ANNOTATE(capability("mutex"))

/* Of a variable: touched only while the lock is held; of a pointer: what it points to. */
#define SYNC_GUARDED_BY(lock) SYNC_ANNOTATE(guarded_by(lock))
#define SYNC_POINTS_GUARDED_BY(lock) SYNC_ANNOTATE(pt_guarded_by(lock))

/* Of a function: its caller holds the lock, or does not. */
#define SYNC_REQUIRES(...) SYNC_ANNOTATE(requires_capability(__VA_ARGS__))
#define SYNC_REQUIRES_SHARED(...) SYNC_ANNOTATE(requires_shared_capability(__VA_ARGS__))
#define SYNC_EXCLUDES(...) SYNC_ANNOTATE(locks_excluded(__VA_ARGS__))

/* Of a function: it takes the lock, gives it back, or takes it when it returns true. */
#define SYNC_TAKES(...) SYNC_ANNOTATE(acquire_capability(__VA_ARGS__))
#define SYNC_TAKES_SHARED(...) SYNC_ANNOTATE(acquire_shared_capability(__VA_ARGS__))
#define SYNC_GIVES(...) SYNC_ANNOTATE(release_capability(__VA_ARGS__))
#define SYNC_GIVES_SHARED(...) SYNC_ANNOTATE(release_shared_capability(__VA_ARGS__))
#define SYNC_TRIES(...) SYNC_ANNOTATE(try_acquire_capability(true, __VA_ARGS__))

/* Of a function whose body does what the analysis cannot follow. */
#define SYNC_NOT_ANALYSED SYNC_ANNOTATE(no_thread_safety_analysis)

#endif
