/* caller.c - the place in the program that a step comes from. */
#include <execinfo.h>
#include <string.h>

#include "core.h"
#include "source.h"

enum { FRAMES = 24, KNOWN = 1024, NAME_BYTES = 64 };

/* What a return address lies in. */
enum land { LAND_UNKNOWN, LAND_PROGRAM, LAND_LIBRARY, LAND_SYNC, LAND_ENGINE };

/* Functions of the libraries that a user does not look for himself in. */
static enum land land_of_name(const char *name) {
    static const struct {
        const char *prefix;
        enum land land;
    } rows[] = { { "core_", LAND_ENGINE },      { "explore_", LAND_LIBRARY },
                 { "sync_", LAND_SYNC },        { "body_", LAND_LIBRARY },
                 { "__tsan_", LAND_LIBRARY },   { "__wrap_", LAND_LIBRARY } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (strncmp(name, rows[i].prefix, strlen(rows[i].prefix)) == 0) {
            return rows[i].land;
        }
    }
    return LAND_PROGRAM;
}

/* Looking a symbol up takes a while, and a program has few places. */
static enum land land_of(const void *address) {
    static struct {
        const void *address;
        enum land land;
    } known[KNOWN];
    size_t at = ((uintptr_t)address >> 1 ^ (uintptr_t)address >> 11) % KNOWN;
    if (known[at].address != address) {
        char name[NAME_BYTES];
        known[at].address = address;
        known[at].land = source_symbol((const char *)address - 1, name, sizeof(name))
                             ? land_of_name(name) : LAND_PROGRAM;
    }
    return known[at].land;
}

static bool is_library(enum land land) {
    return land == LAND_LIBRARY || land == LAND_SYNC;
}

/*
 * The engine's own functions come first, up to the door that the program came in by.  A
 * function without a prefix that was called by libs/sync is a static one of it; or one of
 * the program that libs/sync calls back, and then its caller is shown.
 */
const void *core_caller(void) {
    void *frames[FRAMES];
    int count = backtrace(frames, FRAMES);
    int at = 0;
    while (at < count && !is_library(land_of(frames[at]))) {
        at++;
    }
    while (at < count && is_library(land_of(frames[at]))) {
        at++;
    }
    const void *first = at < count && land_of(frames[at]) == LAND_PROGRAM ? frames[at] : NULL;
    while (at + 2 < count && land_of(frames[at]) == LAND_PROGRAM &&
           land_of(frames[at + 1]) == LAND_SYNC) {
        at++;
        while (at < count && is_library(land_of(frames[at]))) {
            at++;
        }
        bool is_trampoline = at + 1 < count && (land_of(frames[at + 1]) == LAND_LIBRARY ||
                                                land_of(frames[at + 1]) == LAND_ENGINE);
        if (at < count && land_of(frames[at]) == LAND_PROGRAM && !is_trampoline) {
            first = frames[at];
        }
    }
    return first;
}
