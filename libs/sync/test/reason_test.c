/*
 * reason_test.c - every error of the system has a status and words that stay.
 *
 * The words are compared with the C library's own.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "../src/file.h"

static void reasons_are_those_of_the_c_library(void **state) {
    (void)state;
    int known = 0;
    for (int error = 1; error < 200; error++) {
        struct diag diag = { .reason = NULL };
        assert_int_not_equal(STATUS_OK, file_fail(&diag, error));
        if (strcmp(diag.reason, "unknown error") != 0) {
            assert_string_equal(strerror(error), diag.reason);
            known++;
        }
    }
    assert_int_equal(41, known);
    static const int common[] = { ENOENT, EACCES, ENOSPC, EISDIR, ENOTDIR, EROFS, EIO, ELOOP,
                                  ENAMETOOLONG, EMFILE, EDQUOT, EPERM, EPIPE, ENOMEM };
    for (size_t i = 0; i < COUNT_OF(common); i++) {
        struct diag diag = { .reason = NULL };
        (void)!file_fail(&diag, common[i]);
        assert_string_not_equal("unknown error", diag.reason);
    }
}

static void a_reason_outlives_the_next_one(void **state) {
    (void)state;
    struct diag first = { .reason = NULL };
    struct diag second = { .reason = NULL };
    assert_int_equal(STATUS_NOT_FOUND, file_fail(&first, ENOENT));
    assert_int_equal(STATUS_IO, file_fail(&second, 12345));
    assert_string_equal("No such file or directory", first.reason);
    assert_string_equal("unknown error", second.reason);
    assert_int_equal(STATUS_EXISTS, file_fail(&second, ENOTEMPTY));
    assert_int_equal(STATUS_BUSY, file_fail(&second, EWOULDBLOCK));
    assert_int_equal(STATUS_NO_MEMORY, file_fail(NULL, ENOMEM));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_are_those_of_the_c_library),
        cmocka_unit_test(a_reason_outlives_the_next_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
