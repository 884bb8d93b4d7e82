/*
 * lost_wakeup.c - a thread that sleeps beside what it waits for, twice, and not at all.
 *
 *     weft-explore examples/lost_wakeup.c
 *
 * A letter box: one thread puts a letter in, another takes it out, and sleeps while there
 * is none.  Sleeping is sync_wait(word, seen): the system looks at the word again and
 * sleeps only while it still is what was seen.  That closes the gap between the look and
 * the sleep, for one word.  Here are two, as almost everywhere: the letter, and something
 * to sleep on.
 *
 * Too late.  The taker looks, finds no letter, reads the bell, sleeps until the bell
 * rings.  When the letter comes between the look and the reading of the bell, so does the
 * ring: the bell that is read has rung already, and the taker waits for the next.  Either
 * it looks again after reading the bell; or, shorter, it reads the bell before the look.
 *
 * Too weak.  Ringing costs a system call, so the sender rings only when somebody sleeps.
 * It stores the letter and loads the number of sleepers; the taker counts itself and
 * looks for the letter.  Whatever the order of these four, one of them sees the other's:
 * true of every interleaving, and not of the processors sold today, on which a load may be
 * done before others have seen the stores before it.  Both find nothing, one sleeps, nobody
 * rings.  Only sequentially consistent accesses exclude that.
 *
 * What each looks like when it fails is in docs/tour/explore.md.
 *
 * uses: base explore sync
 */
#include <string.h>

#include "explore/explore.h"
#include "base/attr.h"
#include "sync/thread.h"
#include "sync/wait.h"

static struct {
    struct sync_u32 letter;     /* 0: none */
    struct sync_u32 bell;       /* how often it rang */
    struct sync_u32 sleepers;
} box;

static void put(void *order) {
    sync_u32_store(&box.letter, 7, *(enum sync_order *)order);
    sync_u32_add(&box.bell, 1, *(enum sync_order *)order);
    sync_wake(&box.bell, 1);
}

static uint32_t take_too_late(enum sync_order order) {
    while (sync_u32_load(&box.letter, order) == 0) {
        uint32_t heard = sync_u32_load(&box.bell, order);
        EXPLORE_CHECK(sync_wait(&box.bell, heard, SYNC_NO_DEADLINE) == STATUS_OK);
    }
    return sync_u32_load(&box.letter, order);
}

static uint32_t take(enum sync_order order) {
    for (;;) {
        uint32_t heard = sync_u32_load(&box.bell, order);
        uint32_t found = sync_u32_load(&box.letter, order);
        if (found != 0) {
            return found;
        }
        EXPLORE_CHECK(sync_wait(&box.bell, heard, SYNC_NO_DEADLINE) == STATUS_OK);
    }
}

/* Rings only when somebody sleeps; `order` is that of the four accesses that decide. */
static void put_quietly(void *order) {
    sync_u32_store(&box.letter, 7, *(enum sync_order *)order);
    if (sync_u32_load(&box.sleepers, *(enum sync_order *)order) > 0) {
        sync_wake(&box.letter, 1);
    }
}

static uint32_t take_and_say_so(enum sync_order order) {
    sync_u32_add(&box.sleepers, 1, order);   /* for good: there is but one letter */
    while (sync_u32_load(&box.letter, order) == 0) {
        EXPLORE_CHECK(sync_wait(&box.letter, 0, SYNC_NO_DEADLINE) == STATUS_OK);
    }
    return sync_u32_load(&box.letter, order);
}

static void with_sender(void (*body)(void *), uint32_t (*take_it)(enum sync_order order),
                        enum sync_order order) {
    memset(&box, 0, sizeof(box));
    struct sync_thread sender;
    struct sync_thread_options options = { .name = "sender", .cpu = SYNC_CPU_ANY };
    EXPLORE_CHECK(sync_thread_start(&sender, &options, body, &order) == STATUS_OK);
    EXPLORE_CHECK(take_it(order) == 7);
    sync_thread_join(&sender);
}

static void the_bell_is_read_too_late(void) {
    with_sender(put, take_too_late, SYNC_SEQ_CST);
}

static void the_bell_is_read_first(void) {
    with_sender(put, take, SYNC_SEQ_CST);
}

static void rung_for_sleepers_too_weakly(void) {
    with_sender(put_quietly, take_and_say_so, SYNC_RELAXED);
}

static void rung_for_sleepers(void) {
    with_sender(put_quietly, take_and_say_so, SYNC_SEQ_CST);
}

#define PROVE { .strategy = EXPLORE_DPOR }
static const struct explore_case cases[] = {
    { .name = "the_bell_is_read_too_late", .body = the_bell_is_read_too_late },
    { .name = "the_bell_is_read_first", .body = the_bell_is_read_first, .plan = PROVE },
    { .name = "rung_for_sleepers_too_weakly", .body = rung_for_sleepers_too_weakly },
    { .name = "rung_for_sleepers", .body = rung_for_sleepers, .plan = PROVE },
};

int main(int argc, char **argv) {
    return explore_main(argc, argv, cases, COUNT_OF(cases));
}
