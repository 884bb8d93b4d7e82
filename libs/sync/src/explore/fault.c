/* fault.c - what fails: what a test armed, and what the strategy decides. */
#include "fault.h"

#include "explore/body.h"

/* Counters of one process-wide thread at a time: nothing here is a step of the explorer. */
static struct {
    uint64_t count;
    uint64_t nth;
    bool for_ever;
    bool was_met;
} faults[SYNC_FAULT_KINDS];

void sync_fault_arm(enum sync_fault_kind kind, uint64_t nth, bool for_ever) {
    faults[kind].count = 0;
    faults[kind].nth = nth;
    faults[kind].for_ever = for_ever;
    faults[kind].was_met = false;
}

bool sync_fault_disarm(enum sync_fault_kind kind) {
    faults[kind].nth = 0;
    return faults[kind].was_met;
}

static bool is_decided(enum sync_fault_kind kind) {
    switch (kind) {
    case SYNC_FAULT_FILE: return explore_file_fails();
    case SYNC_FAULT_CRASH: return explore_crash_is_due();
    default: return false;   /* allocations are decided about by the heap */
    }
}

bool fault_is_due(enum sync_fault_kind kind) {
    if (faults[kind].nth != 0) {
        uint64_t number = ++faults[kind].count;
        if (number == faults[kind].nth || (number > faults[kind].nth && faults[kind].for_ever)) {
            faults[kind].was_met = true;
            return true;
        }
    }
    return is_decided(kind);
}

void fault_crash(void) {
    explore_crash();
}

bool fault_in_file_operation(void) {
    if (fault_is_due(SYNC_FAULT_CRASH)) {
        fault_crash();
    }
    return fault_is_due(SYNC_FAULT_FILE);
}
