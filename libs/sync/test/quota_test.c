/*
 * quota_test.c - the CPU time that control groups leave, from trees made for the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "sync/thread.h"

enum { PATH_BYTES = 256, FILES_MAX = 6 };

static char root[PATH_BYTES];

/* `text` in root/path, with the folders on the way; runs in the test alone. */
static void put(const char *path, const char *text) {
    char command[2 * PATH_BYTES + 64];
    char whole[2 * PATH_BYTES];
    snprintf(whole, sizeof(whole), "%s/%s", root, path);
    snprintf(command, sizeof(command), "mkdir -p \"$(dirname '%s')\"", whole);
    assert_int_equal(0, system(command));
    FILE *file = fopen(whole, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void make_root(void) {
    const char *base = getenv("TMPDIR");
    snprintf(root, sizeof(root), "%s/weft-quota-XXXXXX", base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(root));
}

static void remove_root(void) {
    char command[PATH_BYTES + 16];
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    assert_int_equal(0, system(command));
}

struct file {
    const char *path;
    const char *text;
};

struct row {
    uint32_t want;
    struct file files[FILES_MAX];
};

static void check_rows(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        make_root();
        for (int f = 0; f < FILES_MAX && rows[i].files[f].path != NULL; f++) {
            put(rows[i].files[f].path, rows[i].files[f].text);
        }
        uint32_t have = sync_cpu_quota(root);
        if (have != rows[i].want) {
            print_error("row %zu\n", i);
        }
        assert_int_equal(rows[i].want, have);
        remove_root();
    }
}

#define SELF "proc/self/cgroup"
#define TREE "sys/fs/cgroup/"

static void a_quota_of_version_2_is_rounded_up(void **state) {
    (void)state;
    static const struct row rows[] = {
        { 1, { { SELF, "0::/a\n" }, { TREE "a/cpu.max", "100000 100000\n" } } },
        { 1, { { SELF, "0::/a\n" }, { TREE "a/cpu.max", "1000 100000\n" } } },
        { 2, { { SELF, "0::/a\n" }, { TREE "a/cpu.max", "100001 100000\n" } } },
        { 2, { { SELF, "0::/a" }, { TREE "a/cpu.max", "100000 50000" } } },
        { 12, { { SELF, "0::/a\n" }, { TREE "a/cpu.max", "600000 50000\n" } } },
        { SYNC_CPUS_MAX, { { SELF, "0::/a\n" }, { TREE "a/cpu.max", "max 100000\n" } } },
        { SYNC_CPUS_MAX, { { SELF, "0::/a\n" }, { TREE "a/cpu.max", "9000000000000 1\n" } } },
    };
    check_rows(rows, COUNT_OF(rows));
}

static void the_least_quota_on_the_way_to_the_root_counts(void **state) {
    (void)state;
    static const struct row rows[] = {
        { 2, { { SELF, "0::/a/b/c\n" }, { TREE "a/b/c/cpu.max", "400000 100000\n" },
               { TREE "a/b/cpu.max", "max 100000\n" }, { TREE "a/cpu.max", "200000 100000\n" } } },
        { 3, { { SELF, "0::/a/b/c\n" }, { TREE "a/b/c/cpu.max", "300000 100000\n" },
               { TREE "a/b/cpu.max", "900000 100000\n" } } },
        /* A container's own group, seen as the root, or under a path that is not there. */
        { 1, { { SELF, "0::/\n" }, { TREE "cpu.max", "100000 100000\n" } } },
        { 1, { { SELF, "0::/box/1\n" }, { TREE "cpu.max", "100000 100000\n" } } },
        /* Groups that are not ours. */
        { SYNC_CPUS_MAX, { { SELF, "0::/a\n" }, { TREE "ab/cpu.max", "100000 100000\n" },
                           { TREE "a/b/cpu.max", "100000 100000\n" },
                           { "sys/fs/cpu.max", "100000 100000\n" } } },
    };
    check_rows(rows, COUNT_OF(rows));
}

static void a_quota_of_version_1_is_that_of_its_cpu_tree(void **state) {
    (void)state;
    static const struct row rows[] = {
        { 2, { { SELF, "3:memory:/m\n2:cpu:/a/b\n1:pids:/\n" },
               { TREE "cpu/a/cpu.cfs_quota_us", "150000\n" },
               { TREE "cpu/a/cpu.cfs_period_us", "100000\n" },
               { TREE "cpu/a/b/cpu.cfs_quota_us", "-1\n" },
               { TREE "cpu/a/b/cpu.cfs_period_us", "100000\n" } } },
        { 1, { { SELF, "4:cpu,cpuacct:/a\n" },
               { TREE "cpu,cpuacct/a/cpu.cfs_quota_us", "50000\n" },
               { TREE "cpu,cpuacct/a/cpu.cfs_period_us", "100000\n" } } },
        { 4, { { SELF, "4:cpuacct,cpu:/\n0::/x\n" },
               { TREE "cpu/cpu.cfs_quota_us", "400000\n" },
               { TREE "cpu/cpu.cfs_period_us", "100000\n" } } },
        /* Both versions at once. */
        { 1, { { SELF, "4:cpu:/\n0::/x\n" }, { TREE "cpu/cpu.cfs_quota_us", "400000\n" },
               { TREE "cpu/cpu.cfs_period_us", "100000\n" },
               { TREE "unified/x/cpu.max", "100000 100000\n" } } },
        /* Not the cpu controller. */
        { SYNC_CPUS_MAX, { { SELF, "4:cpuset,cpuacct:/a\n" },
                           { TREE "cpu/a/cpu.cfs_quota_us", "100000\n" },
                           { TREE "cpu/a/cpu.cfs_period_us", "100000\n" } } },
    };
    check_rows(rows, COUNT_OF(rows));
}

static void files_that_say_nothing_set_no_limit(void **state) {
    (void)state;
    static const struct row rows[] = {
        { SYNC_CPUS_MAX, { { TREE "cpu.max", "100000 100000\n" } } },
        { SYNC_CPUS_MAX, { { SELF, "" }, { TREE "cpu.max", "100000 100000\n" } } },
        { SYNC_CPUS_MAX, { { SELF, "0:/\n\n:\n::\n0::a\n" },
                           { TREE "cpu.max", "100000 100000\n" } } },
        { SYNC_CPUS_MAX, { { SELF, "0::/\n" }, { TREE "cpu.max", "" } } },
        { SYNC_CPUS_MAX, { { SELF, "0::/\n" }, { TREE "cpu.max", "100000\n" } } },
        { SYNC_CPUS_MAX, { { SELF, "0::/\n" }, { TREE "cpu.max", "100000 0\n" } } },
        { SYNC_CPUS_MAX, { { SELF, "0::/\n" }, { TREE "cpu.max", "0 100000\n" } } },
        { SYNC_CPUS_MAX, { { SELF, "0::/\n" }, { TREE "cpu.max", "-5 -100000\n" } } },
        { SYNC_CPUS_MAX, { { SELF, "1:cpu:/\n" }, { TREE "cpu/cpu.cfs_quota_us", "100000\n" } } },
    };
    check_rows(rows, COUNT_OF(rows));
}

static void a_long_path_is_not_followed_and_the_machine_has_an_answer(void **state) {
    (void)state;
    static char text[7000] = "0::/";
    memset(text + 4, 'x', sizeof(text) - 5);
    make_root();
    put(SELF, text);
    put(TREE "cpu.max", "100000 100000\n");
    assert_int_equal(SYNC_CPUS_MAX, sync_cpu_quota(root));
    remove_root();
    uint32_t here = sync_cpu_quota("");
    assert_true(here >= 1 && here <= SYNC_CPUS_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quota_of_version_2_is_rounded_up),
        cmocka_unit_test(the_least_quota_on_the_way_to_the_root_counts),
        cmocka_unit_test(a_quota_of_version_1_is_that_of_its_cpu_tree),
        cmocka_unit_test(files_that_say_nothing_set_no_limit),
        cmocka_unit_test(a_long_path_is_not_followed_and_the_machine_has_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
