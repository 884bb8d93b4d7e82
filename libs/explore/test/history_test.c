/*
 * history_test.c - histories that an order explains, and others; judged also by a checker
 * that tries all permutations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "explore/history.h"

#define OPEN UINT64_MAX   /* has not ended */

static bool explain(const struct explore_specification *specification,
                    const struct explore_call *calls, uint32_t count,
                    struct explore_explanation *explanation) {
    return explore_history_explain(specification, calls, count, explanation);
}

static void a_history_without_overlap_has_one_order(void **state) {
    (void)state;
    static const struct explore_call calls[] = {
        { EXPLORE_QUEUE_PUSH, 1, 1, 0, 1 },
        { EXPLORE_QUEUE_PUSH, 2, 1, 2, 3 },
        { EXPLORE_QUEUE_POP, 0, 1, 4, 5 },
        { EXPLORE_QUEUE_POP, 0, 2, 6, 7 },
        { EXPLORE_QUEUE_POP, 0, EXPLORE_NONE, 8, 9 },
    };
    struct explore_explanation why;
    assert_true(explain(&explore_queue, calls, COUNT_OF(calls), &why));
    assert_int_equal(why.count, COUNT_OF(calls));
    for (uint32_t i = 0; i < why.count; i++) {
        assert_int_equal(why.order[i], i);
    }
    assert_false(explain(&explore_stack, calls, COUNT_OF(calls), &why));
    assert_int_equal(why.first, 2);
    assert_int_equal(why.count, 2);
}

static void operations_that_overlap_may_swap(void **state) {
    (void)state;
    struct explore_call calls[] = {
        { EXPLORE_QUEUE_PUSH, 1, 1, 0, 5 },
        { EXPLORE_QUEUE_PUSH, 2, 1, 1, 4 },
        { EXPLORE_QUEUE_POP, 0, 2, 6, 7 },
        { EXPLORE_QUEUE_POP, 0, 1, 8, 9 },
    };
    struct explore_explanation why;
    assert_true(explain(&explore_queue, calls, COUNT_OF(calls), &why));
    assert_int_equal(why.order[0], 1);
    calls[0].ended = 2;   /* now the first push was over before the second began */
    calls[1].begun = 3;
    assert_false(explain(&explore_queue, calls, COUNT_OF(calls), &why));
    assert_int_equal(why.first, 2);
}

static void an_operation_that_never_ended_may_have_happened(void **state) {
    (void)state;
    struct explore_call calls[] = {
        { EXPLORE_QUEUE_PUSH, 7, 0, 0, OPEN },
        { EXPLORE_QUEUE_POP, 0, 7, 1, 2 },
        { EXPLORE_QUEUE_POP, 0, EXPLORE_NONE, 3, 4 },
    };
    struct explore_explanation why;
    assert_true(explain(&explore_queue, calls, 3, &why));
    assert_int_equal(why.count, 3);
    calls[1].result = EXPLORE_NONE;
    assert_true(explain(&explore_queue, calls, 3, &why));
    assert_int_equal(why.count, 2);
    calls[1].result = 8;
    assert_false(explain(&explore_queue, calls, 3, &why));
    assert_int_equal(why.first, 1);
}

static void a_value_comes_out_once(void **state) {
    (void)state;
    static const struct explore_call calls[] = {
        { EXPLORE_QUEUE_PUSH, 7, 1, 0, 1 },
        { EXPLORE_QUEUE_POP, 0, 7, 2, 5 },
        { EXPLORE_QUEUE_POP, 0, 7, 3, 4 },
    };
    struct explore_explanation why;
    assert_false(explain(&explore_queue, calls, 3, &why));
    assert_int_equal(why.first, 1);
}

static void a_bounded_queue_is_full_at_its_capacity(void **state) {
    (void)state;
    struct explore_specification two = explore_queue;
    struct explore_call calls[] = {
        { EXPLORE_QUEUE_PUSH, 1, 1, 0, 1 },
        { EXPLORE_QUEUE_PUSH, 2, 1, 2, 3 },
        { EXPLORE_QUEUE_PUSH, 3, 0, 4, 5 },
    };
    struct explore_explanation why;
    two.parameter = 2;
    assert_true(explain(&two, calls, 3, &why));
    assert_false(explain(&explore_queue, calls, 3, &why));
    calls[2].result = 1;
    assert_false(explain(&two, calls, 3, &why));
    assert_int_equal(why.first, 2);
    assert_int_equal(why.count, 2);
}

static void a_lock_has_one_owner(void **state) {
    (void)state;
    struct explore_call calls[] = {
        { EXPLORE_LOCK_ACQUIRE, 1, 1, 0, 3 },
        { EXPLORE_LOCK_ACQUIRE, 2, 1, 1, 6 },
        { EXPLORE_LOCK_TRY, 3, 0, 4, 5 },
        { EXPLORE_LOCK_RELEASE, 1, 1, 2, 7 },
    };
    struct explore_explanation why;
    calls[3].begun = 3;
    assert_true(explain(&explore_lock, calls, 4, &why));
    calls[3].begun = 8;   /* the second has it before the first let go */
    calls[3].ended = 9;
    assert_false(explain(&explore_lock, calls, 4, &why));
    calls[2].result = 1;
    assert_false(explain(&explore_lock, calls, 4, &why));
}

static void an_addition_says_what_was_there(void **state) {
    (void)state;
    struct explore_call calls[] = {
        { EXPLORE_NUMBER_ADD, 1, 0, 0, 3 },
        { EXPLORE_NUMBER_ADD, 1, 1, 1, 2 },
        { EXPLORE_NUMBER_READ, 0, 2, 4, 5 },
        { EXPLORE_NUMBER_WRITE, 9, 0, 6, OPEN },
    };
    struct explore_explanation why;
    assert_true(explain(&explore_number, calls, 4, &why));
    calls[1].result = 0;   /* both saw 0: one addition is lost */
    assert_false(explain(&explore_number, calls, 4, &why));
    assert_int_equal(why.first, 0);
}

/* ---- against all permutations ---------------------------------------------------------- */

/* A queue as nobody would write it, so that it shares nothing with what it judges. */
static bool naive_fits(const struct explore_call *calls, const uint32_t *order, uint32_t count) {
    uint64_t values[16];
    uint32_t first = 0, last = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct explore_call *call = &calls[order[i]];
        if (call->code == EXPLORE_QUEUE_PUSH) {
            if (call->ended != OPEN && call->result != 1) {
                return false;
            }
            values[last++] = call->argument;
        } else if (first == last) {
            if (call->ended == OPEN || call->result != EXPLORE_NONE) {
                return false;
            }
        } else {
            uint64_t value = values[first++];
            if (call->ended != OPEN && call->result != value) {
                return false;
            }
        }
    }
    return true;
}

static bool keeps_apart(const struct explore_call *calls, const uint32_t *order, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = i + 1; k < count; k++) {
            if (calls[order[k]].ended != OPEN && calls[order[k]].ended < calls[order[i]].begun) {
                return false;
            }
        }
    }
    return true;
}

/* Every subset with all that ended in it, in every order. */
static bool naive_explains(const struct explore_call *calls, uint32_t count, uint32_t *order,
                           uint32_t used, uint32_t taken) {
    bool has_all = true;
    for (uint32_t i = 0; i < count; i++) {
        has_all = has_all && (taken >> i & 1 || calls[i].ended == OPEN);
    }
    if (has_all && keeps_apart(calls, order, used) && naive_fits(calls, order, used)) {
        return true;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (taken >> i & 1) {
            continue;
        }
        order[used] = i;
        if (naive_explains(calls, count, order, used + 1, taken | 1u << i)) {
            return true;
        }
    }
    return false;
}

static uint32_t next(uint32_t *number, uint32_t bound) {
    *number = *number * 1103515245u + 12345u;
    return (*number >> 16) % bound;
}

/* Calls of three threads whose ticks are interleaved at random. */
static uint32_t make_history(uint32_t *number, struct explore_call *calls) {
    uint32_t count = 2 + next(number, 5);
    uint32_t open[3] = { UINT32_MAX, UINT32_MAX, UINT32_MAX };
    uint32_t made = 0;
    for (uint64_t tick = 0; tick < 40; tick++) {
        uint32_t thread = next(number, 3);
        if (open[thread] != UINT32_MAX) {
            calls[open[thread]].ended = tick;
            open[thread] = UINT32_MAX;
        } else if (made < count) {
            bool is_push = next(number, 2) == 0;
            uint64_t popped = next(number, 4);
            calls[made] = (struct explore_call){
                .code = is_push ? EXPLORE_QUEUE_PUSH : EXPLORE_QUEUE_POP, .argument = made,
                .result = is_push ? 1 : popped == 3 ? EXPLORE_NONE : popped, .begun = tick,
                .ended = OPEN };
            open[thread] = made++;
        } else if (next(number, 4) == 0) {
            break;   /* some stay open */
        }
    }
    return made;
}

static void all_permutations_agree(void **state) {
    (void)state;
    uint32_t number = 2026, explained = 0, others = 0;
    for (int round = 0; round < 20000; round++) {
        struct explore_call calls[8];
        uint32_t order[8];
        struct explore_explanation why;
        uint32_t count = make_history(&number, calls);
        bool want = naive_explains(calls, count, order, 0, 0);
        bool have = explain(&explore_queue, calls, count, &why);
        assert_int_equal(have, want);
        assert_true(keeps_apart(calls, why.order, why.count));
        if (have) {
            assert_true(naive_fits(calls, why.order, why.count));
            explained++;
        } else {
            assert_true(why.first < count && calls[why.first].ended != OPEN);
            others++;
        }
    }
    assert_true(explained > 2000 && others > 2000);
}

/* Without remembering what was seen this would take 30! steps. */
static void many_operations_at_once_are_explained_in_time(void **state) {
    (void)state;
    enum { COUNT = 60 };
    struct explore_call calls[COUNT];
    struct explore_explanation why;
    for (uint32_t i = 0; i < COUNT; i++) {
        calls[i] = (struct explore_call){ .code = EXPLORE_NUMBER_ADD, .argument = 1,
                                          .result = COUNT - 1 - i, .begun = i,
                                          .ended = COUNT + i };
    }
    assert_true(explain(&explore_number, calls, COUNT, &why));
    for (uint32_t i = 0; i < 14; i++) {
        calls[i] = (struct explore_call){ .code = EXPLORE_NUMBER_ADD, .argument = 1,
                                          .result = 99, .begun = i, .ended = COUNT + i };
    }
    assert_false(explain(&explore_number, calls, 14, &why));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_history_without_overlap_has_one_order),
        cmocka_unit_test(operations_that_overlap_may_swap),
        cmocka_unit_test(an_operation_that_never_ended_may_have_happened),
        cmocka_unit_test(a_value_comes_out_once),
        cmocka_unit_test(a_bounded_queue_is_full_at_its_capacity),
        cmocka_unit_test(a_lock_has_one_owner),
        cmocka_unit_test(an_addition_says_what_was_there),
        cmocka_unit_test(all_permutations_agree),
        cmocka_unit_test(many_operations_at_once_are_explained_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
