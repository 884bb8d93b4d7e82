/* explore_bench.h - the program whose executions are counted. */
#ifndef BENCH_EXPLORE_BENCH_H
#define BENCH_EXPLORE_BENCH_H

/* Three threads, three times each: lock, count, unlock. */
void explore_bench_words(void);      /* struct sync_lock */
void explore_bench_mutexes(void);    /* struct sync_mutex */

/* The same, compiled so that the plain accesses are seen. */
void explore_bench_words_watched(void);
void explore_bench_mutexes_watched(void);

#endif
