/*
 * channel_primes.c - count primes with a crew of threads that only talk through channels.
 *
 *     channel_primes [WORKERS]
 *
 * One thread hands out ranges, WORKERS threads count the primes in them, and the caller
 * collects.  A worker reserves room for its count before it works, so that a count, once
 * there, can always be sent.  When the ranges are closed, it says how many it did.
 *
 * The collector waits for counts and for workers that end, whichever comes.  Each count
 * has its range with it, so what is printed does not depend on the threads.
 *
 * uses: base sync channel
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "channel/select.h"
#include "sync/thread.h"

enum { RANGES = 40, RANGE = 5000, WORKERS_MAX = 16 };

struct count { uint32_t range, primes; };
static struct channel *ranges; /* of uint32_t */
static struct channel *counts; /* of struct count */
static struct channel *ends;   /* of uint32_t: the ranges that a worker did, when it ends */

static uint32_t count_primes(uint32_t range) {
    uint32_t primes = 0;
    for (uint32_t n = range == 0 ? 2 : range * RANGE; n < (range + 1) * RANGE; n++) {
        uint32_t divisor = 2;
        while (divisor * divisor <= n && n % divisor != 0) {
            divisor++;
        }
        primes += divisor * divisor > n;
    }
    return primes;
}

static void work(void *unused) {
    (void)unused;
    for (uint32_t done = 0;; done++) {
        struct channel_permit permit;
        struct count count;
        ASSERT(channel_reserve(counts, &permit, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
        if (channel_receive(ranges, &count.range, SYNC_NO_DEADLINE, NULL) == STATUS_CLOSED) {
            channel_release(&permit);
            ASSERT(channel_send(ends, &done, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
            return;
        }
        count.primes = count_primes(count.range);
        channel_commit(&permit, &count);
    }
}

static void hand_out(void *unused) {
    (void)unused;
    for (uint32_t range = 0; range < RANGES; range++) {
        ASSERT(channel_send(ranges, &range, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    }
    channel_close(ranges);
}

static uint32_t collect(uint32_t workers) {
    uint32_t primes[RANGES] = { 0 };
    uint32_t sum = 0, done = 0, all = 0, missing = RANGES;
    struct count count;
    struct channel_arm arms[] = {
        { .kind = CHANNEL_ARM_RECEIVE, .channel = counts, .out_value = &count },
        { .kind = CHANNEL_ARM_RECEIVE, .channel = ends, .out_value = &done },
    };
    struct channel_select select = { .arms = arms, .arm_count = 2 };
    while (workers > 0 || missing > 0) {
        uint32_t index;
        ASSERT(channel_select(&select, SYNC_NO_DEADLINE, NULL, &index) == STATUS_OK);
        if (index == 0) {
            primes[count.range] = count.primes;
            missing--;
        } else {
            all += done;
            workers--;
        }
    }
    ASSERT(all == RANGES); /* each range was done by one worker */
    for (uint32_t range = 0; range < RANGES; range++) {
        sum += primes[range];
    }
    return sum;
}

static struct channel *make(size_t value_bytes, uint32_t capacity) {
    struct channel_options options = { .value_bytes = value_bytes, .capacity = capacity };
    struct channel *channel;
    ASSERT(channel_create(&options, &channel) == STATUS_OK);
    return channel;
}

int main(int argc, char **argv) {
    long wanted = argc > 1 ? strtol(argv[1], NULL, 10) : 2;
    uint32_t workers = wanted >= 1 && wanted <= WORKERS_MAX ? (uint32_t)wanted : 1;
    const struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    struct sync_thread threads[WORKERS_MAX + 1];
    ranges = make(sizeof(uint32_t), 4); /* few, so nobody hands out far ahead */
    counts = make(sizeof(struct count), WORKERS_MAX);
    ends = make(sizeof(uint32_t), 1);
    for (uint32_t i = 0; i <= workers; i++) {
        sync_thread_body body = i == 0 ? hand_out : work;
        ASSERT(sync_thread_start(&threads[i], &options, body, NULL) == STATUS_OK);
    }
    printf("%" PRIu32 " primes below %d\n", collect(workers), RANGES * RANGE);
    for (uint32_t i = 0; i <= workers; i++) {
        sync_thread_join(&threads[i]);
    }
    channel_destroy(ranges);
    channel_destroy(counts);
    channel_destroy(ends);
}
