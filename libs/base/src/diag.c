/* diag.c - the first failure and where it was. */
#include "base/diag.h"

#include <stddef.h>

#include "base/assert.h"

enum status diag_fail(struct diag *diag, enum status status, uint64_t offset, const char *reason) {
    ASSERT(status != STATUS_OK);
    ASSERT(reason != NULL);
    if (diag != NULL) {
        *diag = (struct diag){ .status = status, .offset = offset, .reason = reason };
    }
    return status;
}

enum status diag_no_memory(struct diag *diag) {
    return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "out of memory");
}
