/* channel_peers.c - libs/channel, and what people use instead, each at its best. */
#include <glib.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/assert.h"
#include "channel/channel.h"
#include "channel_peers.h"

/* ---- libs/channel ---- */

static void *channel_make(uint32_t capacity) {
    struct channel_options options = {
        .value_bytes = sizeof(uint64_t),
        .capacity = capacity,
        .ceiling = capacity == 0 ? 1 << 24 : 0,
    };
    struct channel *channel;
    ASSERT(channel_create(&options, &channel) == STATUS_OK);
    return channel;
}

static void channel_put(void *queue, uint64_t value) {
    ASSERT(channel_send(queue, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
}

static uint64_t channel_take(void *queue) {
    uint64_t value;
    ASSERT(channel_receive(queue, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    return value;
}

static void channel_end(void *queue) {
    channel_destroy(queue);
}

const struct queue_kind queue_channel = { "channel", channel_make, channel_put, channel_take,
                                          channel_end };

/* ---- GLib ---- */

static void *glib_make(uint32_t capacity) {
    (void)capacity;
    return g_async_queue_new();
}

static void glib_put(void *queue, uint64_t value) {
    g_async_queue_push(queue, GSIZE_TO_POINTER(value));
}

static uint64_t glib_take(void *queue) {
    return GPOINTER_TO_SIZE(g_async_queue_pop(queue));
}

static void glib_end(void *queue) {
    g_async_queue_unref(queue);
}

const struct queue_kind queue_glib = { "GAsyncQueue", glib_make, glib_put, glib_take, glib_end };

/*
 * ---- a ring under a mutex ----
 * It signals only when somebody waits, and after it has unlocked, so that the woken
 * thread does not run into the lock.
 */

struct condition_queue {
    pthread_mutex_t mutex;
    pthread_cond_t not_empty, not_full;
    uint32_t capacity, count, first;
    uint32_t receivers, senders;   /* that wait */
    uint64_t values[];
};

static void *condition_make(uint32_t capacity) {
    struct condition_queue *queue = calloc(1, sizeof(*queue) + capacity * sizeof(uint64_t));
    ASSERT(queue != NULL && capacity > 0);
    queue->capacity = capacity;
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->not_empty, NULL);
    pthread_cond_init(&queue->not_full, NULL);
    return queue;
}

static void condition_put(void *object, uint64_t value) {
    struct condition_queue *queue = object;
    pthread_mutex_lock(&queue->mutex);
    while (queue->count == queue->capacity) {
        queue->senders++;
        pthread_cond_wait(&queue->not_full, &queue->mutex);
        queue->senders--;
    }
    uint32_t at = queue->first + queue->count++;
    queue->values[at < queue->capacity ? at : at - queue->capacity] = value;
    int is_wanted = queue->receivers > 0;
    pthread_mutex_unlock(&queue->mutex);
    if (is_wanted) {
        pthread_cond_signal(&queue->not_empty);
    }
}

static uint64_t condition_take(void *object) {
    struct condition_queue *queue = object;
    pthread_mutex_lock(&queue->mutex);
    while (queue->count == 0) {
        queue->receivers++;
        pthread_cond_wait(&queue->not_empty, &queue->mutex);
        queue->receivers--;
    }
    uint64_t value = queue->values[queue->first];
    queue->first = queue->first + 1 == queue->capacity ? 0 : queue->first + 1;
    queue->count--;
    int is_wanted = queue->senders > 0;
    pthread_mutex_unlock(&queue->mutex);
    if (is_wanted) {
        pthread_cond_signal(&queue->not_full);
    }
    return value;
}

static void condition_end(void *object) {
    struct condition_queue *queue = object;
    pthread_cond_destroy(&queue->not_full);
    pthread_cond_destroy(&queue->not_empty);
    pthread_mutex_destroy(&queue->mutex);
    free(queue);
}

const struct queue_kind queue_condition = { "mutex and condvar", condition_make, condition_put,
                                            condition_take, condition_end };

/* ---- a pipe ---- */

struct pipe_queue { int ends[2]; };

static void *pipe_make(uint32_t capacity) {
    (void)capacity;
    struct pipe_queue *queue = malloc(sizeof(*queue));
    ASSERT(queue != NULL && pipe(queue->ends) == 0);
    return queue;
}

static void pipe_put(void *object, uint64_t value) {
    struct pipe_queue *queue = object;
    ASSERT(write(queue->ends[1], &value, sizeof(value)) == (ssize_t)sizeof(value));
}

static uint64_t pipe_take(void *object) {
    struct pipe_queue *queue = object;
    uint64_t value;
    ASSERT(read(queue->ends[0], &value, sizeof(value)) == (ssize_t)sizeof(value));
    return value;
}

static void pipe_end(void *object) {
    struct pipe_queue *queue = object;
    close(queue->ends[0]);
    close(queue->ends[1]);
    free(queue);
}

const struct queue_kind queue_pipe = { "pipe", pipe_make, pipe_put, pipe_take, pipe_end };
