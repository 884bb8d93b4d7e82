/*
 * sync/rank.h - the order in which locks may be taken, all on one page.
 *
 * A thread may take a lock only while every lock it holds has a smaller rank, so
 * no cycle of waiting can form.  Check builds assert it at each acquisition.
 * Outermost locks come first.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  none
 * Memory:   none
 * Errors:   none
 * Source:   the witness idea of FreeBSD and jemalloc
 * Depends:  none
 */
#ifndef SYNC_RANK_H
#define SYNC_RANK_H

enum sync_rank {
    SYNC_RANK_APPLICATION = 1,   /* a program's own state */
    SYNC_RANK_COMPONENT,         /* state of a decoder, renderer or index */
    SYNC_RANK_WORKPOOL_CALLER,   /* one run at a time on a pool */
    SYNC_RANK_WORKPOOL,          /* a pool's queue and counters */
    SYNC_RANK_LEAF,              /* takes nothing while held */
};

#endif
