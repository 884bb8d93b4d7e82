/*
 * pool_sum.c - add a million floating-point numbers on several threads and get the
 * same bits whatever the number of threads.
 *
 *     pool_sum [WORKERS]
 *
 * Floating-point addition is not associative, so a sum cut by the number of threads
 * changes with it.  Here the cut depends on the data only: chunks of GRAIN numbers,
 * each with a slot of its own, and the slots are added in their order.
 *
 * uses: base sync workpool
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workpool/workpool.h"

enum { COUNT = 1000000, GRAIN = 4096, SLOTS = (COUNT + GRAIN - 1) / GRAIN };

struct sum {
    const double *values;
    double slots[SLOTS];   /* one a chunk, so no two chunks write the same place */
};

static enum status add_chunk(const struct workpool_chunk *chunk) {
    struct sum *sum = chunk->context;
    double total = 0;
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        total += sum->values[i];
    }
    sum->slots[chunk->number] = total;
    return STATUS_OK;
}

/* Kinds of job are named constants; a pool runs only those it was given when made. */
static const struct workpool_kind add_kind = { .name = "sum.add", .body = add_chunk };
static const struct workpool_kind *const kinds[] = { &add_kind };
static const struct workpool_kind_set sum_kinds = { kinds, 1 };
static const struct workpool_kind_set *const kind_sets[] = { &sum_kinds };

/* Values of very different sizes, so that the order of addition matters. */
static void fill(double *values) {
    uint32_t random = 1;
    for (int i = 0; i < COUNT; i++) {
        random = random * 1664525u + 1013904223u;
        values[i] = (double)(random >> 8) * ((i % 7) == 0 ? 1e12 : 1e-6);
    }
}

int main(int argc, char **argv) {
    static double values[COUNT];
    static struct sum sum = { .values = values };
    fill(values);

    struct workpool_options options = {
        .name = "sum",
        .workers = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 2,
        .kind_sets = kind_sets,
        .kind_set_count = 1,
    };
    struct workpool *pool;
    struct diag diag;
    if (workpool_create(&options, &pool, &diag) != STATUS_OK) {
        fprintf(stderr, "pool_sum: %s\n", diag.reason);
        return 1;
    }

    struct workpool_job job = {
        .kind = &add_kind, .count = COUNT, .grain = GRAIN, .context = &sum
    };
    enum status status = workpool_run(pool, &job, NULL);
    workpool_destroy(pool);
    if (status != STATUS_OK) {
        fprintf(stderr, "pool_sum: %s\n", status_name(status));
        return 1;
    }

    double total = 0;
    for (int slot = 0; slot < SLOTS; slot++) {   /* the fold: by index, never by arrival */
        total += sum.slots[slot];
    }
    uint64_t bits;
    memcpy(&bits, &total, sizeof(bits));
    printf("sum %.17g bits %016" PRIx64 "\n", total, bits);
    return 0;
}
