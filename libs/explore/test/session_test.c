/*
 * session_test.c - what surrounds executions: searching, judging, shrinking, replaying.
 *
 * The programs here speak to the engine directly, so they are explored in any mode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../src/failure.h"
#include "../src/token.h"
#include "../src/workers.h"
#include "explore/body.h"
#include "explore/history.h"

enum { RELAXED = __ATOMIC_RELAXED, SEQ_CST = __ATOMIC_SEQ_CST };
#define SECOND UINT64_C(1000000000)

static uint32_t words[8];

static void zero(void) {
    memset(words, 0, sizeof(words));
}

static uint64_t load(uint32_t *word) {
    return explore_load(word, 4, SEQ_CST);
}

static void store(uint32_t *word, uint64_t value) {
    explore_store(word, 4, value, SEQ_CST);
}

static void with_threads(uint32_t count, void (*body)(void *)) {
    uint32_t numbers[4];
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = explore_thread_start(body, NULL, 0);
    }
    for (uint32_t i = 0; i < count; i++) {
        EXPLORE_CHECK(explore_thread_join(numbers[i], EXPLORE_NO_DEADLINE));
    }
}

/* ---- programs -------------------------------------------------------------------------- */

/* One of two additions is lost when a thread is stopped between its load and its store. */
static void add_one(void *unused) {
    (void)unused;
    store(&words[0], load(&words[0]) + 1);
}

static void additions_are_lost(void) {
    with_threads(3, add_one);
    EXPLORE_CHECK(load(&words[0]) == 3);
}

static void add_atomically(void *unused) {
    (void)unused;
    explore_modify(&words[0], 4, EXPLORE_ADD, 1, RELAXED);
}

static void additions_are_kept(void) {
    with_threads(2, add_atomically);
    EXPLORE_CHECK(load(&words[0]) == 2);
}

static void lock_both(void *unused) {
    (void)unused;
    explore_lock_acquire(&words[1], EXPLORE_NO_DEADLINE);
    explore_lock_acquire(&words[0], EXPLORE_NO_DEADLINE);
    explore_lock_release(&words[0]);
    explore_lock_release(&words[1]);
}

static void locks_in_both_orders(void) {
    uint32_t number = explore_thread_start(lock_both, NULL, 0);
    explore_lock_acquire(&words[0], EXPLORE_NO_DEADLINE);
    explore_lock_acquire(&words[1], EXPLORE_NO_DEADLINE);
    explore_lock_release(&words[1]);
    explore_lock_release(&words[0]);
    EXPLORE_CHECK(explore_thread_join(number, EXPLORE_NO_DEADLINE));
}

/* The number that fails is far from the smallest that does. */
static void a_choice_above_nine_fails(void) {
    uint32_t first = explore_choose(100);
    uint32_t second = explore_choose(3);
    (void)second;
    EXPLORE_CHECK(first < 10);
}

/* Needs both: an older value and a preemption. */
static void publish(void *unused) {
    (void)unused;
    explore_store(&words[0], 4, 1, RELAXED);
    explore_store(&words[1], 4, 1, RELAXED);
}

static void what_is_published_is_stale(void) {
    uint32_t number = explore_thread_start(publish, NULL, 0);
    uint64_t flag = explore_load(&words[1], 4, RELAXED);
    uint64_t value = explore_load(&words[0], 4, RELAXED);
    EXPLORE_CHECK(flag == 0 || value == 1);
    EXPLORE_CHECK(explore_thread_join(number, EXPLORE_NO_DEADLINE));
}

/* The queue of capacity 1 that the seed's plan has: looks and takes are two steps. */
static void pop_carelessly(void *unused) {
    (void)unused;
    uint32_t call = explore_call_begin(EXPLORE_QUEUE_POP, 0);
    uint64_t value = load(&words[2]);
    uint64_t result = EXPLORE_NONE;
    if (value != 0) {
        store(&words[2], 0);
        result = value;
    }
    explore_call_end(call, result);
}

static void two_pop_the_same(void) {
    explore_history_begin(&explore_queue);
    uint32_t call = explore_call_begin(EXPLORE_QUEUE_PUSH, 7);
    store(&words[2], 7);
    explore_call_end(call, 1);
    with_threads(2, pop_carelessly);
    explore_history_check();
}

static void say(void *unused) {
    (void)unused;
    uint64_t turn = explore_modify(&words[0], 4, EXPLORE_ADD, 1, SEQ_CST);
    uint32_t self = explore_thread_self();
    words[1 + turn] = self;
}

static void output_follows_the_schedule(void) {
    with_threads(2, say);
    explore_output(&words[1], 2 * sizeof(words[1]));
}

static void output_is_the_sum(void) {
    with_threads(2, say);
    uint32_t sum = words[1] + words[2];
    explore_output(&sum, sizeof(sum));
}

static void forgets_that_memory_runs_out(void) {
    void *memory = explore_allocate(16, 16);
    void *more = explore_allocate(16, 16);
    EXPLORE_CHECK(memory != NULL && more != NULL);
    explore_free(memory);
    explore_free(more);
}

/* What it does depends on the clock of the machine. */
static void looks_at_the_real_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    for (long i = 0; i < now.tv_nsec / 100 % 7; i++) {
        store(&words[0], 1);
    }
    with_threads(2, add_atomically);
}

/* What it does depends on static state that nobody puts back. */
static void remembers_the_last_execution(void) {
    static unsigned count;
    for (unsigned i = 0; i < count % 3; i++) {
        store(&words[0], 1);
    }
    count++;
}

/* ---- help -------------------------------------------------------------------------------- */

static struct search search_for(void (*body)(void), enum explore_strategy strategy) {
    return (struct search){ .chosen = { .name = "it", .body = body, .reset = zero,
                                        .plan = { .strategy = strategy, .preemptions = 2 } },
                            .seed = 1 };
}

static struct search_result *run(const struct search *search) {
    static struct search_result result;
    search_finding_finish(&result.finding);
    assert_int_equal(search_case(search, &result), STATUS_OK);
    return &result;
}

static enum verdict verdict_of(void (*body)(void)) {
    struct search search = search_for(body, EXPLORE_RANDOM);
    struct finding *finding = &run(&search)->finding;
    return finding->is_there ? finding->verdict : VERDICT_HELD;
}

/* The failure points into itself and into the search. */
static struct failure failure;

static void shrink(void (*body)(void), struct search *search) {
    *search = search_for(body, EXPLORE_RANDOM);
    struct failure_way way = { .seed = 1, .shrink_ns = SECOND };
    struct search_result *result = run(search);
    assert_true(result->finding.is_there);
    assert_int_equal(failure_make(&search->chosen, &result->finding, &way, &failure), STATUS_OK);
    assert_true(failure.is_shrunk && failure.is_shown);
}

static int make_engine(void **state) {
    (void)state;
    return engine_create() == STATUS_OK ? 0 : -1;
}

static int end_engine(void **state) {
    (void)state;
    engine_destroy();
    return 0;
}

/* ---- searching --------------------------------------------------------------------------- */

static void every_kind_of_failure_is_found(void **state) {
    (void)state;
    assert_int_equal(verdict_of(additions_are_lost), VERDICT_ASSERTION);
    assert_int_equal(verdict_of(locks_in_both_orders), VERDICT_DEADLOCK);
    assert_int_equal(verdict_of(what_is_published_is_stale), VERDICT_ASSERTION);
    assert_int_equal(verdict_of(two_pop_the_same), VERDICT_HISTORY);
    assert_int_equal(verdict_of(output_follows_the_schedule), VERDICT_OUTPUT);
    assert_int_equal(verdict_of(output_is_the_sum), VERDICT_HELD);
    assert_int_equal(verdict_of(additions_are_kept), VERDICT_HELD);
}

static void what_is_not_controlled_is_found(void **state) {
    (void)state;
    assert_int_equal(verdict_of(looks_at_the_real_clock), VERDICT_UNCONTROLLED);
    assert_int_equal(verdict_of(remembers_the_last_execution), VERDICT_UNCONTROLLED);
}

static void a_search_ends_when_nothing_is_left(void **state) {
    (void)state;
    struct search search = search_for(additions_are_kept, EXPLORE_BOUNDED);
    struct search_result *result = run(&search);
    assert_true(result->is_exhausted && !result->finding.is_there);
    uint64_t runs = result->runs;
    search.chosen.plan.strategy = EXPLORE_DPOR;
    result = run(&search);
    assert_true(result->is_exhausted && result->runs <= runs && result->runs >= 2);
    search.chosen.plan.strategy = EXPLORE_RANDOM;
    result = run(&search);
    assert_false(result->is_exhausted);
    assert_int_equal(result->runs, 20000);
}

static void budgets_are_kept(void **state) {
    (void)state;
    struct search search = search_for(additions_are_kept, EXPLORE_RANDOM);
    search.chosen.plan.runs = 77;
    assert_int_equal(run(&search)->runs, 77);
    search.chosen.plan.runs = UINT64_MAX;
    search.budget_ns = SECOND / 10;
    struct search_result *result = run(&search);
    assert_true(result->elapsed_ns >= SECOND / 10 && result->elapsed_ns < 5 * SECOND);
    assert_true(result->runs > 77);
}

static void coverage_counts_schedules_that_differ(void **state) {
    (void)state;
    struct search search = search_for(additions_are_kept, EXPLORE_BOUNDED);
    search.chosen.plan.preemptions = 100;
    uint64_t all = run(&search)->runs;
    search.chosen.plan.strategy = EXPLORE_RANDOM;
    struct search_result *result = run(&search);

    assert_int_equal(coverage_different(&result->coverage), all);
    assert_true(coverage_unseen(&result->coverage) < 0.001);
}

static void coverage_estimates_when_there_are_many(void **state) {
    (void)state;
    static struct coverage whole, halves[2];
    memset(&whole, 0, sizeof(whole));
    memset(halves, 0, sizeof(halves));
    for (uint32_t i = 0; i < 200000; i++) {   /* 100,000 different ones, each twice */
        struct decision decision = { .count = 2, .step = i % 100000 };
        struct trace trace = { .decisions = &decision, .decision_count = 1 };
        coverage_add(&whole, &trace);
        coverage_add(&halves[i % 2], &trace);
    }
    uint64_t different = coverage_different(&whole);
    assert_true(different > 95000 && different < 105000);
    assert_true(coverage_unseen(&whole) == 0);
    coverage_merge(&halves[0], &halves[1]);
    assert_int_equal(coverage_different(&halves[0]), different);
    assert_int_equal(halves[0].runs, 200000);
}

static void any_number_of_processes_finds_the_same(void **state) {
    (void)state;
    static struct search_result result;
    uint64_t number = 0;
    for (uint32_t processes = 1; processes <= 4; processes++) {
        struct search search = search_for(what_is_published_is_stale, EXPLORE_RANDOM);
        search.seed = 11;
        assert_int_equal(workers_run(&search, processes, &result), STATUS_OK);
        assert_true(result.finding.is_there);
        assert_int_equal(result.finding.verdict, VERDICT_ASSERTION);
        if (processes == 1) {
            number = result.finding.run;
        }
        assert_int_equal(result.finding.run, number);
        search_finding_finish(&result.finding);
    }
    for (uint32_t processes = 1; processes <= 3; processes++) {
        struct search search = search_for(additions_are_kept, EXPLORE_RANDOM);
        search.chosen.plan.runs = 1000;
        assert_int_equal(workers_run(&search, processes, &result), STATUS_OK);
        assert_false(result.finding.is_there);
        assert_int_equal(result.runs, 1000);
    }
}

static void three_locks_around(void) {
    with_threads(3, add_atomically);
    locks_in_both_orders();
}

static void any_number_of_processes_proves_the_same(void **state) {
    (void)state;
    static struct search_result result;
    uint64_t runs = 0;
    uint8_t choices[64] = { 0 };
    for (uint32_t processes = 1; processes <= 4; processes++) {
        struct search search = search_for(output_is_the_sum, EXPLORE_BOUNDED);
        assert_int_equal(workers_run(&search, processes, &result), STATUS_OK);
        assert_true(result.is_exhausted && !result.finding.is_there);
        runs = processes == 1 ? result.runs : runs;
        assert_int_equal(result.runs, runs);
        assert_int_equal(coverage_different(&result.coverage), runs);

        search = search_for(three_locks_around, EXPLORE_BOUNDED);
        assert_int_equal(workers_run(&search, processes, &result), STATUS_OK);
        assert_true(result.finding.is_there && !result.is_exhausted);
        assert_int_equal(result.finding.verdict, VERDICT_DEADLOCK);
        assert_int_equal(result.finding.preemptions, 1);
        assert_true(result.finding.count > 0 && result.finding.count < sizeof(choices));
        if (processes == 1) {
            memcpy(choices, result.finding.choices, result.finding.count);
        }
        assert_memory_equal(choices, result.finding.choices, result.finding.count);
        search_finding_finish(&result.finding);
    }
}

static void dies(void) {
    if (explore_choose(50) == 49) {
        _Exit(3);
    }
}

static void a_process_that_dies_is_a_failure(void **state) {
    (void)state;
    static struct search_result result;
    struct search search = search_for(dies, EXPLORE_RANDOM);
    assert_int_equal(workers_run(&search, 2, &result), STATUS_OK);
    assert_true(result.finding.is_there);
    assert_int_equal(result.finding.verdict, VERDICT_CRASHED);
    assert_null(result.finding.choices);
    search_finding_finish(&result.finding);
}

/* ---- shrinking ----------------------------------------------------------------------------- */

static void one_preemption_is_left_of_many(void **state) {
    (void)state;
    struct search search;
    shrink(additions_are_lost, &search);
    const struct shrink_measure *after = &failure.shrunk.after;
    assert_int_equal(after->of[SHRINK_PREEMPTIONS], 1);
    assert_int_equal(after->of[SHRINK_OLD_VALUES], 0);
    assert_true(failure.shrunk.before.of[SHRINK_PREEMPTIONS] >= 1);
    failure_finish(&failure);

    shrink(locks_in_both_orders, &search);
    assert_int_equal(failure.shrunk.after.of[SHRINK_PREEMPTIONS], 1);
    failure_finish(&failure);

    shrink(two_pop_the_same, &search);
    assert_int_equal(failure.shrunk.finding.verdict, VERDICT_HISTORY);
    assert_int_equal(failure.shrunk.after.of[SHRINK_PREEMPTIONS], 1);
    assert_non_null(strstr(failure.text, "nothing explains pop(0) = 7"));
    failure_finish(&failure);
}

static void numbers_that_the_program_chose_become_small(void **state) {
    (void)state;
    struct search search;
    shrink(a_choice_above_nine_fails, &search);
    assert_int_equal(failure.shrunk.finding.count, 1);
    assert_int_equal(failure.shrunk.finding.choices[0], 10);
    failure_finish(&failure);
}

static void an_older_value_stays_when_it_is_the_cause(void **state) {
    (void)state;
    struct search search;
    shrink(what_is_published_is_stale, &search);
    uint64_t old = failure.shrunk.after.of[SHRINK_OLD_VALUES];
    uint64_t preemptions = failure.shrunk.after.of[SHRINK_PREEMPTIONS];
    assert_true(old + preemptions >= 1 && old + preemptions <= 2);
    assert_true(old >= 1);
    failure_finish(&failure);
}

static void faults_are_met_when_the_plan_says_so_and_shown(void **state) {
    (void)state;
    struct search search = search_for(forgets_that_memory_runs_out, EXPLORE_RANDOM);
    assert_false(run(&search)->finding.is_there);
    search.chosen.plan.allocation_failures = 2;
    struct search_result *result = run(&search);
    assert_true(result->finding.is_there);
    struct failure_way way = { .seed = 1, .shrink_ns = SECOND };
    assert_int_equal(failure_make(&search.chosen, &result->finding, &way, &failure), STATUS_OK);
    assert_int_equal(failure.shrunk.after.of[SHRINK_FAULTS], 1);
    struct text text = { .bytes = NULL };
    struct timeline_page page = { .columns = 100, .lines = 15, .indent = "" };
    timeline_print(&failure.timeline, &page, &text);
    assert_non_null(strstr(text_string(&text), "fails"));
    text_finish(&text);
    failure_finish(&failure);
}

static void what_is_shrunk_fails_at_the_same_place(void **state) {
    (void)state;
    assert_true(shrink_is_same_place(VERDICT_DEADLOCK, "thread 1 wants lock 12",
                                     "thread 20 wants lock 3"));
    assert_false(shrink_is_same_place(VERDICT_DEADLOCK, "thread 1 wants lock 2",
                                      "thread 1 wants word 2"));
    assert_false(shrink_is_same_place(VERDICT_DEADLOCK, "thread 1", "thread 1 joins"));
    assert_false(shrink_is_same_place(VERDICT_ASSERTION, "a.c:1: x", "a.c:2: x"));
    assert_true(shrink_is_same_place(VERDICT_ASSERTION, "a.c:1: x", "a.c:1: x"));
}

static void a_failure_that_does_not_fail_again_is_kept_as_it_was(void **state) {
    (void)state;
    struct search search = search_for(additions_are_kept, EXPLORE_RANDOM);
    uint8_t choices[] = { 1, 0, 1 };
    struct finding finding = { .is_there = true, .verdict = VERDICT_ASSERTION, .text = "x",
                               .choices = choices, .count = sizeof(choices) };
    struct failure_way way = { .seed = 1, .shrink_ns = SECOND };
    assert_int_equal(failure_make(&search.chosen, &finding, &way, &failure), STATUS_OK);
    assert_false(failure.is_shrunk);
    assert_int_equal(failure.shrunk.finding.count, sizeof(choices));
    failure_finish(&failure);
}

/* ---- replaying ------------------------------------------------------------------------------- */

static void a_token_replays_a_hundred_times_of_a_hundred(void **state) {
    (void)state;
    void (*const bodies[])(void) = { additions_are_lost, locks_in_both_orders, two_pop_the_same,
                                     what_is_published_is_stale, output_follows_the_schedule };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct search search;
        shrink(bodies[i], &search);
        struct token token;
        char why[TOKEN_WHY_BYTES];
        static struct search_result result;
        assert_int_equal(token_parse(failure.token, &token, why), TOKEN_FINE);
        search.chosen.plan = token.plan;
        for (int k = 0; k < 100; k++) {
            assert_int_equal(search_once(&search.chosen, token.choices, token.count, &result),
                             STATUS_OK);
            assert_true(result.finding.is_there);
            assert_int_equal(result.finding.verdict, failure.shrunk.finding.verdict);
            assert_string_equal(result.finding.text, failure.shrunk.finding.text);
            search_finding_finish(&result.finding);
        }
        token_finish(&token);
        failure_finish(&failure);
    }
}

/* ---- showing --------------------------------------------------------------------------------- */

static unsigned lines_of(const char *text) {
    unsigned lines = 0;
    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static void a_timeline_fits_its_lines_and_columns(void **state) {
    (void)state;
    static const unsigned columns[] = { 40, 80, 100, 200 };
    struct search search;
    shrink(additions_are_lost, &search);
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        for (unsigned lines = 3; lines < 30; lines++) {
            struct text text = { .bytes = NULL };
            struct timeline_page page = { .columns = columns[i], .lines = lines, .indent = "" };
            size_t shown = timeline_print(&failure.timeline, &page, &text);
            assert_true(shown >= 1 && shown <= failure.trace.step_count);
            assert_true(lines_of(text_string(&text)) <= lines + 2);   /* head and legend */
            for (const char *at = text_string(&text); *at != '\0';) {
                size_t count = strcspn(at, "\n");
                assert_true(count <= columns[i] + 40);   /* a place's name may stand out */
                at += count + 1;
            }
            text_finish(&text);
        }
    }
    struct text text = { .bytes = NULL };
    struct timeline_page page = { .columns = 100, .lines = 0, .indent = "" };
    assert_int_equal(timeline_print(&failure.timeline, &page, &text), failure.trace.step_count);
    assert_non_null(strstr(text_string(&text), "thread 1"));
    assert_non_null(strstr(text_string(&text), "> the thread before could have gone on"));
    assert_non_null(strstr(text_string(&text), "words"));   /* a static variable has its name */
    text_finish(&text);
    failure_finish(&failure);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_failure_is_found),
        cmocka_unit_test(what_is_not_controlled_is_found),
        cmocka_unit_test(a_search_ends_when_nothing_is_left),
        cmocka_unit_test(budgets_are_kept),
        cmocka_unit_test(coverage_counts_schedules_that_differ),
        cmocka_unit_test(coverage_estimates_when_there_are_many),
        cmocka_unit_test(any_number_of_processes_finds_the_same),
        cmocka_unit_test(any_number_of_processes_proves_the_same),
        cmocka_unit_test(a_process_that_dies_is_a_failure),
        cmocka_unit_test(one_preemption_is_left_of_many),
        cmocka_unit_test(numbers_that_the_program_chose_become_small),
        cmocka_unit_test(an_older_value_stays_when_it_is_the_cause),
        cmocka_unit_test(faults_are_met_when_the_plan_says_so_and_shown),
        cmocka_unit_test(what_is_shrunk_fails_at_the_same_place),
        cmocka_unit_test(a_failure_that_does_not_fail_again_is_kept_as_it_was),
        cmocka_unit_test(a_token_replays_a_hundred_times_of_a_hundred),
        cmocka_unit_test(a_timeline_fits_its_lines_and_columns),
    };
    return cmocka_run_group_tests(tests, make_engine, end_engine);
}
