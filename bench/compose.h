/*
 * compose.h - what the two halves of compose_bench share.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  the main thread
 * Memory:   compose_take() gives what sync_free() frees
 * Errors:   none; a bench that cannot go on asserts
 * Source:   none
 * Depends:  base, sync, workpool
 */
#ifndef BENCH_COMPOSE_H
#define BENCH_COMPOSE_H

#include <stddef.h>
#include <stdint.h>

#include "workpool/workpool.h"

/* The same numbers in every run, from a seed. */
void compose_seed(uint32_t seed);
uint32_t compose_random(void);

/* A pixel with this alpha, its colours multiplied by it. */
uint32_t compose_pixel(uint32_t colour, uint32_t alpha);

/* Aligned bytes that have been touched. */
void *compose_take(size_t bytes);

/* Say so if two pictures are not equal. */
void compose_compare(const char *name, const uint32_t *a, const uint32_t *b, size_t count);

/* The rows of the windows scene, on one worker and on the pool's two. */
void compose_scenes(struct workpool *pool);

/* The kind of job that the peer's halves are. */
extern const struct workpool_kind_set compose_kinds;

#endif
