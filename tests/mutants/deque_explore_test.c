/* deque_explore_test.c - the work-stealing deque, where mutants of it show. */
#include <string.h>

#include "team.h"
#include "async/deque.h"
#include "sync/atomic.h"

enum { ITEMS = 3 };

struct item {
    uint32_t made;            /* before the push */
    struct sync_u32 taken;
};

static struct {
    struct async_deque deque;
    struct item items[ITEMS];
    uint32_t pushed;
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
}

static void push(void) {
    struct item *item = &s.items[s.pushed++];
    item->made = 1;
    EXPLORE_CHECK(async_deque_push(&s.deque, item));
}

static bool took(struct item *item) {
    if (item != NULL) {
        EXPLORE_CHECK(item->made == 1);
        EXPLORE_CHECK(sync_u32_add(&item->taken, 1, SYNC_RELAXED) == 0);
    }
    return item != NULL;
}

static void steal_once(void *unused) {
    (void)unused;
    void *item = NULL;
    if (async_deque_steal(&s.deque, &item) == ASYNC_STEAL_TAKEN) {
        EXPLORE_CHECK(took(item));
    }
}

static void steal_twice(void *unused) {
    steal_once(unused);
    steal_once(unused);
}

static void push_two_pop_two(void *unused) {
    (void)unused;
    push();
    push();
    took(async_deque_pop(&s.deque));
    took(async_deque_pop(&s.deque));
}

/* The thief may see only the bottom that the pop lowered. */
static void push_two_pop_one(void *unused) {
    (void)unused;
    push();
    push();
    EXPLORE_CHECK(took(async_deque_pop(&s.deque)));
}

static void push_three(void *unused) {
    (void)unused;
    push();
    push();
    push();
}

static void push_pop_push(void *unused) {
    (void)unused;
    push();
    took(async_deque_pop(&s.deque));
    push();
    took(async_deque_pop(&s.deque));
}

/* The owner's part on the case's own thread, thieves beside it, and what is left at the end. */
static void with_thieves(uint64_t capacity_max, void (*const *bodies)(void *), size_t count) {
    EXPLORE_CHECK(async_deque_init(&s.deque, 2, capacity_max) == STATUS_OK);
    team_run(bodies, count);
    while (took(async_deque_pop(&s.deque))) {
        continue;
    }
    for (uint32_t i = 0; i < s.pushed; i++) {
        EXPLORE_CHECK(sync_u32_load(&s.items[i].taken, SYNC_RELAXED) == 1);
    }
    async_deque_finish(&s.deque);
}

static void owner_and_thief_take_each_item_once(void) {
    with_thieves(2, (void (*const[])(void *)){ push_two_pop_two, steal_twice }, 2);
}

static void owner_and_two_thieves_take_each_item_once(void) {
    with_thieves(2, (void (*const[])(void *)){ push_two_pop_two, steal_once, steal_once }, 3);
}

static void a_pop_shows_the_items_below(void) {
    with_thieves(2, (void (*const[])(void *)){ push_two_pop_one, steal_once }, 2);
}

static void it_grows_while_thieves_look(void) {
    with_thieves(4, (void (*const[])(void *)){ push_three, steal_twice }, 2);
}

static void an_emptied_one_is_filled_again(void) {
    with_thieves(2, (void (*const[])(void *)){ push_pop_push, steal_twice }, 2);
}

#define CASE(NAME) { .name = #NAME, .body = NAME, .reset = forget }
static const struct explore_case cases[] = {
    CASE(owner_and_thief_take_each_item_once),
    CASE(owner_and_two_thieves_take_each_item_once),
    CASE(a_pop_shows_the_items_below),
    CASE(it_grows_while_thieves_look),
    CASE(an_emptied_one_is_filled_again),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
