/*
 * reason.c - what went wrong, as static text.
 *
 * strerror() may use a buffer of its own or the locale; reasons live for ever, are the
 * same everywhere and may be printed by any thread, so they are written down here.
 */
#include <errno.h>
#include <stddef.h>

#include "base/attr.h"
#include "file.h"

static const char *reason_of(int error) {
    static const struct { int error; const char *text; } reasons[] = {
        { EPERM, "Operation not permitted" },
        { ENOENT, "No such file or directory" },
        { EINTR, "Interrupted system call" },
        { EIO, "Input/output error" },
        { ENXIO, "No such device or address" },
        { E2BIG, "Argument list too long" },
        { EBADF, "Bad file descriptor" },
        { EAGAIN, "Resource temporarily unavailable" },
        { ENOMEM, "Cannot allocate memory" },
        { EACCES, "Permission denied" },
        { EFAULT, "Bad address" },
        { EBUSY, "Device or resource busy" },
        { EEXIST, "File exists" },
        { EXDEV, "Invalid cross-device link" },
        { ENODEV, "No such device" },
        { ENOTDIR, "Not a directory" },
        { EISDIR, "Is a directory" },
        { EINVAL, "Invalid argument" },
        { ENFILE, "Too many open files in system" },
        { EMFILE, "Too many open files" },
        { ENOTTY, "Inappropriate ioctl for device" },
        { ETXTBSY, "Text file busy" },
        { EFBIG, "File too large" },
        { ENOSPC, "No space left on device" },
        { ESPIPE, "Illegal seek" },
        { EROFS, "Read-only file system" },
        { EMLINK, "Too many links" },
        { EPIPE, "Broken pipe" },
        { EDEADLK, "Resource deadlock avoided" },
        { ENAMETOOLONG, "File name too long" },
        { ENOLCK, "No locks available" },
        { ENOSYS, "Function not implemented" },
        { ENOTEMPTY, "Directory not empty" },
        { ELOOP, "Too many levels of symbolic links" },
        { EOVERFLOW, "Value too large for defined data type" },
        { EILSEQ, "Invalid or incomplete multibyte or wide character" },
        { EOPNOTSUPP, "Operation not supported" },
        { ETIMEDOUT, "Connection timed out" },
        { ESTALE, "Stale file handle" },
        { EDQUOT, "Disk quota exceeded" },
        { ECANCELED, "Operation canceled" },
    };
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        if (reasons[i].error == error) {
            return reasons[i].text;
        }
    }
    return "unknown error";
}

enum status file_fail(struct diag *diag, int error) {
    enum status status = error == ENOENT || error == ENOTDIR ? STATUS_NOT_FOUND
                       : error == EEXIST || error == ENOTEMPTY ? STATUS_EXISTS
                       : error == EWOULDBLOCK ? STATUS_BUSY
                       : error == ENOMEM ? STATUS_NO_MEMORY : STATUS_IO;
    return diag_fail(diag, status, DIAG_NO_OFFSET, reason_of(error));
}
