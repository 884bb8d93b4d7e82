/*
 * cancel_explore_test.c - tokens under every schedule: who fires, watches, takes back,
 * makes children and lets go at the same time.
 */
#include <string.h>

#include "explore_team.h"
#include "sync/cancel.h"
#include "sync/memory.h"

static struct {
    struct sync_cancel *root, *child;
    struct sync_cancel_handler handlers[2];
    int began, ended;         /* plain: unwatch, or the end of all, orders them */
    int before;               /* plain: written before the firing */
    int runs[2];
    bool is_watched;
} s;

static struct sync_cancel *make(struct sync_cancel *parent) {
    struct sync_cancel *token = NULL;
    EXPLORE_CHECK(sync_cancel_create(parent, &token) == STATUS_OK);
    return token;
}

static void begin(void) {
    memset(&s, 0, sizeof(s));
    s.root = make(NULL);
}

static void end(void) {
    sync_cancel_release(s.root);
    EXPLORE_CHECK(sync_memory_live() == 0);
}

static void run_handler(void *argument) {
    (void)argument;
    s.began++;
    EXPLORE_CHECK(sync_cancel_is_fired(s.root));   /* a step in the middle */
    s.ended++;
}

static void fire_root(void *unused) {
    (void)unused;
    s.before = 1;
    sync_cancel_fire(s.root);
}

static void fire_root_too(void *unused) {
    (void)unused;
    sync_cancel_fire(s.root);
}

/* The handler lies in this frame: once unwatch has returned, it is used no more. */
static void watch_and_unwatch(void *unused) {
    (void)unused;
    struct sync_cancel_handler handler = { .run = run_handler };
    s.is_watched = sync_cancel_watch(s.root, &handler);
    bool never_ran = sync_cancel_unwatch(s.root, &handler);
    EXPLORE_CHECK(s.is_watched || !never_ran);
    EXPLORE_CHECK(s.began == (s.is_watched && !never_ran ? 1 : 0) && s.ended == s.began);
    memset(&handler, 0xff, sizeof(handler));
}

static void an_unwatched_handler_has_run_wholly_or_never(void) {
    begin();
    TEAM(watch_and_unwatch, fire_root);
    end();
}

static void two_fire_and_the_handler_runs_once(void) {
    begin();
    TEAM(watch_and_unwatch, fire_root_too, fire_root_too);
    end();
}

/* ---- what was before ---- */

static void look_before(void *unused) {
    (void)unused;
    if (sync_cancel_is_fired(s.child)) {
        EXPLORE_CHECK(s.before == 1);
    }
}

static void what_came_before_the_firing_is_seen(void) {
    begin();
    s.child = make(s.root);
    TEAM(look_before, fire_root);
    sync_cancel_release(s.child);
    end();
}

/* ---- children come and go ---- */

static void come_and_go(void *unused) {
    (void)unused;
    struct sync_cancel *child = make(s.root);
    bool was_fired = sync_cancel_is_fired(child);
    struct sync_cancel *grandchild = make(child);
    sync_cancel_release(child);
    EXPLORE_CHECK(!was_fired || sync_cancel_is_fired(grandchild));
    sync_cancel_release(grandchild);
}

static void children_come_and_go_while_the_parent_fires(void) {
    begin();
    TEAM(come_and_go, fire_root);
    end();
}

static void come_late(void *unused) {
    (void)unused;
    s.child = make(s.root);
}

static void a_child_made_meanwhile_is_fired_in_the_end(void) {
    begin();
    TEAM(come_late, fire_root);
    EXPLORE_CHECK(sync_cancel_is_fired(s.child));
    sync_cancel_release(s.child);
    end();
}

static void fire_child(void *unused) {
    (void)unused;
    sync_cancel_fire(s.child);
}

static void count_run(void *argument) {
    ++*(int *)argument;
}

/* Parent and child fire at the same time: each handler runs once, on one of the two. */
static void parent_and_child_may_fire_together(void) {
    begin();
    s.child = make(s.root);
    struct sync_cancel *grandchild = make(s.child);
    struct sync_cancel *of[] = { s.root, grandchild };
    for (int i = 0; i < 2; i++) {
        s.handlers[i] = (struct sync_cancel_handler){ .run = count_run, .argument = &s.runs[i] };
        EXPLORE_CHECK(sync_cancel_watch(of[i], &s.handlers[i]));
    }
    TEAM(fire_root, fire_child);
    EXPLORE_CHECK(s.runs[0] == 1 && s.runs[1] == 1);
    EXPLORE_CHECK(sync_cancel_is_fired(grandchild));
    sync_cancel_release(grandchild);
    sync_cancel_release(s.child);
    end();
}

/* Who fires holds a reference: the last user of a token may let go meanwhile. */
static void release_child(void *unused) {
    (void)unused;
    sync_cancel_release(s.child);
}

static void a_child_may_go_while_the_parent_fires(void) {
    begin();
    s.child = make(s.root);
    TEAM(release_child, fire_root, fire_root_too);
    end();
}

/* ---- no memory ---- */

static void what_cannot_be_made_changes_nothing(void) {
    memset(&s, 0, sizeof(s));
    if (sync_cancel_create(NULL, &s.root) == STATUS_OK) {
        if (sync_cancel_create(s.root, &s.child) == STATUS_OK) {
            sync_cancel_fire(s.root);
            EXPLORE_CHECK(sync_cancel_is_fired(s.child));
        }
        EXPLORE_CHECK(s.child != NULL || sync_memory_live() == 1);
        sync_cancel_release(s.child);
        sync_cancel_release(s.root);
    }
    EXPLORE_CHECK(sync_memory_live() == 0);
}

#define CASE(NAME, ...) { .name = #NAME, .body = NAME, .plan = { __VA_ARGS__ } }
#define ALL .strategy = EXPLORE_DPOR

static const struct explore_case cases[] = {
    CASE(an_unwatched_handler_has_run_wholly_or_never, ALL, .spurious_wakes = 1),
    CASE(two_fire_and_the_handler_runs_once, ALL),
    CASE(what_came_before_the_firing_is_seen, ALL),
    CASE(children_come_and_go_while_the_parent_fires, ALL),
    CASE(a_child_made_meanwhile_is_fired_in_the_end, ALL),
    CASE(parent_and_child_may_fire_together, ALL),
    CASE(a_child_may_go_while_the_parent_fires, ALL),
    CASE(what_cannot_be_made_changes_nothing, ALL, .allocation_failures = 2),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
