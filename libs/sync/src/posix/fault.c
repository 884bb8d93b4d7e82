/* fault.c - counters of operations, and which of them fails. */
#include "fault.h"

#include <unistd.h>

#include "sync/atomic.h"

struct fault {
    struct sync_u64 count;     /* operations since the arming */
    struct sync_u64 nth;       /* 0 when not armed */
    struct sync_u32 for_ever;
    struct sync_u32 was_met;
};

static struct fault faults[SYNC_FAULT_KINDS];

void sync_fault_arm(enum sync_fault_kind kind, uint64_t nth, bool for_ever) {
    struct fault *fault = &faults[kind];
    sync_u64_store(&fault->count, 0, SYNC_RELAXED);
    sync_u32_store(&fault->for_ever, for_ever, SYNC_RELAXED);
    sync_u32_store(&fault->was_met, 0, SYNC_RELAXED);
    sync_u64_store(&fault->nth, nth, SYNC_SEQ_CST);
}

bool sync_fault_disarm(enum sync_fault_kind kind) {
    sync_u64_store(&faults[kind].nth, 0, SYNC_SEQ_CST);
    return sync_u32_load(&faults[kind].was_met, SYNC_RELAXED) != 0;
}

bool fault_is_due(enum sync_fault_kind kind) {
    struct fault *fault = &faults[kind];
    uint64_t nth = sync_u64_load(&fault->nth, SYNC_RELAXED);
    if (nth == 0) {
        return false;
    }
    uint64_t number = sync_u64_add(&fault->count, 1, SYNC_RELAXED) + 1;
    bool due = number == nth || (number > nth && sync_u32_load(&fault->for_ever, SYNC_RELAXED));
    if (due) {
        sync_u32_store(&fault->was_met, 1, SYNC_RELAXED);
    }
    return due;
}

void fault_crash(void) {
    _exit(SYNC_CRASH_EXIT);
}

bool fault_in_file_operation(void) {
    if (fault_is_due(SYNC_FAULT_CRASH)) {
        fault_crash();
    }
    return fault_is_due(SYNC_FAULT_FILE);
}
