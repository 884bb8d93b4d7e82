/* explore_watched.c - bodies whose plain accesses the race detector sees. */
#include "explore_body.h"

void explore_bench_words_watched(void) {
    run_words();
}

void explore_bench_mutexes_watched(void) {
    run_mutexes();
}
