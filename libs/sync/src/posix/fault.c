/* fault.c - counters of operations, which of them fails, and a record of the others. */
#include "fault.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
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

static struct {
    struct sync_u32 is_on;
    struct sync_u64 count;
    struct sync_step *steps;
    size_t room;
} record;

void sync_record_begin(struct sync_step *steps, size_t room) {
    record.steps = steps;
    record.room = room;
    sync_u64_store(&record.count, 0, SYNC_RELAXED);
    sync_u32_store(&record.is_on, 1, SYNC_SEQ_CST);
}

size_t sync_record_end(void) {
    sync_u32_store(&record.is_on, 0, SYNC_SEQ_CST);
    return (size_t)sync_u64_load(&record.count, SYNC_RELAXED);
}

/* The last part of a path that may end in a slash. */
static void copy_name(char name[SYNC_STEP_NAME_BYTES], const char *path) {
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/') {
        begin--;
    }
    size_t count = end - begin < SYNC_STEP_NAME_BYTES ? end - begin : SYNC_STEP_NAME_BYTES - 1;
    memcpy(name, path + begin, count);
    name[count] = '\0';
}

enum status fault_note(enum sync_step_kind kind, const char *path, const char *to) {
    if (sync_u32_load(&record.is_on, SYNC_RELAXED) != 0) {
        uint64_t number = sync_u64_add(&record.count, 1, SYNC_RELAXED);
        if (number < record.room) {
            record.steps[number].kind = kind;
            copy_name(record.steps[number].name, path);
            copy_name(record.steps[number].to, to != NULL ? to : "");
        }
    }
    return STATUS_OK;
}

enum status fault_note_open(enum sync_step_kind kind, int descriptor) {
    if (sync_u32_load(&record.is_on, SYNC_RELAXED) == 0) {
        return STATUS_OK;
    }
    char link[40];
    char path[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, sizeof(path) - 1);
    path[count > 0 ? count : 0] = '\0';
    return fault_note(kind, path, NULL);
}
