/*
 * async_peers.h - what the bench of libs/async is compared with.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  the main thread
 * Memory:   the caller's
 * Errors:   none
 * Source:   oneTBB
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

#ifdef __cplusplus
}
#endif

#endif
