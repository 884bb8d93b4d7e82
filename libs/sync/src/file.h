/* file.h - what the file sources of this body share. */
#ifndef SYNC_POSIX_FILE_H
#define SYNC_POSIX_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

/* reason.c: the status of errno, with the reason in the system's usual words. */
enum status file_fail(struct diag *diag, int error);

/* Write all of it to a descriptor, counting as one operation that may fail. */
enum status file_write_all(int descriptor, const void *bytes, size_t count, struct diag *diag);

#endif
