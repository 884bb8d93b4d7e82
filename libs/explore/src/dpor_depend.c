/*
 * dpor_depend.c - which steps disturb each other.
 *
 * Two steps of different threads are independent when making them in either order leaves
 * everything the same, and neither lets the other's thread go on or stops it.  Where this
 * is not known, or takes long to know, they depend.
 */
#include "dpor_impl.h"

enum access {
    ACCESS_NONE,
    ACCESS_READ,     /* disturbed by writes */
    ACCESS_WRITE,    /* by everything but wakes */
    ACCESS_WAIT,     /* reads the word, joins its sleepers */
    ACCESS_WAKE      /* looks at the sleepers, not at the word */
};

static enum access access_of(unsigned kind, bool has_failed) {
    switch (kind) {
    case STEP_LOAD:
    case STEP_CAS_FAILED: return ACCESS_READ;
    case STEP_STORE:
    case STEP_RMW:
    case STEP_UNLOCK: return ACCESS_WRITE;
    case STEP_LOCK: return has_failed ? ACCESS_READ : ACCESS_WRITE;
    case STEP_WAIT: return ACCESS_WAIT;
    case STEP_WAKE: return ACCESS_WAKE;
    case STEP_TIMED_OUT: return ACCESS_WRITE;   /* of a lock: may take it after all */
    case STEP_FILE:
    case STEP_NOTE: return ACCESS_WRITE;
    default: return ACCESS_NONE;
    }
}

static bool is_conflict(enum access a, enum access b) {
    if (a == ACCESS_NONE || b == ACCESS_NONE) {
        return false;
    }
    if (a == ACCESS_WAKE || b == ACCESS_WAKE) {
        enum access other = a == ACCESS_WAKE ? b : a;
        return other == ACCESS_WAKE || other == ACCESS_WAIT;
    }
    return a != ACCESS_READ || b != ACCESS_READ ? !(a == ACCESS_READ && b == ACCESS_WAIT) &&
                                                      !(a == ACCESS_WAIT && b == ACCESS_READ)
                                                : false;
}

/* Steps without an object of their own that are told apart by order: one object for each kind. */
uint32_t dpor_object_of(unsigned kind, uint32_t object) {
    switch (kind) {
    case STEP_FILE:
    case STEP_NOTE: return 0;
    case STEP_LOAD:
    case STEP_CAS_FAILED:
    case STEP_STORE:
    case STEP_RMW:
    case STEP_LOCK:
    case STEP_UNLOCK:
    case STEP_WAIT:
    case STEP_WAKE:
    case STEP_TIMED_OUT: return object != 0 ? object : DPOR_NONE;
    default: return DPOR_NONE;
    }
}

/* A thread that has come to the end of its patience looks at who ends, or has ended. */
static bool is_end_seen(const struct dpor_event *event, unsigned kind, unsigned patience) {
    return event->kind == STEP_EXIT &&
           ((kind == STEP_TIMED_OUT && patience == WAITS_UNTIL_DEADLINE) ||
            (kind == STEP_JOIN && patience == LOOKS_ONCE));
}

static unsigned patience_of(const struct dpor_event *event) {
    return event->looks_once ? LOOKS_ONCE : event->has_deadline ? WAITS_UNTIL_DEADLINE : WAITS;
}

/* Does the step go otherwise when time has moved, or time when the step has been made? */
bool dpor_is_timed(unsigned kind) {
    switch (kind) {
    case STEP_WAIT:
    case STEP_WAKE:
    case STEP_WOKEN:
    case STEP_TIMED_OUT:
    case STEP_CLOCK_READ:
    case STEP_LOCK:
    case STEP_UNLOCK:
    case STEP_JOIN:
    case STEP_EXIT:
    case STEP_CLOCK_MOVES: return true;
    default: return false;
    }
}

/* As the engine has it: whoever yields waits until another thread did one of these. */
bool dpor_is_change(unsigned kind, unsigned order) {
    switch (kind) {
    case STEP_STORE:
    case STEP_RMW:
    case STEP_LOCK:
    case STEP_UNLOCK:
    case STEP_WAKE:
    case STEP_SPAWN:
    case STEP_EXIT:
    case STEP_CLOCK_MOVES: return true;
    case STEP_FENCE: return order == __ATOMIC_SEQ_CST;
    default: return false;
    }
}

bool dpor_is_dependent(const struct dpor_event *event, const struct pending *pending,
                       uint32_t thread) {
    if (thread == TRACE_CLOCK) {
        return dpor_is_timed(event->kind);
    }
    if (event->thread == TRACE_CLOCK) {
        return dpor_is_timed(pending->kind);
    }
    if (is_end_seen(event, pending->kind, pending->bytes)) {
        return true;
    }
    uint32_t object = dpor_object_of(pending->kind, pending->object);
    return object != DPOR_NONE && object == dpor_object_of(event->kind, event->object) &&
           is_conflict(access_of(event->kind, event->has_failed),
                       access_of(pending->kind, false));
}

/*
 * A lock is waited for until it is free: taking it races with who took it before, and not with
 * who gave it back, or tried in vain while it was held.
 */
bool dpor_is_reversible(const struct dpor_event *before, const struct dpor_event *after) {
    return after->kind != STEP_LOCK || after->looks_once ||
           (before->kind == STEP_LOCK && !before->has_failed);
}

bool dpor_touches(const struct dpor_event *before, const struct dpor_event *after,
                    enum dpor_chain chain) {
    switch (chain) {
    case CHAIN_OBJECT:
        return is_conflict(access_of(before->kind, before->has_failed),
                           access_of(after->kind, after->has_failed));
    case CHAIN_CHANGE:
        return (before->changes && after->yields) ||
               ((before->yields || before->lets_go) && after->changes);
    default:
        return before->thread == TRACE_CLOCK || after->thread == TRACE_CLOCK ||
               is_end_seen(before, after->kind, patience_of(after)) ||
               is_end_seen(after, before->kind, patience_of(before));
    }
}

bool dpor_is_write(const struct dpor_event *event) {
    return access_of(event->kind, event->has_failed) == ACCESS_WRITE;
}
