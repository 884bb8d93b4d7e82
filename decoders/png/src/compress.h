/*
 * compress.h - the compressors of one encode.  A free one is in a slot; a job takes
 * one or makes one, and gives it back.  What a compressor writes does not depend on
 * what it wrote before, so it does not matter which job gets which.
 */
#ifndef WPNG_COMPRESS_H
#define WPNG_COMPRESS_H

#include "sync/atomic.h"
#include "workpool/workpool.h"

struct libdeflate_compressor;

struct compressors {
    int level;                                     /* of the compression library */
    struct sync_pointer slots[WORKPOOL_WORKERS_MAX];
};

/* NULL when there is no memory. */
struct libdeflate_compressor *compressor_take(struct compressors *compressors);
void compressor_give(struct compressors *compressors, struct libdeflate_compressor *compressor);

/* Free all; every job has given back. */
void compressors_finish(struct compressors *compressors);

#endif
