/*
 * async_peers.h - what the bench of libs/async is compared with.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  the main thread
 * Memory:   the caller's
 * Errors:   none
 * Source:   oneTBB, the C++ library
 * Depends:  none
 */
#ifndef BENCH_ASYNC_PEERS_H
#define BENCH_ASYNC_PEERS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Once: at most so many threads, the caller included. */
void async_tbb_start(int workers);

/* Run `count` tasks, each of which adds 1 to its result, and wait for all. */
void async_tbb_spawn_and_join(unsigned count, uint64_t *results);

/* Set timers, and take all out in order; the sum of place * number tells the order. */
uint64_t async_heap_expire(const uint64_t *deadlines, unsigned count);

/* Set timers, and cancel each; how many there were. */
uint64_t async_tree_cancel(const uint64_t *deadlines, unsigned count);

#ifdef __cplusplus
}
#endif

#endif
