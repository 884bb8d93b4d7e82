/* fault.h - the question every failing operation of this body asks first. */
#ifndef SYNC_POSIX_FAULT_H
#define SYNC_POSIX_FAULT_H

#include "sync/fault.h"

/* True when this operation is the armed one. */
bool fault_is_due(enum sync_fault_kind kind);

/* End the process as a power cut would: nothing is flushed or cleaned up. */
_Noreturn void fault_crash(void);

/* For operations that change files: may end the process, may say "fail". */
bool fault_in_file_operation(void);

#endif
