/*
 * config_test.c - every key with each of its values, and every way to get it wrong.
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
#include "sync/memory.h"
#include "sync/random.h"
#include "sync/thread.h"
#include "workpool/config.h"

static enum status apply(struct workpool_config *config, const char *text, struct diag *diag) {
    return workpool_config_text(config, text, strlen(text), diag);
}

static void nothing_is_parallel_until_somebody_says_so(void **state) {
    (void)state;
    struct workpool_config config = workpool_config_default();
    struct workpool *pool = (struct workpool *)&config;
    assert_int_equal(1, config.workers);
    assert_int_equal(WORKPOOL_FULL_REJECT, config.on_full);
    for (int gate = 0; gate < WORKPOOL_GATES; gate++) {
        assert_null(workpool_config_gate(&config, (enum workpool_gate)gate, pool));
    }
    struct workpool_config before = config;
    assert_int_equal(STATUS_OK, apply(&config, "\n  # nothing\n\t\r\n", NULL));
    assert_memory_equal(&before, &config, sizeof(config));
}

static void a_file_sets_every_key(void **state) {
    (void)state;
    struct workpool_config config = workpool_config_default();
    assert_int_equal(STATUS_OK, apply(&config,
        "# the shape of the pool\r\n"
        "workers = 4\n"
        "  queue_depth=12   # twelve\n"
        "job_memory = 2M\n"
        "on_full = coalesce\n"
        "tiles = on\ndecode = off\nindex = on", NULL));
    assert_int_equal(4, config.workers);
    assert_int_equal(12, config.queue_depth);
    assert_int_equal(2 << 20, config.job_memory_bytes);
    assert_int_equal(WORKPOOL_FULL_COALESCE, config.on_full);
    struct workpool *pool = (struct workpool *)&config;
    assert_ptr_equal(pool, workpool_config_gate(&config, WORKPOOL_GATE_TILES, pool));
    assert_null(workpool_config_gate(&config, WORKPOOL_GATE_DECODE, pool));
    assert_ptr_equal(pool, workpool_config_gate(&config, WORKPOOL_GATE_INDEX, pool));
    struct workpool_options options = { .name = "kept" };
    workpool_config_apply(&config, &options);
    assert_string_equal("kept", options.name);
    assert_int_equal(4, options.workers);
    assert_int_equal(12, options.queue_depth);
    assert_int_equal(2 << 20, options.job_memory_bytes);
    assert_int_equal(WORKPOOL_FULL_COALESCE, options.on_full);
}

static void zero_and_negative_workers_are_sequential(void **state) {
    (void)state;
    static const char *const rows[] = { "workers = 0", "workers = -1", "workers = -16",
                                        "workers = -3000000000", "workers = 1" };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct workpool_config config = workpool_config_default();
        config.workers = 9;
        assert_int_equal(STATUS_OK, apply(&config, rows[i], NULL));
        assert_int_equal(1, config.workers);
    }
}

/* In place of the body's: a machine's quota is not a test's to set. */
static uint32_t quota = SYNC_CPUS_MAX;

uint32_t sync_cpu_quota(const char *root) {
    assert_string_equal("", root);
    return quota;
}

static void auto_workers_are_the_cpus_at_hand_up_to_sixteen(void **state) {
    (void)state;
    struct workpool_config config = workpool_config_default();
    int cpus[SYNC_CPUS_MAX];
    uint32_t count = sync_cpus_allowed(cpus);
    assert_int_equal(STATUS_OK, apply(&config, "workers = auto", NULL));
    assert_int_equal(count < 16 ? count : 16, config.workers);
    for (quota = 1; quota < SYNC_CPUS_MAX; quota++) {
        uint32_t want = quota < count ? quota : count;
        assert_int_equal(want < 16 ? want : 16, workpool_config_auto_workers());
    }
    assert_int_equal(STATUS_OK, sync_cpu_pin(cpus[0]));
    assert_int_equal(1, workpool_config_auto_workers());
    assert_int_equal(STATUS_OK, sync_cpu_pin(SYNC_CPU_ANY));
}

struct row {
    const char *text;
    enum status status;
    uint64_t offset;
    const char *reason;
};

static void a_wrong_line_is_refused_at_its_offset_and_changes_nothing(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "workers = 2\nthreads = 4\n", STATUS_BAD_DATA, 12, "unknown key" },
        { "workers = 2\n  Workers = 4\n", STATUS_BAD_DATA, 14, "unknown key" },
        { "= 4", STATUS_BAD_DATA, 0, "unknown key" },
        { "workers 4", STATUS_BAD_DATA, 0, "no = in the line" },
        { "tiles = on\ntiles = on", STATUS_BAD_DATA, 11, "key given twice" },
        { "workers = ", STATUS_BAD_DATA, 9, "not a number" },
        { "workers = two", STATUS_BAD_DATA, 10, "not a number" },
        { "workers = -", STATUS_BAD_DATA, 10, "not a number" },
        { "workers = 2K", STATUS_BAD_DATA, 10, "not a number" },
        { "workers = 17", STATUS_LIMIT, 10, "number too large" },
        { "workers = 99999999999999999999999", STATUS_LIMIT, 10, "number too large" },
        { "queue_depth = 1025", STATUS_LIMIT, 14, "number too large" },
        { "queue_depth = -1", STATUS_BAD_DATA, 14, "not a number" },
        { "job_memory = 257M", STATUS_LIMIT, 13, "number too large" },
        { "job_memory = 1G", STATUS_LIMIT, 13, "number too large" },
        { "job_memory = M", STATUS_BAD_DATA, 13, "not a number" },
        { "job_memory = 18446744073709551615", STATUS_LIMIT, 13, "number too large" },
        { "on_full = drop", STATUS_BAD_DATA, 10, "not reject, coalesce or inline" },
        { "index = yes", STATUS_BAD_DATA, 8, "not on or off" },
        { "index = # on", STATUS_BAD_DATA, 7, "not on or off" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct workpool_config config = workpool_config_default();
        struct workpool_config before = config;
        struct diag diag = { .reason = NULL };
        assert_int_equal(rows[i].status, apply(&config, rows[i].text, &diag));
        assert_string_equal(rows[i].reason, diag.reason);
        assert_int_equal(rows[i].offset, diag.offset);
        assert_memory_equal(&before, &config, sizeof(config));
    }
}

static void the_environment_sets_every_key_and_refuses_others(void **state) {
    (void)state;
    static const char *const good[] = { "HOME=/root", "WEFT_POOL_WORKERS=3",
                                        "WEFT_POOL_QUEUE_DEPTH=7", "WEFT_POOL_JOB_MEMORY=64K",
                                        "WEFT_POOL_ON_FULL=inline", "WEFT_POOL_TILES=on",
                                        "WEFT_POOL_DECODE=on", "WEFT_POOL_INDEX=off", NULL };
    struct workpool_config config = workpool_config_default();
    assert_int_equal(STATUS_OK, workpool_config_environment(&config, good, NULL));
    assert_int_equal(3, config.workers);
    assert_int_equal(7, config.queue_depth);
    assert_int_equal(65536, config.job_memory_bytes);
    assert_int_equal(WORKPOOL_FULL_INLINE, config.on_full);
    assert_true(config.gates[WORKPOOL_GATE_TILES] && config.gates[WORKPOOL_GATE_DECODE]);
    assert_false(config.gates[WORKPOOL_GATE_INDEX]);
    static const struct row rows[] = {
        { "WEFT_POOL_THREADS=3", STATUS_BAD_DATA, 10, "unknown WEFT_POOL_ variable" },
        { "WEFT_POOL_workers=3", STATUS_BAD_DATA, 10, "unknown WEFT_POOL_ variable" },
        { "WEFT_POOL_=3", STATUS_BAD_DATA, 10, "unknown WEFT_POOL_ variable" },
        { "WEFT_POOL_WORKERS", STATUS_BAD_DATA, 10, "unknown WEFT_POOL_ variable" },
        { "WEFT_POOL_WORKERS=x", STATUS_BAD_DATA, 18, "not a number" },
        { "WEFT_POOL_WORKERS= 3", STATUS_BAD_DATA, 18, "not a number" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *const bad[] = { "WEFT_POOL_TILES=off", rows[i].text, NULL };
        struct workpool_config before = config;
        struct diag diag = { .reason = NULL };
        assert_int_equal(rows[i].status, workpool_config_environment(&config, bad, &diag));
        assert_string_equal(rows[i].reason, diag.reason);
        assert_int_equal(rows[i].offset, diag.offset);
        assert_memory_equal(&before, &config, sizeof(config));
    }
}

static void a_file_is_read_from_its_path(void **state) {
    (void)state;
    char path[] = "/tmp/weft-config-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(12, write(descriptor, "workers = 5\n", 12));
    close(descriptor);
    uint64_t live = sync_memory_live();
    struct workpool_config config = workpool_config_default();
    struct diag diag = { .reason = NULL };
    assert_int_equal(STATUS_OK, workpool_config_file(&config, path, &diag));
    assert_int_equal(5, config.workers);
    unlink(path);
    assert_int_equal(STATUS_NOT_FOUND, workpool_config_file(&config, path, &diag));
    assert_int_equal(live, sync_memory_live());
}

static enum status mix(const struct workpool_chunk *chunk) {
    uint64_t *slots = chunk->context;
    struct sync_sequence sequence = { chunk->begin };   /* seeded by what it works on */
    slots[chunk->number] = sync_sequence_next(&sequence);
    return STATUS_OK;
}
static const struct workpool_kind mix_kind = { .name = "test.mix", .body = mix };
static const struct workpool_kind *const mix_list[] = { &mix_kind };
static const struct workpool_kind_set mix_set = { mix_list, 1 };
static const struct workpool_kind_set *const mix_sets[] = { &mix_set };

static void a_gate_changes_who_works_and_not_what_comes_out(void **state) {
    (void)state;
    uint64_t want[100];
    for (uint64_t i = 0; i < 100; i++) {
        struct sync_sequence sequence = { 7 * i };
        want[i] = sync_sequence_next(&sequence);
    }
    for (int is_on = 0; is_on < 2; is_on++) {
        struct workpool_config config = workpool_config_default();
        assert_int_equal(STATUS_OK, apply(&config, is_on ? "workers = 4\ntiles = on\nindex = on"
                                                         : "workers = 4", NULL));
        struct workpool_options options = { .name = "gate", .kind_sets = mix_sets,
                                            .kind_set_count = 1 };
        workpool_config_apply(&config, &options);
        struct workpool *pool;
        assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
        for (int gate = 0; gate < WORKPOOL_GATES; gate++) {
            uint64_t have[100] = { 0 };
            struct workpool_job job = { .kind = &mix_kind, .count = 694, .grain = 7,
                                        .context = have };
            struct workpool *gated = workpool_config_gate(&config, (enum workpool_gate)gate,
                                                          pool);
            assert_int_equal(STATUS_OK, workpool_run(gated, &job, NULL));
            assert_memory_equal(want, have, sizeof(want));
        }
        struct workpool_counters counters;
        workpool_counters_read(pool, &counters);
        assert_int_equal(is_on ? 2 * 100 : 0, counters.chunks);   /* decode stays off */
        workpool_destroy(pool);
    }
}

/* Random lines of the grammar's own characters: a status, an offset inside, no crash. */
static void any_text_is_taken_or_refused_inside_itself(void **state) {
    (void)state;
    static const char letters[] = "workers=auto-1209KMG \t#\ntiles on off job_memory queue_depth";
    struct sync_sequence sequence = { 1 };
    for (int round = 0; round < 20000; round++) {
        char text[64];
        size_t count = sync_sequence_below(&sequence, sizeof(text));
        for (size_t i = 0; i < count; i++) {
            text[i] = letters[sync_sequence_below(&sequence, sizeof(letters))];
        }
        struct workpool_config config = workpool_config_default();
        struct diag diag = { .offset = 0 };
        enum status status = workpool_config_text(&config, text, count, &diag);
        assert_true(status == STATUS_OK || (diag.offset <= count && diag.reason != NULL));
        assert_true(config.workers >= 1 && config.workers <= 16);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_parallel_until_somebody_says_so),
        cmocka_unit_test(a_file_sets_every_key),
        cmocka_unit_test(zero_and_negative_workers_are_sequential),
        cmocka_unit_test(auto_workers_are_the_cpus_at_hand_up_to_sixteen),
        cmocka_unit_test(a_wrong_line_is_refused_at_its_offset_and_changes_nothing),
        cmocka_unit_test(the_environment_sets_every_key_and_refuses_others),
        cmocka_unit_test(a_file_is_read_from_its_path),
        cmocka_unit_test(a_gate_changes_who_works_and_not_what_comes_out),
        cmocka_unit_test(any_text_is_taken_or_refused_inside_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
