/*
 * base/diag.h - why and where something was refused, without formatting text.
 *
 * A function that reads outside data takes a nullable `struct diag *` and fills
 * it exactly when it returns something other than STATUS_OK.  The first failure
 * wins.  A command prints it as "FILE: offset N: reason".
 *
 * Units:    offset is in bytes from the start of the input
 * Shapes:   none
 * Threads:  a diag belongs to one thread at a time
 * Memory:   `reason` is static text, never freed
 * Errors:   none
 * Source:   none
 * Depends:  base/attr.h, base/status.h
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"

#define DIAG_NO_OFFSET UINT64_MAX   /* the failure has no place in the input */

struct diag {
    enum status status;
    uint64_t offset;       /* first byte that could not be accepted, or DIAG_NO_OFFSET */
    const char *reason;    /* static text, lower case, no full stop; NULL when ok */
};

/*
 * Record a failure and return its status, so that a decoder can write
 * `return diag_fail(diag, STATUS_BAD_DATA, at, "chunk longer than the file")`.
 * `diag` may be NULL.
 */
enum status diag_fail(struct diag *diag, enum status status, uint64_t offset, const char *reason);

/* Like diag_fail() for an allocation that gave NULL: STATUS_NO_MEMORY, "out of memory". */
MUST_CHECK enum status diag_no_memory(struct diag *diag);

#endif
