/*
 * local_test.c - values of which every thread has its own: defaults, destructors, order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "dies.h"
#include "sync/atomic.h"
#include "sync/local.h"
#include "sync/memory.h"
#include "sync/thread.h"

static const struct sync_thread_options plain = { .cpu = SYNC_CPU_ANY };

static struct sync_local numbers;
static struct sync_local letters[3];
static char word[16];        /* of one thread at a time */
static struct sync_u32 made, destroyed;

static void run(sync_thread_body body, void *argument) {
    struct sync_thread thread;
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, &plain, body, argument));
    sync_thread_join(&thread);
}

static void init(struct sync_local *local, struct sync_local_options options) {
    assert_int_equal(STATUS_OK, sync_local_init(local, &options));
}

static void look(void *argument) {
    void **seen = argument;
    seen[0] = sync_local_get(&numbers);
    sync_local_set(&numbers, argument);
    seen[1] = sync_local_get(&numbers);
}

static void every_thread_begins_with_the_default(void **state) {
    (void)state;
    int initial;
    int mine;
    init(&numbers, (struct sync_local_options){ .initial = &initial });
    assert_ptr_equal(&initial, sync_local_get(&numbers));
    sync_local_set(&numbers, &mine);
    for (int i = 0; i < 3; i++) {
        void *seen[2] = { NULL, NULL };
        run(look, seen);
        assert_ptr_equal(&initial, seen[0]);
        assert_ptr_equal(seen, seen[1]);
    }
    assert_ptr_equal(&mine, sync_local_get(&numbers));
    sync_local_finish(&numbers);
}

static void *make_number(void) {
    sync_u32_add(&made, 1, SYNC_RELAXED);
    return sync_alloc(8);
}

static void destroy_number(void *value) {
    sync_u32_add(&destroyed, 1, SYNC_RELAXED);
    sync_free(value);
}

static void look_twice(void *argument) {
    void *first = sync_local_get(&numbers);
    assert_non_null(first);
    assert_ptr_equal(first, sync_local_get(&numbers));
    if (argument != NULL) {
        sync_panic(1, NULL, 0);
    }
}

static void look_at_nothing(void *argument) {
    (void)argument;
}

static void values_are_made_at_the_first_look_and_destroyed_by_the_end(void **state) {
    (void)state;
    uint64_t live = sync_memory_live();
    init(&numbers, (struct sync_local_options){ .make = make_number, .destroy = destroy_number });
    for (uint32_t i = 1; i <= 3; i++) {
        run(look_twice, NULL);
        assert_int_equal(i, sync_u32_load(&made, SYNC_RELAXED));
        assert_int_equal(i, sync_u32_load(&destroyed, SYNC_RELAXED));
    }
    struct sync_thread thread;
    struct sync_thread_result result;
    assert_int_equal(STATUS_OK, sync_thread_start(&thread, &plain, look_twice, &numbers));
    assert_int_equal(STATUS_OK, sync_thread_join_until(&thread, UINT64_MAX, &result));
    assert_true(result.has_panicked);   /* a panic destroys them, too */
    assert_int_equal(4, sync_u32_load(&destroyed, SYNC_RELAXED));
    run(look_at_nothing, NULL);
    assert_int_equal(4, sync_u32_load(&made, SYNC_RELAXED));
    look_twice(NULL);
    sync_local_clear();
    assert_int_equal(5, sync_u32_load(&destroyed, SYNC_RELAXED));
    sync_local_clear();
    assert_int_equal(5, sync_u32_load(&destroyed, SYNC_RELAXED));
    sync_local_finish(&numbers);
    assert_int_equal(live, sync_memory_live());
}

static void spell(void *value) {
    size_t length = strlen(word);
    assert_true(length + 1 < sizeof(word));
    word[length] = *(const char *)value;
    word[length + 1] = '\0';
}

static void set_all(void *argument) {
    const char *values = argument;
    for (int i = 0; i < 3; i++) {
        sync_local_set(&letters[i], (void *)(uintptr_t)&values[i]);
    }
}

static void destructors_run_in_reverse_order_of_making_the_locals(void **state) {
    (void)state;
    struct sync_local gap;
    init(&gap, (struct sync_local_options){ .initial = NULL });
    init(&letters[0], (struct sync_local_options){ .destroy = spell });
    init(&letters[1], (struct sync_local_options){ .destroy = spell });
    sync_local_finish(&gap);   /* the last one takes a place before the others */
    init(&letters[2], (struct sync_local_options){ .destroy = spell });
    word[0] = '\0';
    run(set_all, "abc");
    assert_string_equal("cba", word);
    word[0] = '\0';
    set_all("xyz");
    sync_local_finish(&letters[1]);   /* the value is forgotten with the local */
    sync_local_clear();
    assert_string_equal("zx", word);
    sync_local_finish(&letters[0]);
    sync_local_finish(&letters[2]);
}

/* Sets the other one, and itself again, as long as it is asked. */
static void set_again(void *value) {
    spell(value);
    sync_local_set(&letters[0], value);
}

static void destructors_that_set_values_have_an_end(void **state) {
    (void)state;
    init(&letters[0], (struct sync_local_options){ .destroy = set_again });
    word[0] = '\0';
    sync_local_set(&letters[0], (void *)(uintptr_t)"r");
    sync_local_clear();
    assert_int_equal(SYNC_LOCAL_ROUNDS, strlen(word));
    assert_null(sync_local_get(&letters[0]));
    sync_local_finish(&letters[0]);
}

static void there_is_a_limit_to_locals_and_places_are_used_again(void **state) {
    (void)state;
    struct sync_local many[SYNC_LOCALS_MAX + 1];
    struct sync_local_options options = { .initial = many };
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < SYNC_LOCALS_MAX; i++) {
            assert_int_equal(STATUS_OK, sync_local_init(&many[i], &options));
            assert_ptr_equal(many, sync_local_get(&many[i]));   /* not what was there before */
            sync_local_set(&many[i], NULL);
            assert_null(sync_local_get(&many[i]));
        }
        assert_int_equal(STATUS_LIMIT, sync_local_init(&many[SYNC_LOCALS_MAX], &options));
        for (int i = 0; i < SYNC_LOCALS_MAX; i++) {
            sync_local_finish(&many[i]);
        }
    }
}

static void panic_now(void *value) {
    (void)value;
    sync_panic(6, NULL, 0);
}

static void set_panicking(void *argument) {
    sync_local_set(&numbers, argument);
}

static void panic_in_a_destructor(void) {
    init(&numbers, (struct sync_local_options){ .destroy = panic_now });
    run(set_panicking, &numbers);
}

static void a_destructor_may_not_panic(void **state) {
    (void)state;
    assert_true(dies_saying(panic_in_a_destructor, "within a cleanup"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_thread_begins_with_the_default),
        cmocka_unit_test(values_are_made_at_the_first_look_and_destroyed_by_the_end),
        cmocka_unit_test(destructors_run_in_reverse_order_of_making_the_locals),
        cmocka_unit_test(destructors_that_set_values_have_an_end),
        cmocka_unit_test(there_is_a_limit_to_locals_and_places_are_used_again),
        cmocka_unit_test(a_destructor_may_not_panic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
