/*
 * dining.c - philosophers who starve, and philosophers who eat.
 *
 *     weft-explore examples/dining.c             finds the schedule
 *     weft-explore --threads examples/dining.c   may, in some years
 *
 * Each sits between two forks, takes the left one, takes the right one, eats, puts both
 * back (Dijkstra, 1965).  When all have taken their left fork, each waits for what another
 * holds, and nobody will ever move.  On threads that takes as many preemptions as there
 * are philosophers, between two instructions, so a table of three dines for years.
 *
 * The repair is an order: forks are numbered, and whoever needs two takes the lower first.
 * A cycle of waiting would have to go down somewhere, and cannot.  Locks with ranks
 * (sync/mutex.h, sync/rank.h) are this rule, asserted at each acquisition: they report the
 * wrong order on the first schedule, whether it deadlocks or not, which is why the forks
 * here are plain locks.
 *
 * The repaired case is explored to the end: no schedule of these three deadlocks.  That
 * is more than "we have never seen it", and less than a proof for any number of them.
 *
 * uses: base explore sync
 */
#include "explore/explore.h"
#include "base/attr.h"
#include "sync/lock.h"
#include "sync/thread.h"

enum { PHILOSOPHERS = 3 };

static struct sync_lock forks[PHILOSOPHERS];
static uint32_t used[PHILOSOPHERS];   /* how often a fork was eaten with: guarded by it */

static void eat(uint32_t first, uint32_t second) {
    sync_lock_acquire(&forks[first]);
    sync_lock_acquire(&forks[second]);
    used[first]++;
    used[second]++;
    sync_lock_release(&forks[second]);
    sync_lock_release(&forks[first]);
}

static void eat_left_first(void *seat) {
    uint32_t left = *(uint32_t *)seat;
    eat(left, (left + 1) % PHILOSOPHERS);
}

static void eat_lower_first(void *seat) {
    uint32_t left = *(uint32_t *)seat, right = (left + 1) % PHILOSOPHERS;
    eat(left < right ? left : right, left < right ? right : left);
}

static void dine(void (*philosopher)(void *seat)) {
    struct sync_thread threads[PHILOSOPHERS];
    uint32_t seats[PHILOSOPHERS];
    struct sync_thread_options options = { .name = "philosopher", .cpu = SYNC_CPU_ANY };
    for (uint32_t i = 0; i < PHILOSOPHERS; i++) {
        forks[i] = (struct sync_lock){ { 0 } };
        used[i] = 0;
        seats[i] = i;
    }
    for (uint32_t i = 0; i < PHILOSOPHERS; i++) {
        EXPLORE_CHECK(sync_thread_start(&threads[i], &options, philosopher, &seats[i]) ==
                      STATUS_OK);
    }
    for (uint32_t i = 0; i < PHILOSOPHERS; i++) {
        sync_thread_join(&threads[i]);
    }
    for (uint32_t i = 0; i < PHILOSOPHERS; i++) {
        EXPLORE_CHECK(used[i] == 2);
    }
}

static void left_forks_first(void) {
    dine(eat_left_first);
}

static void lower_forks_first(void) {
    dine(eat_lower_first);
}

static const struct explore_case cases[] = {
    { .name = "left_forks_first", .body = left_forks_first },
    { .name = "lower_forks_first", .body = lower_forks_first,
      .plan = { .strategy = EXPLORE_DPOR } },
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
