/* assert.c - how a hosted program stops on a broken assumption. */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void assert_failed(const char *file, unsigned line, const char *what) {
    fprintf(stderr, "%s:%u: assertion failed: %s\n", file, line, what);
    abort();
}
