/*
 * model_test.c - random calls on a channel beside a model of it: an array, two counts.
 *
 * One thread plays everybody, so each call has one right answer.  Waiters are polled
 * like tasks: whoever was woken polls again, sooner or later; and when all who were woken
 * have done so, nobody may be left in line who could go on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/attr.h"
#include "channel/channel.h"
#include "sync/random.h"

enum { CAPACITY_MAX = 9, PERMITS = 3, WAITERS = 4, CALLS = 400, SEEDS = 300 };

enum wait_kind { WAIT_NOT, WAIT_SEND, WAIT_RECEIVE };

struct player {
    struct channel_waiter waiter;
    enum wait_kind kind;
    uint64_t value;
    bool is_woken;
};

struct world {
    struct sync_sequence sequence;
    struct channel *channel;
    uint64_t capacity;
    uint64_t values[CAPACITY_MAX]; /* the model: what is in the channel, oldest first */
    size_t count;
    bool is_closed;
    struct channel_permit permits[PERMITS];
    size_t permit_count;
    uint64_t next; /* the value of the next send */
    struct player players[WAITERS];
};

static uint64_t below(struct world *world, uint64_t bound) {
    return sync_sequence_below(&world->sequence, bound);
}

static enum status model_room(const struct world *world) {
    return world->is_closed                                        ? STATUS_CLOSED
           : world->count + world->permit_count == world->capacity ? STATUS_BUSY
                                                                   : STATUS_OK;
}

static enum status model_front(const struct world *world) {
    return world->count > 0                               ? STATUS_OK
           : world->is_closed && world->permit_count == 0 ? STATUS_CLOSED
                                                          : STATUS_BUSY;
}

static void model_send(struct world *world, uint64_t value) {
    world->values[world->count++] = value;
}

static void model_receive(struct world *world, uint64_t value) {
    assert_int_equal(value, world->values[0]);
    world->count--;
    memmove(world->values, world->values + 1, world->count * sizeof(value));
}

static void wake(void *self) {
    ((struct player *)self)->is_woken = true;
}

/* A poll goes as the model says, unless others are served first; then it says busy. */
static void poll_once(struct world *world, struct player *player) {
    struct sync_waker waker = { wake, player };
    player->is_woken = false;
    enum status wanted = player->kind == WAIT_SEND ? model_room(world) : model_front(world);
    uint64_t value = UINT64_MAX;
    enum status status = player->kind == WAIT_SEND
                             ? channel_poll_send(world->channel, &player->value, &player->waiter,
                                                 waker)
                             : channel_poll_receive(world->channel, &value, &player->waiter, waker);
    assert_true(status == wanted || status == STATUS_BUSY);
    if (status == STATUS_OK && player->kind == WAIT_SEND) {
        model_send(world, player->value);
    } else if (status == STATUS_OK) {
        model_receive(world, value);
    }
    player->kind = status == STATUS_BUSY ? player->kind : WAIT_NOT;
}

/* All who were woken poll; then whoever still waits could not go on. */
static void let_woken_play(struct world *world) {
    bool again = true;
    while (again) {
        again = false;
        for (size_t i = 0; i < WAITERS; i++) {
            struct player *player = &world->players[i];
            if (player->kind != WAIT_NOT && player->is_woken) {
                poll_once(world, player);
                again = true;
            }
        }
    }
    for (size_t i = 0; i < WAITERS; i++) {
        enum wait_kind kind = world->players[i].kind;
        assert_true(kind != WAIT_SEND || model_room(world) == STATUS_BUSY);
        assert_true(kind != WAIT_RECEIVE || model_front(world) == STATUS_BUSY);
    }
}

static void play_waiter(struct world *world) {
    struct player *player = &world->players[below(world, WAITERS)];
    if (player->kind == WAIT_NOT) {
        player->kind = below(world, 2) == 0 ? WAIT_SEND : WAIT_RECEIVE;
        player->value = world->next++;
        poll_once(world, player);
    } else if (below(world, 3) == 0) {
        channel_waiter_leave(&player->waiter);
        player->kind = WAIT_NOT;
    } else {
        poll_once(world, player);
    }
}

static void play_permit(struct world *world) {
    if (world->permit_count < PERMITS && below(world, 2) == 0) {
        struct channel_permit *permit = &world->permits[world->permit_count];
        enum status wanted = model_room(world);
        assert_int_equal(channel_try_reserve(world->channel, permit), wanted);
        world->permit_count += wanted == STATUS_OK;
    } else if (world->permit_count > 0) {
        size_t chosen = below(world, world->permit_count);
        struct channel_permit permit = world->permits[chosen];
        world->permits[chosen] = world->permits[--world->permit_count];
        if (below(world, 3) == 0) {
            channel_release(&permit);
        } else {
            channel_commit(&permit, &world->next);
            model_send(world, world->next++);
        }
    }
}

static void play(struct world *world) {
    uint64_t value = UINT64_MAX;
    enum status wanted;
    switch (below(world, 10)) {
    case 0:
    case 1:
    case 2:
        wanted = model_room(world);
        assert_int_equal(channel_try_send(world->channel, &world->next), wanted);
        if (wanted == STATUS_OK) {
            model_send(world, world->next++);
        }
        break;
    case 3:
    case 4:
    case 5:
        wanted = model_front(world);
        assert_int_equal(channel_try_receive(world->channel, &value), wanted);
        if (wanted == STATUS_OK) {
            model_receive(world, value);
        }
        break;
    case 6:
        play_permit(world);
        break;
    case 7:
        if (below(world, 100) == 0) {
            channel_close(world->channel);
            world->is_closed = true;
        }
        break;
    default:
        play_waiter(world);
    }
}

static void finish(struct world *world) {
    while (world->permit_count > 0) {
        channel_release(&world->permits[--world->permit_count]);
    }
    for (size_t i = 0; i < WAITERS; i++) {
        channel_waiter_leave(&world->players[i].waiter);
    }
    uint64_t value;
    while (world->count > 0) {
        assert_int_equal(channel_try_receive(world->channel, &value), STATUS_OK);
        model_receive(world, value);
    }
    channel_destroy(world->channel);
}

static void play_world(uint64_t seed, bool is_bounded) {
    struct world world = { .sequence = { .state = seed } };
    world.capacity = 1 + below(&world, CAPACITY_MAX);
    struct channel_options options = { .value_bytes = sizeof(uint64_t) };
    *(is_bounded ? &options.capacity : &options.ceiling) = (uint32_t)world.capacity;
    assert_int_equal(channel_create(&options, &world.channel), STATUS_OK);
    for (int call = 0; call < CALLS; call++) {
        play(&world);
        if (below(&world, 4) == 0) {
            let_woken_play(&world);
        }
        assert_int_equal(channel_length(world.channel), world.count);
        assert_int_equal(channel_permits(world.channel), world.permit_count);
        assert_int_equal(channel_is_closed(world.channel), world.is_closed);
    }
    let_woken_play(&world);
    finish(&world);
}

static uint64_t seed_now;

static int say_seed(void **state) {
    (void)state;
    if (seed_now <= SEEDS) {
        printf("the seed was %llu\n", (unsigned long long)seed_now);
    }
    return 0;
}

static void a_bounded_channel_is_what_the_model_says(void **state) {
    (void)state;
    for (seed_now = 1; seed_now <= SEEDS; seed_now++) {
        play_world(seed_now, true);
    }
}

static void an_unbounded_channel_is_what_the_model_says(void **state) {
    (void)state;
    for (seed_now = 1; seed_now <= SEEDS; seed_now++) {
        play_world(seed_now, false);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_bounded_channel_is_what_the_model_says, say_seed),
        cmocka_unit_test_teardown(an_unbounded_channel_is_what_the_model_says, say_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
