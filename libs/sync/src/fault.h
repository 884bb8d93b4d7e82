/* fault.h - the question every failing operation of this body asks first. */
#ifndef SYNC_POSIX_FAULT_H
#define SYNC_POSIX_FAULT_H

#include "base/status.h"
#include "sync/fault.h"

/* True when this operation is the armed one. */
bool fault_is_due(enum sync_fault_kind kind);

/* End the process as a power cut would: nothing is flushed or cleaned up. */
_Noreturn void fault_crash(void);

/* For operations that change files: may end the process, may say "fail". */
bool fault_in_file_operation(void);

/*
 * After an operation that succeeded, for whoever records: STATUS_OK always, so that
 * it stands where success is returned.  `to` is NULL but for a rename.
 */
enum status fault_note(enum sync_step_kind kind, const char *path, const char *to);

/* Like fault_note() for an open file. */
enum status fault_note_open(enum sync_step_kind kind, int descriptor);

#endif
