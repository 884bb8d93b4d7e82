/*
 * squares.c - a first concurrent program: a thread, two channels, two tasks, a scope.
 *
 *     weft-explore examples/squares.c            every schedule it can think of
 *     weft-explore --threads examples/squares.c  the same program on threads
 *
 * A thread puts numbers into one channel and closes it.  Two tasks take numbers out,
 * square them and put the squares into another.  The case adds them up.
 *
 * A channel hands values from any senders to any receivers, threads and tasks alike.  Who
 * sends into a full one waits, so nothing grows; who receives from a closed one gets what
 * is left, then STATUS_CLOSED: the end needs no special value.  A task is a struct and a
 * poll function that returns where it would have to wait; the macros CO_... write it as
 * sequential text, and what lives across a CO_AWAIT lies in the struct.  A scope does not
 * end before the tasks it began; should one fail, its token ends what the others wait for.
 *
 * Whoever squares which number, the sum is the same: explore_output() says so, and every
 * schedule is compared with the serial one.
 *
 * uses: base explore sync channel async
 */
#include "explore/explore.h"
#include "async/channel.h"
#include "async/co.h"
#include "async/scope.h"
#include "base/attr.h"
#include "sync/thread.h"

enum { NUMBERS = 3, TASKS = 2 };

static struct channel *numbers, *squares;

static void send_numbers(void *unused) {
    (void)unused;
    for (uint64_t number = 1; number <= NUMBERS; number++) {
        EXPLORE_CHECK(channel_send(numbers, &number, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
    }
    channel_close(numbers);
}

struct squarer {
    struct async_future future;
    struct async_task task;
    struct sync_cancel *token;
    struct async_receive receive;
    struct async_send send;
    uint64_t number;
};

static enum async_poll square(struct async_future *self, struct async_context *context) {
    struct squarer *squarer = CONTAINER_OF(self, struct squarer, future);
    CO_BEGIN(self);
    for (;;) {
        async_receive_init(&squarer->receive, numbers, &squarer->number, squarer->token);
        CO_AWAIT(self, context, &squarer->receive.future);
        if (squarer->receive.future.status == STATUS_CLOSED) {
            break;
        }
        CO_TRY(self, &squarer->receive.future);
        squarer->number *= squarer->number;
        async_send_init(&squarer->send, squares, &squarer->number, squarer->token);
        CO_AWAIT_OK(self, context, &squarer->send.future);
    }
    CO_END(self);
}

static const struct async_kind square_kind = { .name = "square", .poll = square };

static struct channel *open_channel(uint32_t capacity) {
    struct channel_options options = { .value_bytes = sizeof(uint64_t), .capacity = capacity };
    struct channel *channel;
    EXPLORE_CHECK(channel_create(&options, &channel) == STATUS_OK);
    return channel;
}

static uint64_t sum_of_squares(void) {
    uint64_t sum = 0, one;
    for (int i = 0; i < NUMBERS; i++) {
        EXPLORE_CHECK(channel_receive(squares, &one, SYNC_NO_DEADLINE, NULL) == STATUS_OK);
        sum += one;
    }
    return sum;
}

static void the_sum_is_always_the_same(void) {
    struct async_executor_options options = { .workers = 1, .spins = 1 };
    struct async_scope_options scoped = { .max_children = TASKS };
    struct async_scope scope;
    struct squarer squarers[TASKS];
    struct sync_thread sender;
    numbers = open_channel(1);
    squares = open_channel(2);
    EXPLORE_CHECK(async_executor_create(&options, &scoped.executor) == STATUS_OK);
    EXPLORE_CHECK(async_scope_open(&scope, &scoped) == STATUS_OK);
    for (uint64_t i = 0; i < TASKS; i++) {
        struct squarer *one = &squarers[i];
        one->token = async_scope_token(&scope);
        async_future_init(&one->future, &square_kind);
        EXPLORE_CHECK(async_scope_spawn(&scope, &one->task, &one->future, i) == STATUS_OK);
    }
    EXPLORE_CHECK(sync_thread_start(&sender, NULL, send_numbers, NULL) == STATUS_OK);
    uint64_t sum = sum_of_squares();
    explore_output(&sum, sizeof(sum));
    sync_thread_join(&sender);
    EXPLORE_CHECK(async_scope_join(&scope, SYNC_NO_DEADLINE) == STATUS_OK);
    async_scope_close(&scope);
    async_executor_destroy(scoped.executor);
    channel_destroy(numbers);
    channel_destroy(squares);
}

static const struct explore_case cases[] = {
    { .name = "the_sum_is_always_the_same", .body = the_sum_is_always_the_same,
      .plan = { .runs = 5000 } },
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
