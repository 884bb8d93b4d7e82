/* cancel_test.c - tokens: the tree, the handlers, and who may take them back when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/atomic.h"
#include "sync/cancel.h"
#include "sync/clock.h"
#include "sync/fault.h"
#include "sync/memory.h"
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
    struct sync_cancel *root = make(NULL), *child = make(root);
    int ids[] = { 0, 1, 2, 3, 4 };
    struct sync_cancel_handler handlers[5];
    struct sync_cancel *of[] = { root, root, child, child, root };
    for (int i = 0; i < 5; i++) {
        handlers[i] = (struct sync_cancel_handler){ .run = note, .argument = &ids[i] };
        assert_true(sync_cancel_watch(of[i], &handlers[i]));
    }
    assert_true(sync_cancel_unwatch(root, &handlers[1]));
    ran.count = 0;
    sync_cancel_fire(root);
    sync_cancel_fire(root);
    sync_cancel_fire(child);
    static const int wanted[] = { 3, 2, 4, 0 };
    assert_int_equal(ran.count, 4);
    assert_memory_equal(ran.ids, wanted, sizeof(wanted));
    for (int i = 0; i < 5; i++) {
        assert_false(sync_cancel_unwatch(of[i], &handlers[i]));
    }
    assert_false(sync_cancel_watch(root, &handlers[0]));
    assert_int_equal(ran.count, 4);
    sync_cancel_release(child);
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
        cmocka_unit_test(after_unwatch_the_handler_neither_runs_nor_is_running),
        cmocka_unit_test(a_create_without_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
