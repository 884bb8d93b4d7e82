/*
 * wheel_test.c - the timer wheel against a list that is kept sorted.
 *
 * The list knows nothing of ticks, levels or slots: it is an array in the order of
 * (deadline, number), searched by halving.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "async/timer.h"
#include "base/attr.h"
#include "sync/memory.h"
#include "sync/random.h"
#include "sync/wait.h"

#define MS UINT64_C(1000000)

static void timers_expire_at_their_exact_deadline_and_not_before(void **state) {
    (void)state;
    static const uint64_t deadlines[] = {
        1, 2, MS - 1, MS, MS + 1, 63 * MS, 64 * MS - 1, 64 * MS, 65 * MS + 7, 4095 * MS,
        4096 * MS, 4097 * MS + 1, 262143 * MS, 262144 * MS, 16777215 * MS + 5, 16777216 * MS,
        16777217 * MS, 50000000 * MS + 3, UINT64_MAX - 1,
    };
    struct async_wheel wheel;
    async_wheel_init(&wheel, 0);
    struct async_timer timers[COUNT_OF(deadlines)];
    memset(timers, 0, sizeof(timers));
    for (size_t i = COUNT_OF(deadlines); i-- > 0;) {
        async_wheel_add(&wheel, &timers[i], deadlines[i]);
    }
    for (size_t i = 0; i < COUNT_OF(deadlines); i++) {
        assert_int_equal(deadlines[i], async_wheel_next_ns(&wheel));
        assert_null(async_wheel_expire(&wheel, deadlines[i] - 1));
        assert_ptr_equal(&timers[i], async_wheel_expire(&wheel, deadlines[i]));
    }
    assert_int_equal(SYNC_NO_DEADLINE, async_wheel_next_ns(&wheel));
    assert_int_equal(0, wheel.count);
}

static void equal_deadlines_expire_in_the_order_of_registration(void **state) {
    (void)state;
    struct async_wheel wheel;
    static struct async_timer timers[1000];
    static const uint64_t starts[] = { 0, 5 * MS, 70 * MS, 5000 * MS, 300000 * MS, 20000000 * MS };
    for (size_t row = 0; row < COUNT_OF(starts); row++) {
        async_wheel_init(&wheel, 0);
        memset(timers, 0, sizeof(timers));
        for (size_t i = 0; i < COUNT_OF(timers); i++) {
            async_wheel_add(&wheel, &timers[i], starts[row] + (i % 3 == 0 ? 7 : 3));
        }
        size_t expected = 1;
        for (size_t n = 0; n < COUNT_OF(timers); n++) {
            assert_ptr_equal(&timers[expected],
                             async_wheel_expire(&wheel, starts[row] + 2 * MS));
            expected += expected % 3 == 2 ? 2 : expected % 3 == 0 ? 3 : 1;
            if (expected >= COUNT_OF(timers) && timers[0].place != 0) {
                expected = 0;
            }
        }
        assert_null(async_wheel_expire(&wheel, UINT64_MAX));
    }
}

static void a_cancelled_timer_is_forgotten_wherever_it_lies(void **state) {
    (void)state;
    static const uint64_t deadlines[] = { 1, 5 * MS, 100 * MS, 5000 * MS, 300000 * MS,
                                          40000000 * MS };
    struct async_wheel wheel;
    async_wheel_init(&wheel, 0);
    for (size_t i = 0; i < COUNT_OF(deadlines); i++) {
        struct async_timer timer = { .place = 0 };
        struct async_timer other = { .place = 0 };
        async_wheel_add(&wheel, &timer, deadlines[i]);
        async_wheel_add(&wheel, &other, deadlines[i] + 1);
        assert_true(async_wheel_cancel(&wheel, &timer));
        assert_false(async_wheel_cancel(&wheel, &timer));
        assert_int_equal(deadlines[i] + 1, async_wheel_next_ns(&wheel));
        assert_true(async_wheel_cancel(&wheel, &other));
        assert_int_equal(SYNC_NO_DEADLINE, async_wheel_next_ns(&wheel));
        assert_int_equal(0, wheel.count);
    }
    assert_null(async_wheel_expire(&wheel, UINT64_MAX));
}

/* ---- the model ---- */

enum { TIMERS = 600, STEPS = 400000 };

static struct model {
    struct async_timer *sorted[TIMERS];
    size_t count;
} model;

static int compare(const struct async_timer *a, const struct async_timer *b) {
    if (a->deadline_ns != b->deadline_ns) {
        return a->deadline_ns < b->deadline_ns ? -1 : 1;
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

/* Where it is, or belongs. */
static size_t find(const struct async_timer *timer) {
    size_t low = 0;
    size_t high = model.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare(model.sorted[middle], timer) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void model_add(struct async_timer *timer) {
    size_t at = find(timer);
    memmove(&model.sorted[at + 1], &model.sorted[at],
            (model.count - at) * sizeof(model.sorted[0]));
    model.sorted[at] = timer;
    model.count++;
}

static void model_remove(const struct async_timer *timer) {
    size_t at = find(timer);
    assert_ptr_equal(timer, model.sorted[at]);
    model.count--;
    memmove(&model.sorted[at], &model.sorted[at + 1],
            (model.count - at) * sizeof(model.sorted[0]));
}

/* Mostly near, sometimes at the edges of levels, seldom hours ahead or past. */
static uint64_t some_delay(struct sync_sequence *random) {
    static const uint64_t ranges[] = { 1, 1000, MS, 3 * MS, 64 * MS, 70 * MS, 4096 * MS,
                                       5000 * MS, 262144 * MS, 300000 * MS, 16777216 * MS,
                                       90000000 * MS };
    uint64_t range = ranges[sync_sequence_below(random, COUNT_OF(ranges))];
    return sync_sequence_below(random, 4) == 0 ? range : sync_sequence_below(random, range + 1);
}

static void expire_both(struct async_wheel *wheel, uint64_t now_ns, struct async_timer **free,
                        size_t *free_count) {
    struct async_timer *timer = NULL;
    while ((timer = async_wheel_expire(wheel, now_ns)) != NULL) {
        assert_true(model.count > 0);
        assert_ptr_equal(model.sorted[0], timer);
        assert_true(timer->deadline_ns <= now_ns);
        model_remove(timer);
        free[(*free_count)++] = timer;
    }
    assert_true(model.count == 0 || model.sorted[0]->deadline_ns > now_ns);
}

static void play(uint64_t seed) {
    static struct async_timer timers[TIMERS];
    static struct async_timer *free[TIMERS];
    memset(timers, 0, sizeof(timers));
    model.count = 0;
    size_t free_count = TIMERS;
    for (size_t i = 0; i < TIMERS; i++) {
        free[i] = &timers[i];
    }
    struct sync_sequence random = { .state = seed };
    uint64_t now_ns = sync_sequence_next(&random) >> 20;
    struct async_wheel wheel;
    async_wheel_init(&wheel, now_ns);
    for (int step = 0; step < STEPS; step++) {
        uint64_t what = sync_sequence_below(&random, 100);
        if (what < 50 && free_count > 0) {
            struct async_timer *timer = free[--free_count];
            uint64_t delay = some_delay(&random);
            uint64_t deadline = what < 5 && now_ns > delay ? now_ns - delay : now_ns + delay;
            async_wheel_add(&wheel, timer, deadline);
            model_add(timer);
        } else if (what < 80 && model.count > 0) {
            struct async_timer *timer = model.sorted[sync_sequence_below(&random, model.count)];
            model_remove(timer);
            assert_true(async_wheel_cancel(&wheel, timer));
            free[free_count++] = timer;
        } else {
            now_ns += what < 98 ? sync_sequence_below(&random, 2 * MS) : some_delay(&random);
            expire_both(&wheel, now_ns, free, &free_count);
        }
        uint64_t next = model.count > 0 ? model.sorted[0]->deadline_ns : SYNC_NO_DEADLINE;
        assert_int_equal(next, async_wheel_next_ns(&wheel));
        assert_int_equal(model.count, wheel.count);
    }
}

static void it_equals_a_sorted_list_under_millions_of_operations(void **state) {
    (void)state;
    uint64_t before = sync_memory_live();
    for (uint64_t seed = 1; seed <= 8; seed++) {
        play(seed);
    }
    assert_int_equal(before, sync_memory_live());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_expire_at_their_exact_deadline_and_not_before),
        cmocka_unit_test(equal_deadlines_expire_in_the_order_of_registration),
        cmocka_unit_test(a_cancelled_timer_is_forgotten_wherever_it_lies),
        cmocka_unit_test(it_equals_a_sorted_list_under_millions_of_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
