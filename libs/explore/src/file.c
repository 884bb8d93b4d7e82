/* file.c - what may go wrong with files, as decisions. */
#include "core.h"

bool explore_file_fails(void) {
    struct core *e = &explore_core;
    if (!e->is_running || e->file_failures_left == 0 || core_decide(e, DECIDE_FILE, 2, NULL) == 0) {
        return false;
    }
    e->file_failures_left--;
    return true;
}

bool explore_crash_is_due(void) {
    struct core *e = &explore_core;
    return e->is_running && e->crashes_left > 0 && core_decide(e, DECIDE_CRASH, 2, NULL) != 0;
}

void explore_crash(void) {
    struct core *e = &explore_core;
    e->has_crashed = true;
    core_end(e);
}
