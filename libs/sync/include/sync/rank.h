/*
 * sync/rank.h - the order in which locks may be taken, all on one page.
 *
 * A thread may take a lock only while every lock it holds has a smaller rank, so
 * no cycle of waiting can form.  Check builds stop where the order is broken, at
 * each acquisition.  Outermost locks come first.
 *
 * Locks without a rank promise no order and are not checked against others: for
 * programs whose locks are many of one kind.  sync/stats.h watches the order in
 * which they are taken and tells of cycles.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  none
 * Memory:   names are static text
 * Errors:   none
 * Source:   the witness idea of FreeBSD and jemalloc
 * Depends:  none
 */
#ifndef SYNC_RANK_H
#define SYNC_RANK_H

enum sync_rank {
    SYNC_RANK_NONE = 0,          /* no order is promised */
    SYNC_RANK_APPLICATION,       /* a program's own state */
    SYNC_RANK_COMPONENT,         /* state of a decoder, renderer or index */
    SYNC_RANK_WORKPOOL_CALLER,   /* one run at a time on a pool */
    SYNC_RANK_WORKPOOL,          /* a pool's queue and counters */
    SYNC_RANK_CANCEL,            /* a token's children and handlers */
    SYNC_RANK_SCOPE,             /* a scope's children and their results */
    SYNC_RANK_CHANNEL,           /* a channel's waiters */
    SYNC_RANK_TIMER,             /* a timer wheel */
    SYNC_RANK_EXECUTOR,          /* an executor's queues and sleepers */
    SYNC_RANK_LEAF,              /* takes nothing while held */
    SYNC_RANK_COUNT              /* number of values; not a rank */
};

/* "application", ...; "no rank" for SYNC_RANK_NONE, "unknown" outside the enum. */
const char *sync_rank_name(enum sync_rank rank);

#endif
