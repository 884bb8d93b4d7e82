/*
 * bank.c - a bank that loses money one schedule in a thousand, and the one that does not.
 *
 *     weft-explore examples/bank.c             finds the schedule
 *     weft-explore --threads examples/bank.c   does not
 *
 * Clerks move money between accounts, each of which is one shared word.  To withdraw is
 * a loop of compare-exchange: the balance must not have changed since it was found to be
 * large enough.  To deposit is an addition, which cannot fail.  Somebody measured, saw
 * that most deposits go to new accounts, and made those faster: "an empty account has
 * no customers yet, so nobody else can be writing it, and a plain store will do".
 *
 * It is true that nobody can withdraw from an empty account.  But two clerks may both
 * deposit to it: each finds 0, each stores its own amount, and what the first one brought
 * is gone.  On threads that takes two deposits within some nanoseconds, to an account that
 * was emptied just before.  Tests pass, and the bank's books differ at the end of some
 * months.
 *
 * The check is the one thing that a bank must keep: money is neither made nor lost.  No
 * schedule, sleep or barrier is in this file; the explorer finds the schedule, and takes
 * away everything that the failure does not need.  What is left is a page of its own:
 * docs/tour/explore.md.
 *
 * uses: base explore sync
 */
#include "explore/explore.h"
#include "base/attr.h"
#include "sync/atomic.h"
#include "sync/thread.h"

enum { ACCOUNTS = 4, CLERKS = 3, TRANSFERS_MAX = 4, OPENING = 10 };

static struct sync_u32 accounts[ACCOUNTS];

static bool withdraw(struct sync_u32 *account, uint32_t amount) {
    uint32_t balance = sync_u32_load(account, SYNC_SEQ_CST);
    while (balance >= amount) {
        if (sync_u32_compare_exchange(account, &balance, balance - amount, SYNC_SEQ_CST)) {
            return true;
        }
    }
    return false;
}

static void deposit(struct sync_u32 *account, uint32_t amount) {
    sync_u32_add(account, amount, SYNC_SEQ_CST);
}

/* The same, made faster. */
static void deposit_faster(struct sync_u32 *account, uint32_t amount) {
    if (sync_u32_load(account, SYNC_SEQ_CST) == 0) {
        sync_u32_store(account, amount, SYNC_SEQ_CST);
    } else {
        sync_u32_add(account, amount, SYNC_SEQ_CST);
    }
}

struct clerk {
    void (*deposit)(struct sync_u32 *account, uint32_t amount);
    struct { uint32_t from, to, amount; } transfers[TRANSFERS_MAX];   /* up to an amount of 0 */
};

static void work(void *argument) {
    const struct clerk *clerk = argument;
    for (uint32_t i = 0; i < TRANSFERS_MAX && clerk->transfers[i].amount > 0; i++) {
        if (withdraw(&accounts[clerk->transfers[i].from], clerk->transfers[i].amount)) {
            clerk->deposit(&accounts[clerk->transfers[i].to], clerk->transfers[i].amount);
        }
    }
}

/* The first clerk is refused once, then empties account 0; the others put money there. */
static void a_day(void (*deposit_money)(struct sync_u32 *account, uint32_t amount)) {
    struct clerk clerks[CLERKS] = {
        { deposit_money, { { 1, 2, 4 }, { 1, 3, 3 }, { 1, 2, 4 }, { 0, 1, OPENING } } },
        { deposit_money, { { 2, 0, 4 } } },
        { deposit_money, { { 3, 0, 3 } } },
    };
    struct sync_thread threads[CLERKS];
    struct sync_thread_options options = { .name = "clerk", .cpu = SYNC_CPU_ANY };
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        sync_u32_store(&accounts[i], OPENING, SYNC_RELAXED);
    }
    for (uint32_t i = 0; i < CLERKS; i++) {
        EXPLORE_CHECK(sync_thread_start(&threads[i], &options, work, &clerks[i]) == STATUS_OK);
    }
    uint32_t total = 0;
    for (uint32_t i = 0; i < CLERKS; i++) {
        sync_thread_join(&threads[i]);
    }
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        total += sync_u32_load(&accounts[i], SYNC_RELAXED);
    }
    EXPLORE_CHECK(total == ACCOUNTS * OPENING);
}

static void money_is_lost(void) {
    a_day(deposit_faster);
}

static void no_money_is_lost(void) {
    a_day(deposit);
}

static const struct explore_case cases[] = {
    { .name = "money_is_lost", .body = money_is_lost },
    { .name = "no_money_is_lost", .body = no_money_is_lost,
      .plan = { .strategy = EXPLORE_DPOR } },
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
