/* channel_test.c - tasks and threads on the same channels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "async/cancel_after.h"
#include "async/channel.h"
#include "async/co.h"
#include "async/executor.h"
#include "async/scope.h"
#include "base/attr.h"
#include "sync/clock.h"
#include "sync/memory.h"
#include "sync/thread.h"
#include "unit.h"

static const uint32_t worker_counts[] = WORKER_COUNTS;

static struct channel *channel_of(uint32_t capacity) {
    struct channel *channel = NULL;
    struct channel_options options = { .value_bytes = sizeof(uint64_t), .capacity = capacity };
    assert_int_equal(STATUS_OK, channel_create(&options, &channel));
    return channel;
}

/* ---- producers and consumers, as tasks ---- */

struct producer {
    struct async_task task;
    struct async_future future;
    struct async_send send;
    struct channel *channel;
    uint64_t first, last, value;
};

static enum async_poll producer_poll(struct async_future *future, struct async_context *context) {
    struct producer *producer = CONTAINER_OF(future, struct producer, future);
    CO_BEGIN(future);
    for (producer->value = producer->first; producer->value < producer->last;
         producer->value++) {
        async_send_init(&producer->send, producer->channel, &producer->value, NULL);
        CO_AWAIT_OK(future, context, &producer->send.future);
    }
    CO_END(future);
}

static const struct async_kind producer_kind = { .name = "producer", .poll = producer_poll };

struct consumer {
    struct async_task task;
    struct async_future future;
    struct async_receive receive;
    struct channel *channel;
    uint64_t value, sum, count;
};

static enum async_poll consumer_poll(struct async_future *future, struct async_context *context) {
    struct consumer *consumer = CONTAINER_OF(future, struct consumer, future);
    CO_BEGIN(future);
    for (;;) {
        async_receive_init(&consumer->receive, consumer->channel, &consumer->value, NULL);
        CO_AWAIT(future, context, &consumer->receive.future);
        if (consumer->receive.future.status == STATUS_CLOSED) {
            break;
        }
        CO_TRY(future, &consumer->receive.future);
        consumer->sum += consumer->value;
        consumer->count++;
    }
    CO_END(future);
}

static const struct async_kind consumer_kind = { .name = "consumer", .poll = consumer_poll };

enum { SIDES = 4, EACH = 2000 };

struct thread_side {
    struct sync_thread thread;
    struct channel *channel;
    uint64_t first, last, sum, count;
};

static void thread_sends(void *argument) {
    struct thread_side *side = argument;
    for (uint64_t value = side->first; value < side->last; value++) {
        assert_int_equal(STATUS_OK,
                         channel_send(side->channel, &value, SYNC_NO_DEADLINE, NULL));
    }
}

static void thread_receives(void *argument) {
    struct thread_side *side = argument;
    uint64_t value = 0;
    while (channel_receive(side->channel, &value, SYNC_NO_DEADLINE, NULL) == STATUS_OK) {
        side->sum += value;
        side->count++;
    }
}

static void start(struct thread_side *side, sync_thread_body body) {
    struct sync_thread_options options = { .name = "side", .cpu = SYNC_CPU_ANY };
    assert_int_equal(STATUS_OK, sync_thread_start(&side->thread, &options, body, side));
}

struct mixed {
    struct producer producers[SIDES];
    struct consumer consumers[SIDES];
    struct thread_side senders[2], receivers[2];
};
static struct mixed mixed;

static void begin_tasks(struct async_scope *sending, struct async_scope *receiving,
                        struct channel *channel) {
    for (uint64_t i = 0; i < SIDES; i++) {
        mixed.producers[i] = (struct producer){ .channel = channel, .first = i * EACH + 1,
                                                .last = (i + 1) * EACH + 1 };
        async_future_init(&mixed.producers[i].future, &producer_kind);
        mixed.consumers[i] = (struct consumer){ .channel = channel };
        async_future_init(&mixed.consumers[i].future, &consumer_kind);
        assert_int_equal(STATUS_OK, async_scope_spawn(receiving, &mixed.consumers[i].task,
                                                      &mixed.consumers[i].future, i));
        assert_int_equal(STATUS_OK, async_scope_spawn(sending, &mixed.producers[i].task,
                                                      &mixed.producers[i].future, i));
    }
}

static void play(uint32_t workers, uint32_t capacity, bool with_threads) {
    struct async_executor *executor = executor_of(workers);
    struct channel *channel = channel_of(capacity);
    struct async_scope_options options = { .executor = executor, .max_children = SIDES };
    struct async_scope sending;
    struct async_scope receiving;
    uint64_t threads = with_threads ? 2 : 0;
    memset(&mixed, 0, sizeof(mixed));
    assert_int_equal(STATUS_OK, async_scope_open(&sending, &options));
    assert_int_equal(STATUS_OK, async_scope_open(&receiving, &options));
    begin_tasks(&sending, &receiving, channel);
    for (uint64_t i = 0; i < threads; i++) {
        mixed.senders[i] = (struct thread_side){ .channel = channel,
                                                 .first = (SIDES + i) * EACH + 1,
                                                 .last = (SIDES + i + 1) * EACH + 1 };
        mixed.receivers[i].channel = channel;
        start(&mixed.senders[i], thread_sends);
        start(&mixed.receivers[i], thread_receives);
    }
    assert_int_equal(STATUS_OK, async_scope_join(&sending, SYNC_NO_DEADLINE));
    for (uint64_t i = 0; i < threads; i++) {
        sync_thread_join(&mixed.senders[i].thread);
    }
    channel_close(channel);
    assert_int_equal(STATUS_OK, async_scope_join(&receiving, SYNC_NO_DEADLINE));
    uint64_t sum = 0;
    uint64_t count = 0;
    for (uint64_t i = 0; i < SIDES; i++) {
        sum += mixed.consumers[i].sum;
        count += mixed.consumers[i].count;
    }
    for (uint64_t i = 0; i < threads; i++) {
        sync_thread_join(&mixed.receivers[i].thread);
        sum += mixed.receivers[i].sum;
        count += mixed.receivers[i].count;
    }
    uint64_t total = (SIDES + threads) * EACH;
    assert_int_equal(total, count);
    assert_int_equal(total * (total + 1) / 2, sum);
    async_scope_close(&sending);
    async_scope_close(&receiving);
    channel_destroy(channel);
    async_executor_destroy(executor);
}

static void every_value_that_tasks_send_is_received_once(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        play(worker_counts[row], 1, false);
        play(worker_counts[row], 7, false);
    }
}

static void threads_and_tasks_share_a_channel(void **state) {
    (void)state;
    /* With workers: without, nobody would poll while this thread joins the others. */
    for (size_t row = 1; row < COUNT_OF(worker_counts); row++) {
        play(worker_counts[row], 1, true);
        play(worker_counts[row], 64, true);
    }
}

/* ---- cancellation ---- */

static enum status complete_after(struct async_executor *executor, struct async_future *inner,
                                  uint64_t delay_ns) {
    struct async_cancel_after after;
    async_cancel_after_init(&after, inner, sync_clock_ns() + delay_ns, NULL);
    return async_executor_complete(executor, &after.future);
}

static void a_send_that_is_given_up_has_sent_nothing(void **state) {
    (void)state;
    for (size_t row = 0; row < 3; row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        struct channel *channel = channel_of(1);
        uint64_t value = 1;
        assert_int_equal(STATUS_OK, channel_try_send(channel, &value));
        struct async_send send;
        uint64_t second = 2;
        async_send_init(&send, channel, &second, NULL);
        assert_int_equal(STATUS_TIMED_OUT, complete_after(executor, &send.future, MS));
        assert_int_equal(STATUS_OK, channel_try_receive(channel, &value));
        assert_int_equal(1, value);
        assert_int_equal(STATUS_BUSY, channel_try_receive(channel, &value));
        struct async_receive receive;
        async_receive_init(&receive, channel, &value, NULL);
        assert_int_equal(STATUS_TIMED_OUT, complete_after(executor, &receive.future, MS));
        assert_int_equal(STATUS_OK, channel_try_send(channel, &second));
        assert_int_equal(1, value);   /* not written */
        channel_destroy(channel);
        async_executor_destroy(executor);
    }
}

static void the_channel_is_looked_at_before_the_token(void **state) {
    (void)state;
    struct async_executor *executor = executor_of(0);
    struct channel *channel = channel_of(1);
    struct sync_cancel *token = NULL;
    assert_int_equal(STATUS_OK, sync_cancel_create(NULL, &token));
    sync_cancel_fire(token);
    uint64_t value = 5;
    struct async_send send;
    async_send_init(&send, channel, &value, token);
    assert_int_equal(STATUS_OK, async_executor_complete(executor, &send.future));
    async_send_init(&send, channel, &value, token);
    assert_int_equal(STATUS_CANCELLED, async_executor_complete(executor, &send.future));
    struct async_receive receive;
    uint64_t got = 0;
    async_receive_init(&receive, channel, &got, token);
    assert_int_equal(STATUS_OK, async_executor_complete(executor, &receive.future));
    assert_int_equal(5, got);
    async_receive_init(&receive, channel, &got, token);
    assert_int_equal(STATUS_CANCELLED, async_executor_complete(executor, &receive.future));
    channel_close(channel);
    async_send_init(&send, channel, &value, token);
    assert_int_equal(STATUS_CLOSED, async_executor_complete(executor, &send.future));
    sync_cancel_release(token);
    channel_destroy(channel);
    async_executor_destroy(executor);
}

static void a_permit_is_awaited_and_its_commit_waits_for_nothing(void **state) {
    (void)state;
    struct async_executor *executor = executor_of(1);
    struct channel *channel = channel_of(1);
    struct channel_permit permit;
    struct async_reserve reserve;
    async_reserve_init(&reserve, channel, &permit, NULL);
    assert_int_equal(STATUS_OK, async_executor_complete(executor, &reserve.future));
    struct channel_permit none;
    struct async_reserve second;
    async_reserve_init(&second, channel, &none, NULL);
    assert_int_equal(STATUS_TIMED_OUT, complete_after(executor, &second.future, MS));
    assert_null(none.channel);
    uint64_t value = 9;
    channel_commit(&permit, &value);
    uint64_t got = 0;
    assert_int_equal(STATUS_OK, channel_try_receive(channel, &got));
    assert_int_equal(9, got);
    channel_destroy(channel);
    async_executor_destroy(executor);
}

/* ---- select ---- */

struct chooser {
    struct async_future future;
    struct channel *in[2];
    uint64_t values[2];
    struct channel_arm arms[2];
    struct channel_select select;
    struct async_select choice;
    struct sync_cancel *token;
    uint64_t sums[2];
};

static void chooser_begin(struct chooser *chooser) {
    for (int i = 0; i < 2; i++) {
        chooser->arms[i] = (struct channel_arm){ .kind = CHANNEL_ARM_RECEIVE,
                                                 .channel = chooser->in[i],
                                                 .out_value = &chooser->values[i] };
    }
    chooser->select = (struct channel_select){ .arms = chooser->arms, .arm_count = 2 };
}

/* Receives from both until both are closed. */
static enum async_poll chooser_poll(struct async_future *future, struct async_context *context) {
    struct chooser *chooser = CONTAINER_OF(future, struct chooser, future);
    CO_BEGIN(future);
    chooser_begin(chooser);
    while (chooser->in[0] != NULL || chooser->in[1] != NULL) {
        async_select_init(&chooser->choice, &chooser->select, chooser->token);
        CO_AWAIT(future, context, &chooser->choice.future);
        uint32_t index = chooser->choice.index;
        if (chooser->choice.future.status == STATUS_CLOSED) {
            chooser->in[index] = NULL;
            chooser_begin(chooser);
            continue;
        }
        CO_TRY(future, &chooser->choice.future);
        chooser->sums[index] += chooser->values[index];
    }
    CO_END(future);
}

static const struct async_kind chooser_kind = { .name = "chooser", .poll = chooser_poll };

static void a_select_takes_from_all_until_all_are_closed(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT_OF(worker_counts); row++) {
        struct async_executor *executor = executor_of(worker_counts[row]);
        struct channel *channels[2] = { channel_of(1), channel_of(3) };
        struct thread_side senders[2];
        struct chooser chooser = { .in = { channels[0], channels[1] } };
        async_future_init(&chooser.future, &chooser_kind);
        struct async_scope scope;
        struct async_task task;
        struct async_scope_options options = { .executor = executor, .max_children = 1 };
        assert_int_equal(STATUS_OK, async_scope_open(&scope, &options));
        assert_int_equal(STATUS_OK, async_scope_spawn(&scope, &task, &chooser.future, 0));
        for (uint64_t i = 0; i < 2; i++) {
            senders[i] = (struct thread_side){ .channel = channels[i], .first = i * 500 + 1,
                                               .last = i * 500 + 501 };
            start(&senders[i], thread_sends);
        }
        assert_int_equal(STATUS_TIMED_OUT, async_scope_join(&scope, sync_clock_ns() + MS));
        if (worker_counts[row] == 0) {   /* nobody polls while we join the threads */
            while (chooser.sums[0] != 125250 || chooser.sums[1] != 375250) {
                assert_int_equal(STATUS_TIMED_OUT,
                                 async_scope_join(&scope, sync_clock_ns() + MS));
            }
        }
        sync_thread_join(&senders[0].thread);
        sync_thread_join(&senders[1].thread);
        channel_close(channels[0]);
        channel_close(channels[1]);
        assert_int_equal(STATUS_OK, async_scope_join(&scope, SYNC_NO_DEADLINE));
        assert_int_equal(125250, chooser.sums[0]);
        assert_int_equal(375250, chooser.sums[1]);
        async_scope_close(&scope);
        channel_destroy(channels[0]);
        channel_destroy(channels[1]);
        async_executor_destroy(executor);
    }
}

static void a_cancelled_select_leaves_every_arm_as_it_was(void **state) {
    (void)state;
    struct async_executor *executor = executor_of(0);
    struct channel *channels[2] = { channel_of(1), channel_of(1) };
    struct sync_cancel *token = NULL;
    assert_int_equal(STATUS_OK, sync_cancel_create(NULL, &token));
    struct chooser chooser = { .in = { channels[0], channels[1] }, .token = token };
    async_future_init(&chooser.future, &chooser_kind);
    assert_int_equal(STATUS_TIMED_OUT, complete_after(executor, &chooser.future, MS));
    async_future_init(&chooser.future, &chooser_kind);
    sync_cancel_fire(token);
    assert_int_equal(STATUS_CANCELLED, async_executor_complete(executor, &chooser.future));
    assert_int_equal(2, chooser.choice.index);
    uint64_t value = 3;
    assert_int_equal(STATUS_OK, channel_try_send(channels[0], &value));
    assert_int_equal(STATUS_OK, channel_try_receive(channels[0], &value));
    sync_cancel_release(token);
    channel_destroy(channels[0]);
    channel_destroy(channels[1]);
    async_executor_destroy(executor);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_that_tasks_send_is_received_once),
        cmocka_unit_test(threads_and_tasks_share_a_channel),
        cmocka_unit_test(a_send_that_is_given_up_has_sent_nothing),
        cmocka_unit_test(the_channel_is_looked_at_before_the_token),
        cmocka_unit_test(a_permit_is_awaited_and_its_commit_waits_for_nothing),
        cmocka_unit_test(a_select_takes_from_all_until_all_are_closed),
        cmocka_unit_test(a_cancelled_select_leaves_every_arm_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
