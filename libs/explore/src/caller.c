/* caller.c - the place in the program that a step comes from. */
#include "caller.h"

#include <execinfo.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

enum { FRAMES = 24, KNOWN = 1024, NAME_BYTES = 64 };

struct chain {
    const void *frames[CALLER_DEPTH];   /* NULL after the last */
};

static struct {
    struct chain *chains;    /* one for each step with a caller */
    size_t count;
    size_t room;
    int is_wanted;
} kept;

/* ---- doors ------------------------------------------------------------------------ */

static bool is_door_name(const char *name) {
    static const char *const prefixes[] = { "explore_", "__tsan_", "__wrap_" };
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Looking a symbol up takes a while, and a program has few places. */
static bool is_door(const void *address) {
    static struct {
        const void *address;
        bool is_door;
    } known[KNOWN];
    size_t at = ((uintptr_t)address >> 1 ^ (uintptr_t)address >> 11) % KNOWN;
    if (known[at].address != address) {
        char name[NAME_BYTES];
        known[at].address = address;
        known[at].is_door = source_symbol((const char *)address - 1, name, sizeof(name)) &&
                            is_door_name(name);
    }
    return known[at].is_door;
}

static void keep(void *const *frames, int count) {
    if (kept.count == kept.room) {
        size_t room = kept.room != 0 ? kept.room * 2 : 256;
        struct chain *chains = realloc(kept.chains, room * sizeof(*chains));
        if (chains == NULL) {
            return;
        }
        kept.chains = chains;
        kept.room = room;
    }
    struct chain *chain = &kept.chains[kept.count++];
    memset(chain, 0, sizeof(*chain));
    for (int i = 0; i < count && i < CALLER_DEPTH; i++) {
        chain->frames[i] = frames[i];
    }
}

/* The engine's own functions come first, up to the door that the program came in by. */
const void *core_caller(void) {
    void *frames[FRAMES];
    int count = backtrace(frames, FRAMES);
    int at = 0;
    while (at < count && !is_door(frames[at])) {
        at++;
    }
    while (at < count && is_door(frames[at])) {
        at++;
    }
    if (kept.is_wanted) {
        keep(frames + at, count - at);
    }
    return at < count ? frames[at] : NULL;
}

/* ---- after an execution ----------------------------------------------------------- */

void caller_keep(int is_wanted) {
    free(kept.chains);
    memset(&kept, 0, sizeof(kept));
    kept.is_wanted = is_wanted;
}

static bool is_of_program(const struct source_place *place) {
    static const char *const ours[] = { "libs/sync/", "libs/explore/src/", "/weft/sync/" };
    static const char *const names[] = { "sync_", "explore_", "core_", "__tsan_" };
    for (size_t i = 0; i < COUNT_OF(ours); i++) {
        if (strstr(place->file, ours[i]) != NULL && strstr(place->file, "/test/") == NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (place->file[0] == '\0' &&
            strncmp(place->function, names[i], strlen(names[i])) == 0) {
            return false;
        }
    }
    return place->function[0] != '\0';
}

static const void *choose(const struct chain *chain, const struct source_map *map) {
    for (size_t i = 0; i < CALLER_DEPTH && chain->frames[i] != NULL; i++) {
        if (is_of_program(source_find(map, chain->frames[i]))) {
            return chain->frames[i];
        }
    }
    return NULL;
}

void caller_resolve(struct trace *trace, struct source_map *map) {
    size_t chain = 0;
    source_load(map, (const void *const *)kept.chains,
                kept.count * CALLER_DEPTH);
    for (size_t i = 0; i < trace->step_count; i++) {
        if (trace->steps[i].thread != TRACE_CLOCK && chain < kept.count) {
            trace->steps[i].caller = choose(&kept.chains[chain++], map);
        }
    }
}
