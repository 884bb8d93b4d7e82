/*
 * refcount_explore_test.c - arcs in weak memory: the last drop destroys once, after all
 * that others did; upgrades are too late or in time, never both; who is alone is alone.
 */
#include <string.h>

#include "explore_team.h"
#include "sync/atomic.h"
#include "sync/memory.h"
#include "sync/refcount.h"

struct payload { int written[3]; };

static struct {
    struct payload *payload;
    struct sync_arc_weak *weak;
    int destroyed;               /* plain: one thread destroys, and all look after */
} s;

static void destroy(void *memory) {
    struct payload *payload = memory;
    for (int i = 0; i < 3; i++) {
        payload->written[i] += 100;   /* a write: whoever still uses it races */
    }
    s.destroyed++;
}

static void begin(void) {
    memset(&s, 0, sizeof(s));
    s.payload = sync_arc_create(sizeof(*s.payload), destroy);
    if (s.payload == NULL) {
        return;
    }
    s.weak = sync_arc_downgrade(s.payload);
}

static void use_and_drop(struct payload *payload, int mine) {
    payload->written[mine] = 1;
    sync_arc_release(payload);
}

static void drop_0(void *unused) {
    (void)unused;
    use_and_drop(s.payload, 0);
}

static void drop_1(void *unused) {
    (void)unused;
    use_and_drop(s.payload, 1);
}

static void drop_2(void *unused) {
    (void)unused;
    use_and_drop(s.payload, 2);
}

static void arc_last_drop_once(void) {
    begin();
    sync_arc_weak_release(s.weak);
    sync_arc_retain(s.payload);
    sync_arc_retain(s.payload);
    TEAM(drop_0, drop_1, drop_2);
    EXPLORE_CHECK(s.destroyed == 1);
}

static void upgrade_and_drop(int mine) {
    struct payload *payload = sync_arc_upgrade(s.weak);
    if (payload != NULL) {
        EXPLORE_CHECK(payload == s.payload && payload->written[mine] < 100);
        payload->written[mine] = 2;
        sync_arc_release(payload);
    }
}

static void upgrade_1(void *unused) {
    (void)unused;
    upgrade_and_drop(1);
}

static void upgrade_1_and_let_go(void *unused) {
    (void)unused;
    upgrade_and_drop(1);
    sync_arc_weak_release(s.weak);
}

static void upgrade_2_and_let_go(void *unused) {
    (void)unused;
    upgrade_and_drop(2);
    sync_arc_weak_release(s.weak);
}

/* The memory lives as long as the weak reference, which each thread has one of. */
static void an_upgrade_comes_before_the_last_drop_or_fails(void) {
    begin();
    TEAM(upgrade_1, drop_0);
    EXPLORE_CHECK(s.destroyed == 1);
    EXPLORE_CHECK(sync_arc_upgrade(s.weak) == NULL);
    sync_arc_weak_release(s.weak);
}

static void memory_goes_with_the_last_of_all(void) {
    begin();
    (void)sync_arc_weak_retain(s.weak);
    TEAM(upgrade_1_and_let_go, upgrade_2_and_let_go, drop_0);
    EXPLORE_CHECK(s.destroyed == 1 && sync_memory_live() == 0);
}

/* Who upgrades after another gave its reference back sees what that one did. */
static void upgrade_and_look(void *unused) {
    (void)unused;
    bool was_dropped = sync_arc_count(s.payload) == 1;   /* the case's own */
    struct payload *payload = sync_arc_upgrade(s.weak);
    EXPLORE_CHECK(payload != NULL);
    if (was_dropped) {
        EXPLORE_CHECK(payload->written[0] == 1);
    }
    sync_arc_release(payload);
}

static void an_upgrade_sees_what_came_before_a_drop(void) {
    begin();
    sync_arc_retain(s.payload);
    TEAM(upgrade_and_look, drop_0);
    sync_arc_release(s.payload);
    sync_arc_weak_release(s.weak);
}

/* Alone means that nobody else has even a weak reference: then plain writes are safe. */
static void write_if_alone(void *unused) {
    (void)unused;
    if (sync_arc_is_unique(s.payload)) {
        s.payload->written[0] = s.payload->written[1] = s.payload->written[2] = 9;
    }
    sync_arc_release(s.payload);
}

static void drop_strong_then_weak(void *unused) {
    (void)unused;
    struct payload *payload = sync_arc_upgrade(s.weak);
    if (payload != NULL) {
        payload->written[1] = 3;
    }
    sync_arc_weak_release(s.weak);
    sync_arc_release(payload);
}

static void who_is_alone_is_alone(void) {
    begin();
    TEAM(write_if_alone, drop_strong_then_weak);
    EXPLORE_CHECK(s.destroyed == 1 && sync_memory_live() == 0);
}

static void who_is_alone_sees_what_the_others_did(void) {
    begin();
    sync_arc_weak_release(s.weak);
    sync_arc_retain(s.payload);
    TEAM(write_if_alone, drop_1);
    EXPLORE_CHECK(s.destroyed == 1);
}

static void downgrade_and_drop(void *unused) {
    (void)unused;
    struct sync_arc_weak *weak = sync_arc_downgrade(s.payload);
    s.payload->written[2] = 4;
    sync_arc_release(s.payload);
    sync_arc_weak_release(weak);
}

static void a_downgrade_waits_for_who_looks(void) {
    begin();
    sync_arc_weak_release(s.weak);
    sync_arc_retain(s.payload);
    TEAM(write_if_alone, downgrade_and_drop);
    EXPLORE_CHECK(s.destroyed == 1 && sync_memory_live() == 0);
}

static void a_failed_create_takes_nothing(void) {
    begin();
    if (s.payload != NULL) {
        sync_arc_weak_release(s.weak);
        sync_arc_release(s.payload);
    }
    EXPLORE_CHECK(sync_memory_live() == 0);
}

#define CASE(NAME, ...) { .name = #NAME, .body = NAME, .plan = { __VA_ARGS__ } }
#define ALL .strategy = EXPLORE_DPOR

static const struct explore_case cases[] = {
    CASE(arc_last_drop_once, ALL),
    CASE(an_upgrade_comes_before_the_last_drop_or_fails, ALL),
    CASE(memory_goes_with_the_last_of_all, ALL),
    CASE(an_upgrade_sees_what_came_before_a_drop, ALL),
    CASE(who_is_alone_is_alone, ALL),
    CASE(who_is_alone_sees_what_the_others_did, ALL),
    CASE(a_downgrade_waits_for_who_looks, ALL),
    CASE(a_failed_create_takes_nothing, ALL, .allocation_failures = 1),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
