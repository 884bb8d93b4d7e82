/* record.c - a record of the file operations that succeeded. */
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

/* Atomic, but no steps of the explorer: whoever records looks at it when all is done. */
static struct {
    _Atomic bool is_on;
    _Atomic uint64_t count;
    struct sync_step *steps;
    size_t room;
} record;

void sync_record_begin(struct sync_step *steps, size_t room) {
    record.steps = steps;
    record.room = room;
    atomic_store_explicit(&record.count, 0, memory_order_relaxed);
    atomic_store(&record.is_on, true);
}

size_t sync_record_end(void) {
    atomic_store(&record.is_on, false);
    return (size_t)atomic_load_explicit(&record.count, memory_order_relaxed);
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
    if (atomic_load_explicit(&record.is_on, memory_order_relaxed)) {
        uint64_t number = atomic_fetch_add_explicit(&record.count, 1, memory_order_relaxed);
        if (number < record.room) {
            record.steps[number].kind = kind;
            copy_name(record.steps[number].name, path);
            copy_name(record.steps[number].to, to != NULL ? to : "");
        }
    }
    return STATUS_OK;
}

enum status fault_note_open(enum sync_step_kind kind, int descriptor) {
    if (!atomic_load_explicit(&record.is_on, memory_order_relaxed)) {
        return STATUS_OK;
    }
    char link[40];
    char path[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, sizeof(path) - 1);
    path[count > 0 ? count : 0] = '\0';
    return fault_note(kind, path, NULL);
}
