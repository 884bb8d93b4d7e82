/*
 * panic_test.c - bodies that panic: contained ones are nobody's business, others stop the
 * program instead of leaving the caller to wait for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../sync/test/dies.h"
#include "base/attr.h"
#include "sync/panic.h"
#include "workpool/workpool.h"

enum { COUNT = 64 };

static uint32_t contained[COUNT];
static uint32_t workers;

static void panic(void *argument) {
    sync_panic(*(const uint32_t *)argument, NULL, 0);
}

static enum status contain(const struct workpool_chunk *chunk) {
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        struct sync_panic caught;
        uint32_t code = (uint32_t)i + 1;
        contained[i] = sync_panic_catch(panic, &code, &caught) ? caught.code : 0;
    }
    return STATUS_OK;
}

static enum status panic_at_last(const struct workpool_chunk *chunk) {
    uint32_t code = 1;
    if (chunk->end == COUNT) {
        panic(&code);
    }
    return STATUS_OK;
}

static const struct workpool_kind containing = { .name = "test.contain", .body = contain };
static const struct workpool_kind panicking = { .name = "test.panic", .body = panic_at_last };
static const struct workpool_kind *const kinds[] = { &containing, &panicking };
static const struct workpool_kind_set set = { kinds, COUNT_OF(kinds) };
static const struct workpool_kind_set *const sets[] = { &set };

static void run(const struct workpool_kind *kind, uint32_t count) {
    struct workpool *pool;
    struct workpool_options options = { .name = "panic", .workers = count, .kind_sets = sets,
                                        .kind_set_count = 1 };
    assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
    struct workpool_job job = { .kind = kind, .count = COUNT, .grain = 1 };
    assert_int_equal(STATUS_OK, workpool_run(pool, &job, NULL));
    workpool_destroy(pool);
}

/* The catch is around the run, and not in the body: too late for the pool. */
static void run_with_pool(void *unused) {
    (void)unused;
    run(&panicking, workers);
}

static void run_without_pool(void *unused) {
    (void)unused;
    struct workpool_job job = { .kind = &panicking, .count = COUNT, .grain = 1 };
    (void)!workpool_run(NULL, &job, NULL);
}

static void die_with_pool(void) {
    struct sync_panic panic;
    (void)!sync_panic_catch(run_with_pool, NULL, &panic);
}

static void die_without_pool(void) {
    struct sync_panic panic;
    (void)!sync_panic_catch(run_without_pool, NULL, &panic);
}

static const uint32_t counts[] = { 1, 2, 3, 4, 8 };

static void a_panic_inside_a_body_may_be_contained(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        run(&containing, counts[i]);
        for (uint32_t j = 0; j < COUNT; j++) {
            assert_int_equal(j + 1, contained[j]);
            contained[j] = 0;
        }
    }
}

static void a_panic_that_leaves_a_body_stops_the_program(void **state) {
    (void)state;
    static const char words[] = "a body of the pool panicked, and did not contain it";
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        workers = counts[i];
        assert_true(dies_saying(die_with_pool, words));
    }
    assert_true(dies_saying(die_without_pool, words));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_panic_inside_a_body_may_be_contained),
        cmocka_unit_test(a_panic_that_leaves_a_body_stops_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
