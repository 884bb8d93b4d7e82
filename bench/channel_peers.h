/* channel_peers.h - queues under one interface, so that the bench differs in nothing else. */
#ifndef BENCH_CHANNEL_PEERS_H
#define BENCH_CHANNEL_PEERS_H

#include <stdint.h>

struct queue_kind {
    const char *name;
    void *(*make)(uint32_t capacity);   /* 0: unbounded; unbounded kinds ignore others */
    void (*send)(void *queue, uint64_t value);   /* not 0 */
    uint64_t (*receive)(void *queue);
    void (*end)(void *queue);
};

extern const struct queue_kind queue_channel;
extern const struct queue_kind queue_glib;       /* GAsyncQueue, unbounded */
extern const struct queue_kind queue_condition;  /* a mutex and two condition variables */
extern const struct queue_kind queue_pipe;       /* eight bytes a write */

#endif
