/* pool_peers.c - workpool, and the peers that have a C interface. */
#include <glib.h>
#include <pthread.h>
#include <pthreadpool.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/attr.h"
#include "pool_work.h"
#include "sync/atomic.h"
#include "workpool/workpool.h"

enum { TINY_GRAIN = 512, SUM_GRAIN = 10000, SUM_PARTS = 128 };

static double parts[SUM_PARTS];   /* one slot a segment, folded in order */

static double add_range(const double *values, uint64_t begin, uint64_t end) {
    double sum = 0;
    for (uint64_t i = begin; i < end; i++) {
        sum += values[i];
    }
    return sum;
}

static double fold_parts(int count) {
    double sum = 0;
    for (int i = 0; i < count / SUM_GRAIN; i++) {
        sum += parts[i];
    }
    return sum;
}

/* ---- workpool ---- */

struct call {
    pool_body body;
    void *context;
};

static enum status call_chunk(const struct workpool_chunk *chunk) {
    const struct call *call = chunk->context;
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        call->body((int)i, call->context);
    }
    return STATUS_OK;
}

static enum status sum_chunk(const struct workpool_chunk *chunk) {
    const double *values = chunk->context;
    parts[chunk->number] = add_range(values, chunk->begin, chunk->end);
    return STATUS_OK;
}

static const struct workpool_kind call_kind = { .name = "bench.call", .body = call_chunk };
static const struct workpool_kind sum_kind = { .name = "bench.sum", .body = sum_chunk };
static const struct workpool_kind *const kinds[] = { &call_kind, &sum_kind };
static const struct workpool_kind_set kind_set = { kinds, COUNT_OF(kinds) };
static const struct workpool_kind_set *const kind_sets[] = { &kind_set };
static struct workpool *pool;

static void workpool_start(int workers) {
    workpool_destroy(pool);
    enum status status = workpool_create(&(struct workpool_options){
        .name = "bench", .workers = (uint32_t)workers, .kind_sets = kind_sets,
        .kind_set_count = 1 }, &pool, NULL);
    ASSERT(status == STATUS_OK);
}

static void workpool_loop(int count, int grain, pool_body body, void *context) {
    struct call call = { body, context };
    enum status status = workpool_run(pool, &(struct workpool_job){
        .kind = &call_kind, .count = (uint64_t)count, .grain = (uint64_t)grain,
        .context = &call }, NULL);
    ASSERT(status == STATUS_OK);
}

static void workpool_each(int count, pool_body body, void *context) {
    workpool_loop(count, 1, body, context);
}

static double workpool_sum(const double *values, int count) {
    enum status status = workpool_run(pool, &(struct workpool_job){
        .kind = &sum_kind, .count = (uint64_t)count, .grain = SUM_GRAIN,
        .context = (void *)(uintptr_t)values }, NULL);
    ASSERT(status == STATUS_OK);
    return fold_parts(count);
}

static void workpool_tiny(int count, pool_body body, void *context) {
    workpool_loop(count, TINY_GRAIN, body, context);
}

const struct pool_peer pool_workpool = { "workpool", workpool_start, workpool_each, workpool_tiny,
                                         workpool_sum };
/* Tiny tasks as chunks of one: batches are then the pool's own affair. */
const struct pool_peer pool_workpool_single = { "workpool, a chunk a task", workpool_start,
                                                workpool_each, workpool_each, workpool_sum };

/* ---- pthreadpool ---- */

static pthreadpool_t xnn;

static void xnn_start(int workers) {
    xnn = pthreadpool_create((size_t)workers);
}

static void xnn_call(void *context, size_t index) {
    struct call *call = context;
    call->body((int)index, call->context);
}

static void xnn_range(void *context, size_t begin, size_t count) {
    struct call *call = context;
    for (size_t i = begin; i < begin + count; i++) {
        call->body((int)i, call->context);
    }
}

static void xnn_each(int count, pool_body body, void *context) {
    struct call call = { body, context };
    pthreadpool_parallelize_1d(xnn, xnn_call, &call, (size_t)count, 0);
}

static void xnn_tiny(int count, pool_body body, void *context) {
    struct call call = { body, context };
    pthreadpool_parallelize_1d_tile_1d(xnn, xnn_range, &call, (size_t)count, TINY_GRAIN, 0);
}

static const double *summed;

static void sum_part(int part, void *context) {
    (void)context;
    parts[part] = add_range(summed, (uint64_t)part * SUM_GRAIN, (uint64_t)(part + 1) * SUM_GRAIN);
}

static double xnn_sum(const double *values, int count) {
    summed = values;
    xnn_each(count / SUM_GRAIN, sum_part, NULL);
    return fold_parts(count);
}

const struct pool_peer pool_pthreadpool = { "pthreadpool", xnn_start, xnn_each, xnn_tiny,
                                            xnn_sum };

/* ---- GThreadPool ---- */

struct glib_run {
    GMutex mutex;
    GCond done;
    int left;             /* under `mutex` */
    int grain;
    int count;
    struct call call;
};

static GThreadPool *glib;

static void glib_task(gpointer number, gpointer user) {
    struct glib_run *run = *(struct glib_run **)user;
    int begin = (GPOINTER_TO_INT(number) - 1) * run->grain;
    for (int i = begin; i < begin + run->grain && i < run->count; i++) {
        run->call.body(i, run->call.context);
    }
    g_mutex_lock(&run->mutex);
    if (--run->left == 0) {
        g_cond_signal(&run->done);
    }
    g_mutex_unlock(&run->mutex);
}

static struct glib_run *glib_now;

static void glib_start(int workers) {
    glib = g_thread_pool_new(glib_task, &glib_now, workers, TRUE, NULL);
}

static void glib_loop(int count, int grain, pool_body body, void *context) {
    struct glib_run run = { .grain = grain, .count = count, .call = { body, context } };
    g_mutex_init(&run.mutex);
    g_cond_init(&run.done);
    run.left = (count + grain - 1) / grain;
    glib_now = &run;
    int tasks = run.left;
    for (int i = 1; i <= tasks; i++) {
        g_thread_pool_push(glib, GINT_TO_POINTER(i), NULL);
    }
    g_mutex_lock(&run.mutex);
    while (run.left > 0) {
        g_cond_wait(&run.done, &run.mutex);
    }
    g_mutex_unlock(&run.mutex);
    g_cond_clear(&run.done);
    g_mutex_clear(&run.mutex);
}

static void glib_each(int count, pool_body body, void *context) {
    glib_loop(count, 1, body, context);
}

static void glib_tiny(int count, pool_body body, void *context) {
    glib_loop(count, TINY_GRAIN, body, context);
}

static double glib_sum(const double *values, int count) {
    summed = values;
    glib_each(count / SUM_GRAIN, sum_part, NULL);
    return fold_parts(count);
}

const struct pool_peer pool_glib = { "GThreadPool", glib_start, glib_each, glib_tiny, glib_sum };

/* ---- pthreads by hand: a thread a region and a shared ticket ---- */

struct hand_run {
    struct sync_u32 next;
    int grain;
    int count;
    struct call call;
};

static int hand_workers;

static void hand_start(int workers) {
    hand_workers = workers;
}

static void *hand_main(void *argument) {
    struct hand_run *run = argument;
    for (;;) {
        int begin = (int)sync_u32_add(&run->next, (uint32_t)run->grain, SYNC_RELAXED);
        if (begin >= run->count) {
            return NULL;
        }
        for (int i = begin; i < begin + run->grain && i < run->count; i++) {
            run->call.body(i, run->call.context);
        }
    }
}

static void hand_loop(int count, int grain, pool_body body, void *context) {
    struct hand_run run = { .grain = grain, .count = count, .call = { body, context } };
    pthread_t threads[WORKPOOL_WORKERS_MAX];
    for (int i = 1; i < hand_workers; i++) {
        int failed = pthread_create(&threads[i], NULL, hand_main, &run);
        ASSERT(failed == 0);
    }
    hand_main(&run);
    for (int i = 1; i < hand_workers; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void hand_each(int count, pool_body body, void *context) {
    hand_loop(count, 1, body, context);
}

static void hand_tiny(int count, pool_body body, void *context) {
    hand_loop(count, TINY_GRAIN, body, context);
}

static double hand_sum(const double *values, int count) {
    summed = values;
    hand_each(count / SUM_GRAIN, sum_part, NULL);
    return fold_parts(count);
}

const struct pool_peer pool_threads = { "pthreads by hand", hand_start, hand_each, hand_tiny,
                                        hand_sum };
