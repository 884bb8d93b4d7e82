/* cancel_explore_test.c - cancellation tokens, where mutants of them show. */
#include <string.h>

#include "team.h"
#include "sync/atomic.h"
#include "sync/cancel.h"
#include "sync/wait.h"

static struct {
    struct sync_cancel *token, *child;
    struct sync_cancel_handler handlers[2];
    uint32_t before;               /* written before the firing */
    uint32_t guarded;              /* by the handler's not running any more */
    struct sync_u32 runs;
    struct sync_u32 order;         /* of the handlers, as decimal digits */
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
}

static void create_tokens(void) {
    EXPLORE_CHECK(sync_cancel_create(NULL, &s.token) == STATUS_OK);
    EXPLORE_CHECK(sync_cancel_create(s.token, &s.child) == STATUS_OK);
}

static void release_tokens(void) {
    sync_cancel_release(s.child);
    sync_cancel_release(s.token);
}

static void fire(void *unused) {
    (void)unused;
    s.before = 1;
    sync_cancel_fire(s.token);
}

static void fire_again(void *unused) {
    (void)unused;
    sync_cancel_fire(s.token);
}

static void look(void *unused) {
    (void)unused;
    if (sync_cancel_is_fired(s.token)) {
        EXPLORE_CHECK(s.before == 1);
    }
}

static void what_came_before_the_firing_is_seen(void) {
    create_tokens();
    TEAM_RUN(look, fire);
    EXPLORE_CHECK(sync_cancel_is_fired(s.child));
    release_tokens();
}

static void count_run(void *unused) {
    (void)unused;
    s.guarded++;
    sync_u32_add(&s.runs, 1, SYNC_RELAXED);
}

static void watch_and_unwatch(void *unused) {
    (void)unused;
    s.handlers[0] = (struct sync_cancel_handler){ .run = count_run };
    bool is_registered = sync_cancel_watch(s.token, &s.handlers[0]);
    bool never_ran = sync_cancel_unwatch(s.token, &s.handlers[0]);
    s.guarded++;
    EXPLORE_CHECK(sync_u32_load(&s.runs, SYNC_RELAXED) == (is_registered && !never_ran));
}

static void an_unwatched_handler_runs_no_more(void) {
    create_tokens();
    TEAM_RUN(watch_and_unwatch, fire);
    release_tokens();
}

/* Says that it runs, and takes a while. */
static void run_long(void *unused) {
    (void)unused;
    sync_u32_store(&s.runs, 1, SYNC_RELAXED);
    sync_wake(&s.runs, 1);
    (void)sync_u32_load(&s.order, SYNC_RELAXED);
    s.guarded++;
}

static void unwatch_while_it_runs(void *unused) {
    (void)unused;
    while (sync_u32_load(&s.runs, SYNC_RELAXED) == 0) {
        (void)!sync_wait(&s.runs, 0, SYNC_NO_DEADLINE);
    }
    EXPLORE_CHECK(!sync_cancel_unwatch(s.token, &s.handlers[0]));
    s.guarded++;
}

static void a_handler_that_runs_is_waited_for(void) {
    create_tokens();
    s.handlers[0] = (struct sync_cancel_handler){ .run = run_long };
    EXPLORE_CHECK(sync_cancel_watch(s.token, &s.handlers[0]));
    TEAM_RUN(unwatch_while_it_runs, fire);
    EXPLORE_CHECK(s.guarded == 2);
    release_tokens();
}

static void watch_child_and_unwatch(void *unused) {
    (void)unused;
    s.handlers[0] = (struct sync_cancel_handler){ .run = count_run };
    bool is_registered = sync_cancel_watch(s.child, &s.handlers[0]);
    bool never_ran = sync_cancel_unwatch(s.child, &s.handlers[0]);
    s.guarded++;
    EXPLORE_CHECK(sync_u32_load(&s.runs, SYNC_RELAXED) == (is_registered && !never_ran));
}

static void two_fire_and_one_unwatches(void) {
    create_tokens();
    TEAM_RUN(watch_child_and_unwatch, fire, fire_again);
    EXPLORE_CHECK(sync_cancel_is_fired(s.child));
    release_tokens();
}

static void note_order(void *digit) {
    uint32_t so_far = sync_u32_load(&s.order, SYNC_RELAXED);
    sync_u32_store(&s.order, 10 * so_far + *(uint32_t *)digit, SYNC_RELAXED);
}

static void handlers_run_once_newest_first(void) {
    uint32_t digits[] = { 1, 2 };
    create_tokens();
    for (int i = 0; i < 2; i++) {
        s.handlers[i] = (struct sync_cancel_handler){ .run = note_order,
                                                      .argument = &digits[i] };
        EXPLORE_CHECK(sync_cancel_watch(s.token, &s.handlers[i]));
    }
    TEAM_RUN(fire_again, fire_again);
    EXPLORE_CHECK(sync_u32_load(&s.order, SYNC_RELAXED) == 21);
    release_tokens();
}

/* Its own token comes and goes while the one above is fired. */
static void live_below(void *unused) {
    (void)unused;
    struct sync_cancel *mine;
    bool was_above = sync_cancel_is_fired(s.token);
    EXPLORE_CHECK(sync_cancel_create(s.token, &mine) == STATUS_OK);
    EXPLORE_CHECK(!was_above || sync_cancel_is_fired(mine));
    sync_cancel_release(mine);
}

static void tokens_come_and_go_below_one_that_fires(void) {
    create_tokens();
    TEAM_RUN(live_below, fire);
    release_tokens();
}

static void release_child(void *unused) {
    (void)unused;
    sync_cancel_release(s.child);
}

static void release_token(void *unused) {
    (void)unused;
    sync_cancel_release(s.token);
}

static void parents_and_children_end_in_any_order(void) {
    create_tokens();
    TEAM_RUN(release_child, release_token);
}

#define CASE(NAME) { .name = #NAME, .body = NAME, .reset = forget }
static const struct explore_case cases[] = {
    CASE(what_came_before_the_firing_is_seen),
    CASE(an_unwatched_handler_runs_no_more),
    CASE(a_handler_that_runs_is_waited_for),
    CASE(two_fire_and_one_unwatches),
    CASE(handlers_run_once_newest_first),
    CASE(tokens_come_and_go_below_one_that_fires),
    CASE(parents_and_children_end_in_any_order),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
