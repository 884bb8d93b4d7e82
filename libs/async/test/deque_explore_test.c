/*
 * deque_explore_test.c - the deque under weak memory, small cases exhaustively.
 *
 * An item is a plain word that is written before its push and read by whoever takes it, so
 * a missing edge is a race; who takes an item twice fails a check.
 */
#include <string.h>

#include "async/deque.h"
#include "base/attr.h"
#include "explore/explore.h"
#include "sync/thread.h"

enum { ITEMS = 4 };

static struct {
    struct async_deque deque;
    uint32_t items[ITEMS];          /* plain: i + 1 once made */
    struct sync_u32 taken[ITEMS];
    uint32_t made;
} s;

static void forget(void) {
    memset(&s, 0, sizeof(s));
}

static void push(void) {
    uint32_t i = s.made++;
    s.items[i] = i + 1;
    EXPLORE_CHECK(async_deque_push(&s.deque, &s.items[i]));
}

static bool took(const uint32_t *item) {
    if (item == NULL) {
        return false;
    }
    size_t i = (size_t)(item - s.items);
    EXPLORE_CHECK(*item == i + 1);
    EXPLORE_CHECK(sync_u32_add(&s.taken[i], 1, SYNC_RELAXED) == 0);
    return true;
}

static bool pop(void) {
    return took(async_deque_pop(&s.deque));
}

static void steal(void *times) {
    for (uint32_t i = 0; i < *(const uint32_t *)times; i++) {
        void *item = NULL;
        if (async_deque_steal(&s.deque, &item) == ASYNC_STEAL_TAKEN) {
            took(item);
        }
    }
}

/* `script`: '+' pushes, '-' pops; beside it thieves, each with so many tries. */
static void play(const char *script, uint64_t capacity_max, const uint32_t *tries,
                 uint32_t thieves) {
    struct sync_thread threads[2];
    struct sync_thread_options options = { .cpu = SYNC_CPU_ANY };
    EXPLORE_CHECK(async_deque_init(&s.deque, 2, capacity_max) == STATUS_OK);
    const char *at = script;
    for (; *at == '*'; at++) {   /* pushed before anybody looks */
        push();
    }
    for (uint32_t i = 0; i < thieves; i++) {
        uint32_t *mine = (uint32_t *)(uintptr_t)&tries[i];
        EXPLORE_CHECK(sync_thread_start(&threads[i], &options, steal, mine) == STATUS_OK);
    }
    for (; *at != 0; at++) {
        if (*at == '+') {
            push();
        } else {
            (void)pop();
        }
    }
    for (uint32_t i = 0; i < thieves; i++) {
        sync_thread_join(&threads[i]);
    }
    while (pop()) {
    }
    for (uint32_t i = 0; i < s.made; i++) {
        EXPLORE_CHECK(sync_u32_load(&s.taken[i], SYNC_RELAXED) == 1);
    }
    async_deque_finish(&s.deque);
}

static const uint32_t one[] = { 1, 1 };
static const uint32_t two[] = { 2, 2 };

static void the_last_item_goes_to_one(void) {
    play("*-", 2, one, 1);
}

static void an_item_pushed_beside_a_thief_is_seen_whole(void) {
    play("+-", 2, two, 1);
}

static void of_two_items_each_goes_to_one(void) {
    play("++--", 2, two, 1);
}

static void a_lowered_bottom_shows_the_items_below(void) {
    play("++-", 2, one, 1);
}

static void what_was_popped_is_not_stolen_by_an_old_bottom(void) {
    play("**--+", 2, one, 1);
}

static void two_thieves_and_the_owner_share_two_items(void) {
    play("**--", 2, one, 2);
}

static void it_grows_under_a_thief(void) {
    play("**+", 4, two, 1);
}

static void it_grows_while_it_is_pushed_and_popped(void) {
    play("++-++", 4, two, 1);
}


static void three_items_two_thieves_and_a_growing_ring(void) {
    play("**+-", 4, one, 2);
}

#define PROVED(NAME) { .name = #NAME, .body = NAME, .reset = forget, \
                       .plan = { .strategy = EXPLORE_DPOR } }

static const struct explore_case cases[] = {
    PROVED(the_last_item_goes_to_one),
    PROVED(an_item_pushed_beside_a_thief_is_seen_whole),
    PROVED(of_two_items_each_goes_to_one),
    PROVED(a_lowered_bottom_shows_the_items_below),
    PROVED(what_was_popped_is_not_stolen_by_an_old_bottom),
    PROVED(two_thieves_and_the_owner_share_two_items),
    PROVED(it_grows_under_a_thief),
    PROVED(it_grows_while_it_is_pushed_and_popped),
    PROVED(three_items_two_thieves_and_a_growing_ring),
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
