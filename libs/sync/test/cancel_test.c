/* cancel_test.c - tokens: the tree, the handlers, and who may take them back when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "misuse_expect.h"
#include "sync/atomic.h"
#include "sync/cancel.h"
#include "sync/fault.h"
#include "sync/memory.h"
#include "sync/mutex.h"
#include "sync/panic.h"
#include "sync/thread.h"

enum { ROOM = 64 };
static struct { int ids[ROOM]; int count; } ran;

static void note(void *argument) {
    assert_true(ran.count < ROOM);
    ran.ids[ran.count++] = *(int *)argument;
}

static struct sync_cancel *make(struct sync_cancel *parent) {
    struct sync_cancel *token = NULL;
    assert_int_equal(sync_cancel_create(parent, &token), STATUS_OK);
    return token;
}

static void firing_goes_down_and_never_up(void **state) {
    (void)state;
    struct sync_cancel *root = make(NULL), *left = make(root), *right = make(root);
    struct sync_cancel *leaf = make(left);
    sync_cancel_fire(left);
    assert_false(sync_cancel_is_fired(root));
    assert_true(sync_cancel_is_fired(left));
    assert_true(sync_cancel_is_fired(leaf));
    assert_false(sync_cancel_is_fired(right));
    sync_cancel_fire(root);
    assert_true(sync_cancel_is_fired(right));
    struct sync_cancel *late = make(right);
    assert_true(sync_cancel_is_fired(late));
    assert_false(sync_cancel_is_fired(NULL));
    sync_cancel_release(root);
    sync_cancel_release(left);
    sync_cancel_release(leaf);
    sync_cancel_release(late);
    sync_cancel_release(right);
    sync_cancel_release(NULL);
}

static void handlers_run_once_newest_first_and_lower_tokens_first(void **state) {
    (void)state;
    enum { HANDLERS = 8 };
    struct sync_cancel *root = make(NULL), *old = make(root), *young = make(root);
    struct sync_cancel *leaf = make(old);
    int ids[HANDLERS] = { 0, 1, 2, 3, 4, 5, 6, 7 };
    struct sync_cancel_handler handlers[HANDLERS];
    struct sync_cancel *of[HANDLERS] = { root, root, old, old, root, leaf, young, old };
    for (int i = 0; i < HANDLERS; i++) {
        handlers[i] = (struct sync_cancel_handler){ .run = note, .argument = &ids[i] };
        assert_true(sync_cancel_watch(of[i], &handlers[i]));
    }
    assert_true(sync_cancel_unwatch(root, &handlers[1]));
    assert_true(sync_cancel_unwatch(old, &handlers[7]));
    ran.count = 0;
    sync_cancel_fire(root);
    sync_cancel_fire(root);
    sync_cancel_fire(old);
    static const int wanted[] = { 6, 5, 3, 2, 4, 0 };
    assert_int_equal(ran.count, 6);
    assert_memory_equal(ran.ids, wanted, sizeof(wanted));
    for (int i = 0; i < HANDLERS; i++) {
        assert_false(sync_cancel_unwatch(of[i], &handlers[i]));
    }
    assert_false(sync_cancel_watch(root, &handlers[0]));
    assert_int_equal(ran.count, 6);
    sync_cancel_release(leaf);
    sync_cancel_release(old);
    sync_cancel_release(young);
    sync_cancel_release(root);
}

static void a_released_parent_still_passes_on_what_is_fired_above_it(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    struct sync_cancel *root = make(NULL), *middle = make(root), *leaf = make(middle);
    sync_cancel_release(middle);
    sync_cancel_fire(root);
    assert_true(sync_cancel_is_fired(leaf));
    sync_cancel_release(root);
    sync_cancel_release(leaf);
    assert_int_equal(sync_memory_live(), live);
}

static void deep_and_broad_trees_cost_no_stack(void **state) {
    (void)state;
    enum { DEEP = 200000, BROAD = 50000 };
    uint64_t live = sync_memory_live();
    struct sync_cancel *root = make(NULL), *at = sync_cancel_retain(root);
    for (int i = 0; i < DEEP; i++) {
        struct sync_cancel *child = make(at);
        sync_cancel_release(at);
        at = child;
    }
    static struct sync_cancel *children[BROAD];
    for (int i = 0; i < BROAD; i++) {
        children[i] = make(root);
    }
    sync_cancel_fire(root);
    assert_true(sync_cancel_is_fired(at));
    for (int i = 0; i < BROAD; i++) {
        assert_true(sync_cancel_is_fired(children[i]));
        sync_cancel_release(children[i]);
    }
    sync_cancel_release(root);
    sync_cancel_release(at);
    assert_int_equal(sync_memory_live(), live);
}

struct pair { struct sync_cancel *token; struct sync_cancel_handler *mine, *other; bool took; };

static void unwatch_both(void *argument) {
    struct pair *pair = argument;
    assert_false(sync_cancel_unwatch(pair->token, pair->mine));   /* runs: does not wait */
    pair->took = sync_cancel_unwatch(pair->token, pair->other);
}

static void a_handler_may_unwatch_itself_and_others(void **state) {
    (void)state;
    struct sync_cancel *token = make(NULL);
    int id = 1;
    struct sync_cancel_handler first = { .run = note, .argument = &id }, second;
    struct pair pair = { .token = token, .mine = &second, .other = &first };
    second = (struct sync_cancel_handler){ .run = unwatch_both, .argument = &pair };
    assert_true(sync_cancel_watch(token, &first));
    assert_true(sync_cancel_watch(token, &second));
    ran.count = 0;
    sync_cancel_fire(token);
    assert_true(pair.took);
    assert_int_equal(ran.count, 0);
    sync_cancel_release(token);
}

struct chain { struct sync_cancel *token, *other; };

static void look_that_both_are_marked(void *argument) {
    const struct chain *chain = argument;
    ran.count += sync_cancel_is_fired(chain->token) && sync_cancel_is_fired(chain->other);
}

static void release_and_fire(void *argument) {
    const struct chain *chain = argument;
    sync_cancel_release(chain->token);
    sync_cancel_fire(chain->other);
}

static void no_handler_finds_a_token_below_unmarked(void **state) {
    (void)state;
    struct sync_cancel *root = make(NULL), *left = make(root), *right = make(root);
    struct chain chains[] = { { root, left }, { root, right } };
    struct sync_cancel_handler handlers[2];
    for (int i = 0; i < 2; i++) {
        handlers[i] = (struct sync_cancel_handler){ .run = look_that_both_are_marked,
                                                    .argument = &chains[i] };
    }
    assert_true(sync_cancel_watch(right, &handlers[0]));
    assert_true(sync_cancel_watch(left, &handlers[1]));
    ran.count = 0;
    sync_cancel_fire(root);
    assert_int_equal(ran.count, 2);
    sync_cancel_release(left);
    sync_cancel_release(right);
    sync_cancel_release(root);
}

static void a_handler_may_release_its_token_and_fire_another(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    struct sync_cancel *root = make(NULL), *child = make(root), *other = make(NULL);
    struct chain chain = { child, other };
    struct sync_cancel_handler handler = { .run = release_and_fire, .argument = &chain };
    assert_true(sync_cancel_watch(child, &handler));
    sync_cancel_fire(root);
    assert_true(sync_cancel_is_fired(other));
    sync_cancel_release(other);
    sync_cancel_release(root);
    assert_int_equal(sync_memory_live(), live);
}

static void panic_now(void *argument) {
    (void)argument;
    sync_panic(7, NULL, 0);
}

static void fire_it(void *argument) {
    sync_cancel_fire(argument);
}

static void fire_and_contain(struct sync_cancel *token) {
    struct sync_panic panic;
    (void)!sync_panic_catch(fire_it, token, &panic);
}

/* The misuses leave things half done: what they took is not given back. */
static void misuse_stops_with_a_message(void **state) {
    (void)state;
    int id = 0;
    struct sync_cancel_handler handler = { .run = note, .argument = &id };
    static struct sync_cancel *tokens[2];   /* kept, so that nothing is leaked */
    tokens[0] = make(NULL);
    tokens[1] = make(NULL);
    assert_true(sync_cancel_watch(tokens[0], &handler));
    ASSERT_MISUSE(sync_cancel_release(tokens[0]), "a token of rank cancel is released for the "
                                                  "last time while a handler is registered");
    handler.run = panic_now;
    assert_true(sync_cancel_watch(tokens[1], &handler));
    ASSERT_MISUSE(fire_and_contain(tokens[1]), "a token of rank cancel has a handler that panics");
}

static void firing_under_a_later_lock_stops_check_builds(void **state) {
    (void)state;
    if (!ASSERT_IS_SLOW) {
        return;   /* other builds do not look */
    }
    struct sync_mutex mutex;
    struct sync_cancel *token = make(NULL);
    sync_mutex_init(&mutex, SYNC_RANK_CHANNEL);
    sync_mutex_lock(&mutex);
    ASSERT_MISUSE(sync_cancel_fire(token), "a token of rank cancel is asked for while one of "
                                           "the same or a later rank is held");
    sync_mutex_unlock(&mutex);
    sync_mutex_finish(&mutex);
    sync_cancel_release(token);
}

/* One thread fires while the other takes its handler back: it ran wholly, or not at all. */
struct race {
    struct sync_cancel *token;
    struct sync_u32 go;
    int begun, ended;      /* plain: unwatch orders them */
};

static void slow_handler(void *argument) {
    struct race *race = argument;
    race->begun++;
    for (int i = 0; i < 200; i++) {
        sync_spin_hint();
    }
    race->ended++;
}

static void fire_when_told(void *argument) {
    struct race *race = argument;
    while (sync_u32_load(&race->go, SYNC_ACQUIRE) == 0) {
        sync_spin_hint();
    }
    sync_cancel_fire(race->token);
}

static void after_unwatch_the_handler_neither_runs_nor_is_running(void **state) {
    (void)state;
    for (int i = 0; i < 300; i++) {
        struct race race = { .token = make(NULL) };
        struct sync_cancel_handler handler = { .run = slow_handler, .argument = &race };
        struct sync_thread thread;
        struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
        assert_true(sync_cancel_watch(race.token, &handler));
        assert_int_equal(sync_thread_start(&thread, &options, fire_when_told, &race), STATUS_OK);
        sync_u32_store(&race.go, 1, SYNC_RELEASE);
        for (int spin = 0; spin < i * 20; spin++) {
            sync_spin_hint();
        }
        bool took = sync_cancel_unwatch(race.token, &handler);
        assert_int_equal(race.begun, took ? 0 : 1);
        assert_int_equal(race.ended, race.begun);
        sync_thread_join(&thread);
        assert_int_equal(race.begun, took ? 0 : 1);
        sync_cancel_release(race.token);
    }
}

static void a_create_without_memory_changes_nothing(void **state) {
    (void)state;
    struct sync_cancel *root = make(NULL), *child = root;
    uint64_t live = sync_memory_live();
    sync_fault_arm(SYNC_FAULT_MEMORY, 1, false);
    assert_int_equal(sync_cancel_create(root, &child), STATUS_NO_MEMORY);
    assert_true(sync_fault_disarm(SYNC_FAULT_MEMORY));
    assert_null(child);
    assert_int_equal(sync_memory_live(), live);
    sync_cancel_fire(root);
    sync_cancel_release(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(firing_goes_down_and_never_up),
        cmocka_unit_test(handlers_run_once_newest_first_and_lower_tokens_first),
        cmocka_unit_test(a_released_parent_still_passes_on_what_is_fired_above_it),
        cmocka_unit_test(deep_and_broad_trees_cost_no_stack),
        cmocka_unit_test(a_handler_may_unwatch_itself_and_others),
        cmocka_unit_test(no_handler_finds_a_token_below_unmarked),
        cmocka_unit_test(a_handler_may_release_its_token_and_fire_another),
        cmocka_unit_test(firing_under_a_later_lock_stops_check_builds),
        cmocka_unit_test(after_unwatch_the_handler_neither_runs_nor_is_running),
        cmocka_unit_test(a_create_without_memory_changes_nothing),
        cmocka_unit_test(misuse_stops_with_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
