/*
 * verdict_explore_test.c - each verdict is given to a program that deserves it, and not to
 * its repaired twin; and nothing is left behind by either.
 *
 * The cases of explore_main() have to hold, so the broken programs are run by the engine
 * here, each under random schedules until it fails or has had its executions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/dpor.h"
#include "../src/engine.h"
#include "base/assert.h"
#include "base/attr.h"
#include "explore/explore.h"
#include "sync/memory.h"
#include "sync/mutex.h"
#include "sync/panic.h"
#include "sync/thread.h"
#include "sync/wait.h"

enum { EXECUTIONS = 3000, CROWD = 61 };

static struct sync_thread threads[CROWD];
static struct sync_mutex first, second, third;
static struct sync_u32 word, other_word;
static volatile unsigned char plain[64];
static char *piece;

static void start(int which, sync_thread_body body) {
    EXPLORE_CHECK(sync_thread_start(&threads[which], NULL, body, NULL) == STATUS_OK);
}

static void join(int count) {
    for (int i = 0; i < count; i++) {
        sync_thread_join(&threads[i]);
    }
}

static void run_two(sync_thread_body one, sync_thread_body two) {
    start(0, one);
    start(1, two);
    join(2);
}

static void reset(void) {
    sync_mutex_init(&first, SYNC_RANK_NONE);
    sync_mutex_init(&second, SYNC_RANK_NONE);
    sync_mutex_init(&third, SYNC_RANK_NONE);
    memset(&word, 0, sizeof(word));
    memset(&other_word, 0, sizeof(other_word));
}

/* ---- locks in two orders, and in one ---- */

static void first_then_second(void *argument) {
    (void)argument;
    sync_mutex_lock(&first);
    sync_mutex_lock(&second);
    sync_mutex_unlock(&second);
    sync_mutex_unlock(&first);
}

static void second_then_first(void *argument) {
    (void)argument;
    sync_mutex_lock(&second);
    sync_mutex_lock(&first);
    sync_mutex_unlock(&first);
    sync_mutex_unlock(&second);
}

static void locks_cross(void) {
    run_two(first_then_second, second_then_first);
}

static void locks_in_order(void) {
    run_two(first_then_second, first_then_second);
}

/* ---- a sleeper that reads the word it sleeps on after its look, and before ---- */

static void ring(void *argument) {
    (void)argument;
    sync_u32_store(&other_word, 1, SYNC_SEQ_CST);
    sync_u32_add(&word, 1, SYNC_SEQ_CST);
    sync_wake(&word, 1);
}

static void look_then_read(void *argument) {
    (void)argument;
    if (sync_u32_load(&other_word, SYNC_SEQ_CST) == 0) {
        uint32_t seen = sync_u32_load(&word, SYNC_SEQ_CST);
        (void)!sync_wait(&word, seen, SYNC_NO_DEADLINE);
    }
}

static void read_then_look(void *argument) {
    (void)argument;
    uint32_t seen = sync_u32_load(&word, SYNC_SEQ_CST);
    if (sync_u32_load(&other_word, SYNC_SEQ_CST) == 0) {
        (void)!sync_wait(&word, seen, SYNC_NO_DEADLINE);
    }
}

static void wake_forgets(void *argument) {
    (void)argument;
    sync_u32_store(&word, 1, SYNC_RELEASE);
}

static void sleep_until_set(void *argument) {
    (void)argument;
    while (sync_u32_load(&word, SYNC_ACQUIRE) == 0) {
        (void)!sync_wait(&word, 0, SYNC_NO_DEADLINE);
    }
}

static void set_and_wake(void *argument) {
    (void)argument;
    sync_u32_store(&word, 1, SYNC_RELEASE);
    sync_wake(&word, 1);
}

static void rings_too_early(void) {
    run_two(ring, look_then_read);
}

static void rings_in_time(void) {
    run_two(ring, read_then_look);
}

static void wake_is_missing(void) {
    run_two(wake_forgets, sleep_until_set);
}

static void wake_is_there(void) {
    run_two(set_and_wake, sleep_until_set);
}

/* ---- spinning ---- */

static void spin(void *argument) {
    (void)argument;
    while (sync_u32_load(&word, SYNC_RELAXED) == 0) {
        sync_spin_hint();
    }
}

static void spins_for_ever(void) {
    start(0, spin);
    join(1);
}

static void spins_until_told(void) {
    run_two(spin, wake_forgets);
}

/* ---- messages ---- */

static void publish_weakly(void *argument) {
    (void)argument;
    plain[5] = 7;
    sync_u32_store(&word, 1, SYNC_RELAXED);
}

static void publish(void *argument) {
    (void)argument;
    plain[5] = 7;
    sync_u32_store(&word, 1, SYNC_RELEASE);
}

static void subscribe(void *argument) {
    (void)argument;
    if (sync_u32_load(&word, SYNC_ACQUIRE) == 1) {
        EXPLORE_CHECK(plain[5] == 7);
    }
}

static void message_races(void) {
    plain[5] = 0;
    run_two(publish_weakly, subscribe);
}

static void message_arrives(void) {
    plain[5] = 0;
    run_two(publish, subscribe);
}

static void write_left(void *argument) {
    (void)argument;
    plain[0] = 1;
}

static void write_right(void *argument) {
    (void)argument;
    plain[1] = 1;
}

static void bytes_are_apart(void) {
    run_two(write_left, write_right);
}

static void bytes_are_one(void) {
    run_two(write_left, write_left);
}

/* ---- memory ---- */

static void use(void *argument) {
    (void)argument;
    *(volatile char *)piece = 1;
}

static void is_freed_before(void) {
    piece = sync_alloc(100);
    sync_free(piece);
    use(NULL);
}

static void is_freed_after(void) {
    piece = sync_alloc(100);
    start(0, use);
    join(1);
    sync_free(piece);
}

static void is_freed_twice(void) {
    piece = sync_alloc(100);
    sync_free(piece);
    sync_free(piece);
}

static void is_never_freed(void) {
    piece = sync_alloc(100);
}

/* Who frees a lock or a word as soon as it is told; who tells uses it after that, or before. */
static struct sync_mutex *heap_lock;
static struct sync_u32 *heap_word;

static void tell_that_it_may_go(void) {
    sync_u32_store(&word, 1, SYNC_RELEASE);
}

static void use_lock(void) {
    sync_mutex_lock(heap_lock);
    sync_mutex_unlock(heap_lock);
}

static void try_lock(void) {
    if (sync_mutex_try_lock(heap_lock)) {
        sync_mutex_unlock(heap_lock);
    }
}

static void use_word(void) {
    (void)sync_u32_load(heap_word, SYNC_RELAXED);
}

#define USES_AFTER_AND_BEFORE(use_it)                  \
    static void use_it##_after(void *argument) {        \
        (void)argument;                                 \
        tell_that_it_may_go();                          \
        use_it();                                       \
    }                                                   \
    static void use_it##_before(void *argument) {       \
        (void)argument;                                 \
        use_it();                                       \
        tell_that_it_may_go();                          \
    }

USES_AFTER_AND_BEFORE(use_lock)
USES_AFTER_AND_BEFORE(try_lock)
USES_AFTER_AND_BEFORE(use_word)

static void free_when_told(sync_thread_body user) {
    piece = sync_alloc(sizeof(*heap_lock) + sizeof(*heap_word));
    heap_lock = (struct sync_mutex *)(void *)piece;
    heap_word = (struct sync_u32 *)(void *)(piece + sizeof(*heap_lock));
    sync_mutex_init(heap_lock, SYNC_RANK_NONE);
    *heap_word = (struct sync_u32){ 0 };
    start(0, user);
    use_lock();
    bool is_told = sync_u32_load(&word, SYNC_ACQUIRE) != 0;
    if (!is_told) {
        join(1);
    }
    sync_free(piece);
    if (is_told) {
        join(1);
    }
}

static void lock_goes_too_early(void) {
    free_when_told(use_lock_after);
}

static void lock_goes_in_time(void) {
    free_when_told(use_lock_before);
}

static void tried_lock_goes_too_early(void) {
    free_when_told(try_lock_after);
}

static void tried_lock_goes_in_time(void) {
    free_when_told(try_lock_before);
}

static void word_goes_too_early(void) {
    free_when_told(use_word_after);
}

static void word_goes_in_time(void) {
    free_when_told(use_word_before);
}
static void is_never_joined(void) {
    start(0, write_left);
}

/* ---- what stops a process elsewhere ---- */

static void writes_nowhere(void) {
    static volatile char *volatile nowhere;
    *nowhere = 1;
}

static int dig(volatile int *depth) {
    volatile char room[512];
    room[0] = (char)++*depth;
    return *depth > 0 ? dig(depth) + room[0] : 0;
}

static void digs(void) {
    volatile int depth = 0;
    (void)dig(&depth);
}

static void aborts(void) {
    abort();
}

static void unlocks_what_it_has_not(void) {
    sync_mutex_unlock(&first);
}

static void leaves_with_a_lock(void *argument) {
    (void)argument;
    sync_mutex_lock(&first);
}

static void ends_with_a_lock(void) {
    start(0, leaves_with_a_lock);
    join(1);
}

/* ---- a panic while holding three locks ---- */

static void panic_with_three(void *argument) {
    (void)argument;
    sync_mutex_lock(&first);
    sync_mutex_lock(&second);
    sync_mutex_lock(&third);
    sync_panic(7, NULL, 0);
}

static void panics_with_three_locks(void) {
    struct sync_thread_result result;
    start(0, panic_with_three);
    EXPLORE_CHECK(sync_thread_join_until(&threads[0], SYNC_NO_DEADLINE, &result) == STATUS_OK);
    EXPLORE_CHECK(result.has_panicked && result.panic.code == 7);
    EXPLORE_CHECK(sync_mutex_is_poisoned(&first) && sync_mutex_is_poisoned(&second) &&
                  sync_mutex_is_poisoned(&third));
    EXPLORE_CHECK(sync_mutex_owner(&first) == 0);
}

static void joins_a_panic(void) {
    start(0, panic_with_three);
    join(1);
}

/* ---- as many threads as there may be ---- */

static void count_up(void *argument) {
    (void)argument;
    sync_mutex_lock(&first);
    plain[9]++;
    sync_mutex_unlock(&first);
    sync_u32_add(&word, 1, SYNC_RELAXED);
}

static void sixty_two_threads(void) {
    plain[9] = 0;
    for (int i = 0; i < CROWD; i++) {
        start(i, count_up);
    }
    struct sync_thread one_more;
    EXPLORE_CHECK(sync_thread_start(&one_more, NULL, count_up, NULL) == STATUS_NO_MEMORY);
    join(CROWD);
    EXPLORE_CHECK(plain[9] == CROWD && sync_u32_load(&word, SYNC_RELAXED) == CROWD);
}

static void counts_without_a_lock(void *argument) {
    (void)argument;
    plain[9]++;
}

static void sixty_two_race(void) {
    for (int i = 0; i < CROWD; i++) {
        start(i, counts_without_a_lock);
    }
    join(CROWD);
}

/* ---- what may fail ---- */

static void forgets_to_look(void) {
    piece = sync_alloc(16);
    use(NULL);
    sync_free(piece);
}

static void looks(void) {
    piece = sync_alloc(16);
    if (piece != NULL) {
        use(NULL);
    }
    sync_free(piece);
}

static void trusts_a_wait(void) {
    start(0, set_and_wake);
    if (sync_u32_load(&word, SYNC_ACQUIRE) == 0) {
        (void)!sync_wait(&word, 0, SYNC_NO_DEADLINE);
    }
    EXPLORE_CHECK(sync_u32_load(&word, SYNC_ACQUIRE) == 1);
    join(1);
}

static void counts_on_its_deadline(void) {
    start(0, set_and_wake);
    EXPLORE_CHECK(sync_wait(&word, 0, 1000000) == STATUS_OK);
    join(1);
}

static void takes_the_deadline_as_it_comes(void) {
    start(0, set_and_wake);
    (void)!sync_wait(&word, 0, 1000000);
    join(1);
}

static void checks_what_is_false(void) {
    EXPLORE_CHECK(plain[0] == 255);
}

#define RANDOMLY { .strategy = EXPLORE_RANDOM }
#define FAILING { .allocation_failures = 1 }
#define ONE_ORDER { .memory = EXPLORE_MEMORY_SC }
#define SPURIOUSLY { .spurious_wakes = 1 }
#define IN_EVERY_ORDER { .strategy = EXPLORE_DPOR }
#define ROW(function, plan_of, wanted) { { #function, function, reset, NULL, plan_of }, wanted }

static const struct {
    struct explore_case chosen;
    enum verdict verdict;
} rows[] = {
    ROW(locks_cross, RANDOMLY, VERDICT_DEADLOCK),
    ROW(locks_in_order, RANDOMLY, VERDICT_HELD),
    ROW(rings_too_early, RANDOMLY, VERDICT_DEADLOCK),
    ROW(rings_in_time, RANDOMLY, VERDICT_HELD),
    ROW(wake_is_missing, RANDOMLY, VERDICT_LOST_WAKE),
    ROW(wake_is_there, RANDOMLY, VERDICT_HELD),
    ROW(spins_for_ever, RANDOMLY, VERDICT_LIVELOCK),
    ROW(spins_until_told, RANDOMLY, VERDICT_HELD),
    ROW(message_races, RANDOMLY, VERDICT_RACE),
    ROW(message_arrives, RANDOMLY, VERDICT_HELD),
    ROW(bytes_are_one, RANDOMLY, VERDICT_RACE),
    ROW(bytes_are_apart, RANDOMLY, VERDICT_HELD),
    ROW(is_freed_before, RANDOMLY, VERDICT_MISUSE),
    ROW(is_freed_after, RANDOMLY, VERDICT_HELD),
    ROW(is_freed_twice, RANDOMLY, VERDICT_MISUSE),
    ROW(is_never_freed, RANDOMLY, VERDICT_LEAK),
    ROW(is_never_joined, RANDOMLY, VERDICT_LEAK),
    ROW(writes_nowhere, RANDOMLY, VERDICT_CRASHED),
    ROW(digs, RANDOMLY, VERDICT_CRASHED),
    ROW(aborts, RANDOMLY, VERDICT_CRASHED),
    ROW(unlocks_what_it_has_not, RANDOMLY, VERDICT_ASSERTION),
    ROW(ends_with_a_lock, RANDOMLY, VERDICT_ASSERTION),
    ROW(panics_with_three_locks, RANDOMLY, VERDICT_HELD),
    ROW(joins_a_panic, RANDOMLY, VERDICT_ASSERTION),
    ROW(sixty_two_threads, { .runs = 100 }, VERDICT_HELD),
    ROW(sixty_two_race, RANDOMLY, VERDICT_RACE),
    ROW(forgets_to_look, FAILING, VERDICT_CRASHED),
    ROW(looks, FAILING, VERDICT_HELD),
    ROW(trusts_a_wait, SPURIOUSLY, VERDICT_ASSERTION),
    ROW(trusts_a_wait, ONE_ORDER, VERDICT_HELD),   /* a wake-up alone orders nothing */
    ROW(trusts_a_wait, RANDOMLY, VERDICT_ASSERTION),
    ROW(counts_on_its_deadline, RANDOMLY, VERDICT_ASSERTION),
    ROW(takes_the_deadline_as_it_comes, RANDOMLY, VERDICT_HELD),
    ROW(checks_what_is_false, RANDOMLY, VERDICT_ASSERTION),
};

static const struct {
    struct explore_case chosen;
    bool is_wrong;
} may_go[] = {
    ROW(lock_goes_too_early, IN_EVERY_ORDER, true),
    ROW(lock_goes_in_time, IN_EVERY_ORDER, false),
    ROW(tried_lock_goes_too_early, IN_EVERY_ORDER, true),
    ROW(tried_lock_goes_in_time, IN_EVERY_ORDER, false),
    ROW(word_goes_too_early, IN_EVERY_ORDER, true),
    ROW(word_goes_in_time, IN_EVERY_ORDER, false),
};

static int failed;
static int told;

static void tell(bool is_fine, const char *name, const char *what, const char *text) {
    failed += !is_fine;
    printf("%s %d - %s: %s\n", is_fine ? "ok" : "not ok", ++told, name, what);
    if (!is_fine) {
        printf("# %s\n", text);
    }
}

/* Until it fails, at most its executions; the trace is of the last one. */
static uint64_t run(const struct explore_case *chosen, struct strategy *strategy,
                    struct trace *trace) {
    uint64_t limit = chosen->plan.runs != 0 ? chosen->plan.runs : EXECUTIONS;
    for (uint64_t i = 0; i < limit && strategy->begin(strategy->self, i); i++) {
        engine_run(chosen, strategy, trace);
        if (strategy->end != NULL) {
            strategy->end(strategy->self, trace);
        }
        if (trace->verdict != VERDICT_HELD) {
            return i;
        }
    }
    return limit;
}

static void give_verdicts(void) {
    struct trace trace = { .decisions = NULL };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strategy *strategy = strategy_random_create(i);
        (void)run(&rows[i].chosen, strategy, &trace);
        char text[TRACE_TEXT_BYTES + 40];
        snprintf(text, sizeof(text), "%s: %s", verdict_name(trace.verdict), trace.text);
        tell(trace.verdict == rows[i].verdict, rows[i].chosen.name,
             verdict_name(rows[i].verdict), text);
        strategy_destroy(strategy);
    }
    tell(sync_memory_live() == 0, "after all of them", "no memory is left", "some is");
    trace_finish(&trace);
}

struct counts {
    unsigned executions, held, raced, misused;
};

static struct counts count_verdicts(const struct explore_case *chosen, struct strategy *strategy,
                                    unsigned limit) {
    struct counts counts = { 0 };
    struct trace trace = { .decisions = NULL };
    while (counts.executions < limit && strategy->begin(strategy->self, counts.executions)) {
        engine_run(chosen, strategy, &trace);
        if (strategy->end != NULL) {
            strategy->end(strategy->self, &trace);
        }
        counts.executions++;
        counts.held += trace.verdict == VERDICT_HELD;
        counts.raced += trace.verdict == VERDICT_RACE;
        counts.misused += trace.verdict == VERDICT_MISUSE;
    }
    strategy_destroy(strategy);
    trace_finish(&trace);
    return counts;
}

/*
 * The reduction tries only one order of a use and a free, so each must be told: as a race when
 * the use came first, as misuse when the free did.  By chance both are met.
 */
static void free_in_every_order(void) {
    for (size_t i = 0; i < COUNT_OF(may_go); i++) {
        char text[TRACE_TEXT_BYTES];
        struct explore_case chosen = may_go[i].chosen;
        struct counts all = count_verdicts(&chosen, strategy_dpor_create(), EXECUTIONS);
        chosen.plan.strategy = EXPLORE_RANDOM;
        struct counts some = count_verdicts(&chosen, strategy_random_create(i), EXECUTIONS);
        bool is_right = may_go[i].is_wrong
                            ? all.raced + all.misused > 0 && some.raced > 0 && some.misused > 0
                            : all.held == all.executions && some.held == some.executions;
        snprintf(text, sizeof(text), "of %u: %u held, %u raced, %u misused; of %u: %u, %u, %u",
                 all.executions, all.held, all.raced, all.misused, some.executions, some.held,
                 some.raced, some.misused);
        tell(is_right && all.executions < EXECUTIONS, may_go[i].chosen.name, "in every order",
             text);
    }
}

static bool is_same(const struct trace *a, const struct trace *b) {
    return a->decision_count == b->decision_count && a->verdict == b->verdict &&
           memcmp(a->decisions, b->decisions, a->decision_count * sizeof(*a->decisions)) == 0;
}

/* The same seed twice, and the decisions of the failure alone. */
static void repeat(void) {
    struct explore_case chosen = rows[0].chosen;
    struct trace traces[2] = { { .decisions = NULL } };
    for (int i = 0; i < 2; i++) {
        struct strategy *strategy = strategy_walk_create(3);
        (void)run(&chosen, strategy, &traces[i]);
        strategy_destroy(strategy);
    }
    tell(is_same(&traces[0], &traces[1]), chosen.name, "a seed gives the same again",
         "it does not");
    tell(strstr(traces[0].text, "thread 1 wants lock") != NULL &&
             strstr(traces[0].text, "thread 2 wants lock") != NULL,
         chosen.name, "a deadlock names threads and locks", traces[0].text);
    uint8_t choices[256];
    for (size_t i = 0; i < traces[0].decision_count && i < sizeof(choices); i++) {
        choices[i] = traces[0].decisions[i].chosen;
    }
    struct strategy *replay = strategy_replay_create(choices, traces[0].decision_count);
    for (int i = 0; i < 100; i++) {
        (void)replay->begin(replay->self, 0);
        engine_run(&chosen, replay, &traces[1]);
        if (!is_same(&traces[0], &traces[1])) {
            break;
        }
    }
    tell(is_same(&traces[0], &traces[1]), chosen.name, "its choices give it again", traces[1].text);
    strategy_destroy(replay);
    trace_finish(&traces[0]);
    trace_finish(&traces[1]);
}

static struct strategy *make(int which) {
    switch (which) {
    case 0: return strategy_walk_create(1);
    case 1: return strategy_pct_create(1, 3);
    default: return strategy_bounded_create(2);
    }
}

/* Every strategy finds the deadlock, the lost ring and the race, and ends on who spins. */
static void search_by_all(void) {
    static const char *const names[] = { "walk", "pct", "bounded" };
    static const size_t some[] = { 0, 2, 7, 8 };
    struct trace trace = { .decisions = NULL };
    for (int which = 0; which < (int)COUNT_OF(names); which++) {
        for (size_t i = 0; i < COUNT_OF(some); i++) {
            struct strategy *strategy = make(which);
            (void)run(&rows[some[i]].chosen, strategy, &trace);
            tell(trace.verdict == rows[some[i]].verdict, rows[some[i]].chosen.name, names[which],
                 trace.text);
            strategy_destroy(strategy);
        }
    }
    trace_finish(&trace);
}

int main(void) {
    if (strcmp(sync_body_name(), "explore") != 0) {
        puts("ok 1 - the verdicts are the explorer's # SKIP");
        return 0;
    }
    if (engine_create() != STATUS_OK) {
        return 3;
    }
    give_verdicts();
    repeat();
    search_by_all();
    free_in_every_order();
    engine_destroy();
    return failed != 0;
}
