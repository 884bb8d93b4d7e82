/* refcount_explore_test.c - reference counts, where mutants of them show. */
#include <string.h>

#include "team.h"
#include "sync/refcount.h"

struct payload {
    uint32_t written;
    uint32_t mine, theirs;   /* one a thread */
    uint32_t is_dead;
};

static struct {
    struct payload *payload;
    struct sync_arc_weak *weak;
    uint32_t destroyed;
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
}

/* Sees what every holder did. */
static void destroy(void *memory) {
    struct payload *payload = memory;
    payload->written += payload->mine + payload->theirs;
    payload->is_dead = 1;
    s.destroyed++;
}

static void create(void) {
    s.payload = sync_arc_create(sizeof(*s.payload), destroy);
    EXPLORE_CHECK(s.payload != NULL);
}

static void use_mine(void *unused) {
    (void)unused;
    s.payload->mine = 1;
    sync_arc_release(s.payload);
}

static void use_theirs(void *unused) {
    (void)unused;
    s.payload->theirs = 1;
    sync_arc_release(s.payload);
}

static void the_last_holder_sees_what_all_did(void) {
    create();
    sync_arc_retain(s.payload);
    TEAM_RUN(use_mine, use_theirs);
    EXPLORE_CHECK(s.destroyed == 1);
}

static void upgrade_and_use(void *unused) {
    (void)unused;
    struct payload *payload = sync_arc_upgrade(s.weak);
    if (payload != NULL) {
        EXPLORE_CHECK(payload->is_dead == 0);
        payload->theirs = 1;
        sync_arc_release(payload);
    }
    sync_arc_weak_release(s.weak);
}

static void a_weak_reference_does_not_revive(void) {
    create();
    s.weak = sync_arc_downgrade(s.payload);
    TEAM_RUN(use_mine, upgrade_and_use);
    EXPLORE_CHECK(s.destroyed == 1);
}

static void release_weak(void *unused) {
    (void)unused;
    sync_arc_weak_release(s.weak);
}

static void the_memory_outlives_the_destructor(void) {
    create();
    s.weak = sync_arc_downgrade(s.payload);
    TEAM_RUN(use_mine, release_weak);
    EXPLORE_CHECK(s.destroyed == 1);
}

/* Alone, it writes what the other wrote. */
static void write_if_unique(void *unused) {
    (void)unused;
    if (sync_arc_is_unique(s.payload)) {
        s.payload->theirs = 2;
    }
}

static void who_is_alone_sees_what_the_last_other_did(void) {
    create();
    sync_arc_retain(s.payload);
    TEAM_RUN(write_if_unique, use_theirs);
    sync_arc_release(s.payload);
    EXPLORE_CHECK(s.destroyed == 1);
}

static void who_is_alone_sees_what_a_weak_one_did(void) {
    create();
    s.weak = sync_arc_downgrade(s.payload);
    TEAM_RUN(write_if_unique, upgrade_and_use);
    sync_arc_release(s.payload);
    EXPLORE_CHECK(s.destroyed == 1);
}

#define CASE(NAME) { .name = #NAME, .body = NAME, .reset = forget }
static const struct explore_case cases[] = {
    CASE(the_last_holder_sees_what_all_did),
    CASE(a_weak_reference_does_not_revive),
    CASE(the_memory_outlives_the_destructor),
    CASE(who_is_alone_sees_what_the_last_other_did),
    CASE(who_is_alone_sees_what_a_weak_one_did),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
