/*
 * pool_test.c - how many workers a command gets, and what its audit file holds.
 *
 * The expected audit text is the policy's (docs/parallelism.md), written by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "cli/cli.h"
#include "sync/fault.h"
#include "sync/file.h"
#include "sync/memory.h"
#include "sync/thread.h"

static enum status square_body(const struct workpool_chunk *chunk) {
    uint64_t *out = chunk->context;
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        out[i] = i * i;
    }
    return STATUS_OK;
}

static const struct workpool_kind square = { .name = "test.square", .body = square_body };
static const struct workpool_kind *const kinds[] = { &square };
static const struct workpool_kind_set set = { kinds, COUNT_OF(kinds) };
static const struct workpool_kind_set *const sets[] = { &set };

static void forget_environment(void) {
    assert_int_equal(0, unsetenv("WEFT_WORKERS"));
    assert_int_equal(0, unsetenv("WEFT_POOL_CONFIG"));
    assert_int_equal(0, unsetenv("WEFT_POOL_WORKERS"));
    assert_int_equal(0, unsetenv("WEFT_POOL_DECODE"));
}

static uint32_t workers_with(uint64_t asked) {
    struct cli_pool pool = CLI_POOL_INIT;
    pool.workers = asked;
    assert_true(cli_pool_open(&pool, "test", sets, COUNT_OF(sets)));
    uint32_t workers = workpool_workers(pool.pool);
    assert_true(cli_pool_close(&pool));
    return workers;
}

static void the_command_line_wins_over_the_environment(void **state) {
    (void)state;
    forget_environment();
    int cpus[SYNC_CPUS_MAX];
    uint32_t allowed = sync_cpus_allowed(cpus);
    assert_int_equal(allowed < 16 ? allowed : 16, workers_with(UINT64_MAX));
    assert_int_equal(0, setenv("WEFT_WORKERS", "3", 1));
    assert_int_equal(3, workers_with(UINT64_MAX));
    assert_int_equal(2, workers_with(2));
    assert_int_equal(1, workers_with(0));
    assert_int_equal(0, setenv("WEFT_WORKERS", "0", 1));
    assert_int_equal(1, workers_with(UINT64_MAX));
    forget_environment();
}

static void a_wrong_number_in_the_environment_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = { "many", "17", "1x" };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct cli_pool pool = CLI_POOL_INIT;
        assert_int_equal(0, setenv("WEFT_WORKERS", wrong[i], 1));
        assert_false(cli_pool_open(&pool, "test", sets, COUNT_OF(sets)));
        assert_null(pool.pool);
    }
    forget_environment();
}

/* Write the settings and return how many workers they give. */
static uint32_t workers_by_file(const char *settings) {
    char path[64];
    struct cli_pool pool = CLI_POOL_INIT;
    snprintf(path, sizeof(path), "/tmp/weft-cli-settings-%ld", (long)getpid());
    assert_int_equal(STATUS_OK, sync_file_replace(path, settings, strlen(settings), NULL));
    pool.config_path = path;
    uint32_t workers = 0;
    if (cli_pool_open(&pool, "test", sets, COUNT_OF(sets))) {
        workers = workpool_workers(pool.pool);
        assert_true(cli_pool_close(&pool));
    }
    assert_int_equal(0, unlink(path));
    return workers;
}

static void the_settings_file_yields_to_the_environment(void **state) {
    (void)state;
    forget_environment();
    assert_int_equal(5, workers_by_file("workers = 5\n"));
    assert_int_equal(0, workers_by_file("wrokers = 5\n"));   /* refused */
    assert_int_equal(0, setenv("WEFT_POOL_WORKERS", "6", 1));
    assert_int_equal(6, workers_by_file("workers = 5\n"));
    assert_int_equal(0, setenv("WEFT_WORKERS", "7", 1));
    assert_int_equal(7, workers_by_file("workers = 5\n"));
    assert_int_equal(0, setenv("WEFT_POOL_WROKERS", "6", 1));
    assert_int_equal(0, workers_by_file("workers = 5\n"));
    assert_int_equal(0, unsetenv("WEFT_POOL_WROKERS"));
    assert_int_equal(0, setenv("WEFT_POOL_CONFIG", "/dev/null/none", 1));
    assert_int_equal(7, workers_by_file("workers = 5\n"));   /* the option wins over its name */
    struct cli_pool pool = CLI_POOL_INIT;
    assert_false(cli_pool_open(&pool, "test", sets, COUNT_OF(sets)));
    forget_environment();
}

static void a_stage_can_be_told_to_be_sequential(void **state) {
    (void)state;
    forget_environment();
    struct cli_pool pool = CLI_POOL_INIT;
    pool.workers = 2;
    assert_int_equal(0, setenv("WEFT_POOL_DECODE", "off", 1));
    assert_true(cli_pool_open(&pool, "test", sets, COUNT_OF(sets)));
    assert_null(cli_pool_for(&pool, WORKPOOL_GATE_DECODE));
    assert_ptr_equal(pool.pool, cli_pool_for(&pool, WORKPOOL_GATE_TILES));
    assert_ptr_equal(pool.pool, cli_pool_for(&pool, WORKPOOL_GATE_INDEX));
    assert_true(cli_pool_close(&pool));
    forget_environment();
}

static char *audit_path(char *room, size_t bytes) {
    snprintf(room, bytes, "/tmp/weft-cli-audit-%ld", (long)getpid());
    return room;
}

/* Run two jobs with an audit file and return its text. */
static struct sync_bytes audited(uint64_t workers) {
    char path[64];
    uint64_t out[100];
    struct cli_pool pool = CLI_POOL_INIT;
    pool.workers = workers;
    pool.audit_path = audit_path(path, sizeof(path));
    assert_true(cli_pool_open(&pool, "test", sets, COUNT_OF(sets)));
    for (int run = 0; run < 2; run++) {
        struct workpool_job job = { .kind = &square, .count = 100, .grain = 7, .context = out };
        assert_int_equal(STATUS_OK, workpool_run(pool.pool, &job, NULL));
    }
    assert_true(cli_pool_close(&pool));
    struct sync_bytes text;
    assert_int_equal(STATUS_OK, sync_file_read(path, 1 << 20, &text, NULL));
    assert_int_equal(0, unlink(path));
    return text;
}

static void the_audit_tells_of_creation_and_of_each_run(void **state) {
    (void)state;
    struct sync_bytes one = audited(1);
    struct sync_bytes four = audited(4);
    const char *first = strchr((char *)one.bytes, '\n');
    const char *second = strchr((char *)four.bytes, '\n');
    assert_non_null(strstr((char *)one.bytes, "create"));
    assert_non_null(strstr((char *)one.bytes, "workers=1 "));
    assert_non_null(strstr((char *)four.bytes, "workers=4 "));
    assert_non_null(strstr(first, "test.square"));
    assert_string_equal(first, second);   /* only the creation knows how many workers */
    sync_free(one.bytes);
    sync_free(four.bytes);
}

static void an_audit_file_that_cannot_be_made_is_refused(void **state) {
    (void)state;
    struct cli_pool pool = CLI_POOL_INIT;
    pool.workers = 1;
    pool.audit_path = "/dev/null/no/such/place";
    assert_false(cli_pool_open(&pool, "test", sets, COUNT_OF(sets)));
    assert_null(pool.pool);
    assert_null(pool.audit);
}

static void any_allocation_may_fail(void **state) {
    (void)state;
    char path[64];
    uint64_t live = sync_memory_live();
    for (uint64_t nth = 1;; nth++) {
        struct cli_pool pool = CLI_POOL_INIT;
        pool.workers = 3;
        pool.audit_path = audit_path(path, sizeof(path));
        sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
        bool is_open = cli_pool_open(&pool, "test", sets, COUNT_OF(sets));
        bool is_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
        if (is_open) {
            assert_true(cli_pool_close(&pool));
            assert_int_equal(0, unlink(path));
        }
        assert_null(pool.audit);
        assert_int_equal(live, sync_memory_live());
        if (!is_met) {
            assert_true(is_open && nth > 3);
            break;
        }
    }
    assert_int_equal(-1, access(path, F_OK));
}

static void a_lost_audit_is_a_failure(void **state) {
    (void)state;
    char path[64];
    struct cli_pool pool = CLI_POOL_INIT;
    pool.workers = 1;
    pool.audit_path = audit_path(path, sizeof(path));
    assert_true(cli_pool_open(&pool, "test", sets, COUNT_OF(sets)));
    sync_fault_arm(SYNC_FAULT_FILE, 1, true);
    bool is_closed = cli_pool_close(&pool);
    assert_true(sync_fault_disarm(SYNC_FAULT_FILE));
    assert_false(is_closed);
    assert_int_equal(-1, access(path, F_OK));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_command_line_wins_over_the_environment),
        cmocka_unit_test(a_wrong_number_in_the_environment_is_refused),
        cmocka_unit_test(the_settings_file_yields_to_the_environment),
        cmocka_unit_test(a_stage_can_be_told_to_be_sequential),
        cmocka_unit_test(the_audit_tells_of_creation_and_of_each_run),
        cmocka_unit_test(an_audit_file_that_cannot_be_made_is_refused),
        cmocka_unit_test(any_allocation_may_fail),
        cmocka_unit_test(a_lost_audit_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
