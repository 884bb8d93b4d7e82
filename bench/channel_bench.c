/*
 * channel_bench.c - libs/channel beside GAsyncQueue, a mutex with condition variables,
 * and a pipe.
 *
 * Every kind of queue does the same work through the same calls: senders and receivers
 * are threads, values eight bytes, and a round ends when the last value was received.
 * Rounds of the kinds alternate.  Figures of many threads are values a second of wall
 * time, since waiting is part of what is measured; the CPU time stands beside some.
 */
#include <stdio.h>

#include "base/assert.h"
#include "base/attr.h"
#include "channel_peers.h"
#include "measure.h"
#include "sync/thread.h"

enum { ROUNDS = 15, SIDE_MAX = 8, ALONE = 200000, DEEP = 1000000 };

struct crowd {
    const struct queue_kind *kind;
    void *queue;
    uint32_t senders, receivers, capacity;
    uint64_t values;   /* a multiple of senders and of receivers */
};

static void send_share(void *argument) {
    const struct crowd *crowd = argument;
    uint64_t share = crowd->values / crowd->senders;
    for (uint64_t i = 1; i <= share; i++) {
        crowd->kind->send(crowd->queue, i);
    }
}

static void *receive_share(void *argument) {
    const struct crowd *crowd = argument;
    uint64_t share = crowd->values / crowd->receivers;
    uintptr_t sum = 0;
    for (uint64_t i = 1; i <= share; i++) {
        sum += crowd->kind->receive(crowd->queue);
    }
    return (void *)sum;   /* a number through a pointer: the sum of what came */
}

static void run_crowd(void *context) {
    struct crowd *crowd = context;
    const struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    struct sync_thread senders[SIDE_MAX];
    struct sync_thread receivers[SIDE_MAX];
    crowd->queue = crowd->kind->make(crowd->capacity);
    for (uint32_t i = 0; i < crowd->receivers; i++) {
        ASSERT(sync_thread_spawn(&receivers[i], &options, receive_share, crowd) == STATUS_OK);
    }
    for (uint32_t i = 0; i < crowd->senders; i++) {
        ASSERT(sync_thread_start(&senders[i], &options, send_share, crowd) == STATUS_OK);
    }
    uint64_t sum = 0;
    for (uint32_t i = 0; i < crowd->senders; i++) {
        sync_thread_join(&senders[i]);
    }
    for (uint32_t i = 0; i < crowd->receivers; i++) {
        sum += (uintptr_t)sync_thread_join(&receivers[i]);
    }
    uint64_t share = crowd->values / crowd->senders;
    ASSERT(sum == crowd->senders * (share * (share + 1) / 2));
    crowd->kind->end(crowd->queue);
}

static void measure_crowds(struct measure_body bodies[2], struct crowd crowds[2],
                           const struct queue_kind *peer, enum measure_clock clock) {
    crowds[0].kind = &queue_channel;
    crowds[1].kind = peer;
    for (int i = 0; i < 2; i++) {
        bodies[i] = (struct measure_body){ .run = run_crowd, .context = &crowds[i] };
    }
    measure(bodies, 2, ROUNDS, clock, 0);
}

/* Values a second, ours against the peer's. */
static void row_crowd(const char *name, struct crowd shape, const struct queue_kind *peer,
                      double bar) {
    struct crowd crowds[2] = { shape, shape };
    struct measure_body bodies[2];
    measure_crowds(bodies, crowds, peer, MEASURE_WALL);
    double scale = (double)shape.values * 1e3;   /* of ns to M/s */
    measure_row(name, scale / bodies[0].median_ns, scale / bodies[1].median_ns, "M/s", true, bar);
}

/* CPU time of all threads, a value: what a busy machine changes least. */
static void row_crowd_cpu(const char *name, struct crowd shape, const struct queue_kind *peer) {
    struct crowd crowds[2] = { shape, shape };
    struct measure_body bodies[2];
    measure_crowds(bodies, crowds, peer, MEASURE_PROCESS_CPU);
    double values = (double)shape.values;
    measure_row(name, bodies[0].median_ns / values, bodies[1].median_ns / values, "ns CPU", false,
                0);
}

/* ---- two threads, one value to and fro ---- */

struct pingpong {
    const struct queue_kind *kind;
    void *there, *back;
    uint64_t turns;
};

static void echo(void *argument) {
    const struct pingpong *game = argument;
    for (uint64_t i = 0; i < game->turns; i++) {
        game->kind->send(game->back, game->kind->receive(game->there));
    }
}

static void run_pingpong(void *context) {
    struct pingpong *game = context;
    const struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    struct sync_thread thread;
    game->there = game->kind->make(1);
    game->back = game->kind->make(1);
    ASSERT(sync_thread_start(&thread, &options, echo, game) == STATUS_OK);
    for (uint64_t i = 1; i <= game->turns; i++) {
        game->kind->send(game->there, i);
        ASSERT(game->kind->receive(game->back) == i);
    }
    sync_thread_join(&thread);
    game->kind->end(game->there);
    game->kind->end(game->back);
}

static void row_pingpong(const char *name, const struct queue_kind *peer,
                         enum measure_clock clock) {
    struct pingpong games[2] = { { .kind = &queue_channel, .turns = 5000 },
                                 { .kind = peer, .turns = 5000 } };
    struct measure_body bodies[2] = { { .run = run_pingpong, .context = &games[0] },
                                      { .run = run_pingpong, .context = &games[1] } };
    measure(bodies, 2, ROUNDS, clock, 0);
    measure_row(name, bodies[0].median_ns / 5000 / 1e3, bodies[1].median_ns / 5000 / 1e3, "us",
                false, 0);
}

/* ---- one thread ---- */

static void run_alone(void *context) {
    struct crowd *crowd = context;
    for (uint64_t i = 1; i <= ALONE; i++) {
        crowd->kind->send(crowd->queue, i);
        ASSERT(crowd->kind->receive(crowd->queue) == i);
    }
}

static void row_alone(const char *name, uint32_t capacity, const struct queue_kind *peer) {
    struct crowd crowds[2] = {
        { .kind = &queue_channel, .queue = queue_channel.make(capacity) },
        { .kind = peer, .queue = peer->make(capacity) },
    };
    struct measure_body bodies[2] = { { .run = run_alone, .context = &crowds[0] },
                                      { .run = run_alone, .context = &crowds[1] } };
    measure(bodies, 2, ROUNDS, MEASURE_THREAD_CPU, 0);
    measure_row(name, bodies[0].median_ns / ALONE, bodies[1].median_ns / ALONE, "ns", false, 0);
    crowds[0].kind->end(crowds[0].queue);
    crowds[1].kind->end(crowds[1].queue);
}

/* ---- a long queue ---- */

struct depth {
    uint64_t depth;   /* values there at once; DEEP is a multiple of it */
};

static void run_deep(void *context) {
    const struct depth *depth = context;
    void *queue = queue_channel.make(0);
    for (uint64_t sent = 0; sent < DEEP; sent += depth->depth) {
        for (uint64_t i = 1; i <= depth->depth; i++) {
            queue_channel.send(queue, i);
        }
        for (uint64_t i = 1; i <= depth->depth; i++) {
            ASSERT(queue_channel.receive(queue) == i);
        }
    }
    queue_channel.end(queue);
}

static void row_deep(const char *name) {
    struct depth depths[2] = { { .depth = DEEP }, { .depth = 100 } };
    struct measure_body bodies[2] = { { .run = run_deep, .context = &depths[0] },
                                      { .run = run_deep, .context = &depths[1] } };
    measure(bodies, 2, ROUNDS, MEASURE_THREAD_CPU, 0);
    measure_row(name, bodies[0].median_ns / DEEP, bodies[1].median_ns / DEEP, "ns", false, 0);
}

#define CROWD(SENDERS, RECEIVERS, CAPACITY, VALUES) \
    (struct crowd){ .senders = (SENDERS), .receivers = (RECEIVERS), \
                    .capacity = (CAPACITY), .values = (VALUES) }

int main(void) {
    row_crowd("channel: 4 to 4, 1024, to GAsyncQueue", CROWD(4, 4, 1024, 400000), &queue_glib, 3);
    row_crowd("channel: 4 to 4, 1024, to a mutex", CROWD(4, 4, 1024, 400000), &queue_condition,
              3);
    row_crowd_cpu("channel: the same, CPU", CROWD(4, 4, 1024, 400000), &queue_condition);
    row_crowd("channel: 4 to 4, unbounded, to GAsyncQueue", CROWD(4, 4, 0, 400000), &queue_glib,
              3);
    row_crowd("channel: 4 to 4, 64, to a mutex", CROWD(4, 4, 64, 200000), &queue_condition, 0);
    row_crowd("channel: 4 to 4, 1, to a mutex", CROWD(4, 4, 1, 20000), &queue_condition, 0);
    row_crowd("channel: 2 to 2, 1024, to a mutex", CROWD(2, 2, 1024, 400000), &queue_condition,
              0);
    row_crowd("channel: 2 to 2, 64, to a mutex", CROWD(2, 2, 64, 200000), &queue_condition, 0);
    row_crowd("channel: 1 to 1, 1024, to a mutex", CROWD(1, 1, 1024, 400000), &queue_condition,
              0);
    row_crowd("channel: 1 to 1, 64, to a mutex", CROWD(1, 1, 64, 200000), &queue_condition, 0);
    row_crowd("channel: 1 to 1, 1, to a mutex", CROWD(1, 1, 1, 20000), &queue_condition, 0);
    row_crowd("channel: 1 to 1, unbounded, to GAsyncQueue", CROWD(1, 1, 0, 400000), &queue_glib,
              0);
    row_pingpong("channel: ping-pong, to a pipe", &queue_pipe, MEASURE_WALL);
    row_pingpong("channel: ping-pong, to a mutex", &queue_condition, MEASURE_WALL);
    row_pingpong("channel: ping-pong CPU, to a pipe", &queue_pipe, MEASURE_PROCESS_CPU);
    row_alone("channel: send and receive alone, to a mutex", 64, &queue_condition);
    row_alone("channel: the same unbounded, to GAsyncQueue", 0, &queue_glib);
    row_deep("channel: a million deep, to a hundred");
    return 0;
}
