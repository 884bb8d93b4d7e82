/*
 * sync/refcount.h - memory that lives as long as somebody refers to it.
 *
 * Three things.  A count is the word alone, for structures that own themselves.  An arc
 * is a piece of memory that any thread may refer to, strongly or weakly: when the last
 * strong reference goes, its destructor runs, once; when the last weak one has gone too,
 * the memory is given back.  An rc is the same for one thread, without atomic
 * instructions.
 *
 * A weak reference keeps the memory and not what is in it: it must be upgraded, which
 * fails from the moment when the last strong reference was given back.  It is what
 * children have of their parents, so that no cycle keeps itself alive.
 *
 * Units:    bytes
 * Shapes:   references are pointers to the payload, which is zeroed at first and aligned
 *           to 16
 * Threads:  counts and arcs any; each reference belongs to one thread at a time.  An rc
 *           belongs to the thread that made it, which check builds look after
 * Memory:   create gives one strong reference; each retain, downgrade and upgrade gives
 *           one more, to be released.  Destructors run on the thread that releases last,
 *           after all that other holders did; they may release other references, but
 *           not upgrade this one.  Long chains of them cost stack
 * Errors:   NULL when there is no memory.  More than SYNC_COUNT_MAX references, and
 *           retaining or releasing what is gone, stop every build
 * Source:   Rust's Rc and Arc; Boost's shared_ptr for the orders
 * Depends:  base, sync/atomic.h
 */
#ifndef SYNC_REFCOUNT_H
#define SYNC_REFCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "sync/atomic.h"

/* So far below the width of the word that threads in the middle of retaining do not wrap it. */
enum { SYNC_COUNT_MAX = INT32_MAX };

/* ---- counts: O(1) each ---- */

struct sync_count { struct sync_u32 word; };

/* Set it to one reference, before others know of it. */
void sync_count_init(struct sync_count *count);

/* One more, by somebody who has one. */
void sync_count_retain(struct sync_count *count);

/* One more unless there is none: for those who found the structure without having one. */
MUST_CHECK bool sync_count_retain_if_live(struct sync_count *count);

/* One less.  True for the last one only, who then sees all that was done by the others. */
MUST_CHECK bool sync_count_release(struct sync_count *count);

/* How many there are; soon stale, unless it is 1 and the caller's own. */
uint32_t sync_count_now(const struct sync_count *count);

/* ---- arcs: O(1) each, and the destructor ---- */

/* A weak reference.  Never looked into. */
struct sync_arc_weak;

/* A piece of `bytes`, zeroed; `destroy` (NULL for nothing to do) gets it at the end. */
MUST_CHECK void *sync_arc_create(size_t bytes, void (*destroy)(void *payload));

/* One more strong reference; returns the payload. */
void *sync_arc_retain(void *payload);

/* Give a strong reference back; NULL is ignored. */
void sync_arc_release(void *payload);

/* Does nobody else refer to it, not even weakly?  Then the caller may change it as its own. */
MUST_CHECK bool sync_arc_is_unique(void *payload);

/* How many strong references there are; soon stale. */
uint32_t sync_arc_count(const void *payload);

/* A weak reference beside a strong one. */
MUST_CHECK struct sync_arc_weak *sync_arc_downgrade(void *payload);

/* A strong reference from a weak one, which stays; NULL when the payload is gone. */
MUST_CHECK void *sync_arc_upgrade(struct sync_arc_weak *weak);

struct sync_arc_weak *sync_arc_weak_retain(struct sync_arc_weak *weak);

/* NULL is ignored. */
void sync_arc_weak_release(struct sync_arc_weak *weak);

/* ---- rcs: as arcs, within one thread ---- */

struct sync_rc_weak;

MUST_CHECK void *sync_rc_create(size_t bytes, void (*destroy)(void *payload));
void *sync_rc_retain(void *payload);
void sync_rc_release(void *payload);
MUST_CHECK bool sync_rc_is_unique(const void *payload);
uint32_t sync_rc_count(const void *payload);
MUST_CHECK struct sync_rc_weak *sync_rc_downgrade(void *payload);
MUST_CHECK void *sync_rc_upgrade(struct sync_rc_weak *weak);
struct sync_rc_weak *sync_rc_weak_retain(struct sync_rc_weak *weak);
void sync_rc_weak_release(struct sync_rc_weak *weak);

#endif
