/* caller.c - the place in the program that a step comes from. */
#include <dlfcn.h>
#include <execinfo.h>
#include <string.h>

#include "core.h"

enum { FRAMES = 16 };

/* Functions of the libraries that a user does not look for himself in. */
static bool is_ours(const char *name) {
    static const char *const prefixes[] = { "explore_", "core_", "sync_", "__tsan_" };
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
            return true;
        }
    }
    return false;
}

const void *core_caller(void) {
    void *frames[FRAMES];
    int count = backtrace(frames, FRAMES);
    for (int i = 1; i < count; i++) {
        Dl_info about;
        if (dladdr(frames[i], &about) == 0 || about.dli_sname == NULL ||
            !is_ours(about.dli_sname)) {
            return frames[i];
        }
    }
    return NULL;
}
