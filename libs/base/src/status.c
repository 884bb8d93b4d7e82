/* status.c - names of the results. */
#include "base/status.h"

#include "base/attr.h"

static const char *const names[] = {
    [STATUS_OK] = "ok",
    [STATUS_NO_MEMORY] = "out of memory",
    [STATUS_LIMIT] = "over a limit",
    [STATUS_BAD_DATA] = "bad data",
    [STATUS_UNSUPPORTED] = "unsupported",
    [STATUS_IO] = "input/output error",
    [STATUS_NOT_FOUND] = "not found",
    [STATUS_EXISTS] = "exists already",
    [STATUS_BUSY] = "busy",
    [STATUS_CLOSED] = "closed",
    [STATUS_CANCELLED] = "cancelled",
    [STATUS_TIMED_OUT] = "timed out",
    [STATUS_POISONED] = "poisoned",
};

_Static_assert(COUNT_OF(names) == STATUS_COUNT, "every status has a name");

const char *status_name(enum status status) {
    return (unsigned)status < STATUS_COUNT ? names[status] : "unknown";
}
