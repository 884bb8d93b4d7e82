/* order.h - the watch over the order of locks, as the locks see it: see sync/stats.h. */
#ifndef SYNC_ORDER_H
#define SYNC_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "sync/atomic.h"
#include "sync/lock.h"
#include "sync/rank.h"

/* Not under the explorer: the orders of one schedule are nothing to the next. */
enum { STATS_ARE_KEPT = ASSERT_IS_SLOW && !SYNC_LOCK_IS_CALL };

struct self;
struct held_kind;

extern struct sync_u32 order_is_watched;

/* The thread is about to wait for the lock. */
void order_wanted(struct self *self, const void *lock, const struct held_kind *kind,
                  enum sync_rank rank);

/* The lock is finished: another may come to lie where it lay. */
void order_forget(const void *lock);

#endif
