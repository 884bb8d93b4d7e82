/* misuse_expect.h - for tests: what a misuse says before it would stop the program. */
#ifndef MISUSE_EXPECT_H
#define MISUSE_EXPECT_H

#include <setjmp.h>
#include <stdio.h>

#include "base/assert.h"

static jmp_buf misuse_met;
static char misuse_said[200];

static void misuse_note(const char *file, unsigned line, const char *what) {
    (void)file;
    (void)line;
    snprintf(misuse_said, sizeof(misuse_said), "%s", what);
    longjmp(misuse_met, 1);
}

/* The call asserts, and says `text`. */
#define ASSERT_MISUSE(call, text)                                                                \
    {                                                                                            \
        assert_handler_set(misuse_note);                                                         \
        misuse_said[0] = '\0';                                                                   \
        if (setjmp(misuse_met) == 0) {                                                           \
            call;                                                                                \
        }                                                                                        \
        assert_handler_set(NULL);                                                                \
        assert_string_equal(misuse_said, text);                                                  \
    }

#endif
