/* assert.c - how a hosted program stops on a broken assumption. */
#include "base/assert.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static assert_handler handler;

void assert_handler_set(assert_handler to) {
    handler = to;
}

_Noreturn void assert_failed(const char *file, unsigned line, const char *what) {
    if (handler != NULL) {
        handler(file, line, what);
    }
    fprintf(stderr, "%s:%u: assertion failed: %s\n", file, line, what);
    abort();
}
