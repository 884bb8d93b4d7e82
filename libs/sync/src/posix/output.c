/* output.c - files replaced whole: temporary name, sync, rename, sync the folder. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "file.h"
#include "sync/file.h"
#include "sync/memory.h"

struct sync_output {
    int descriptor;
    char *path;        /* where the bytes go at commit */
    char *temporary;   /* where they are until then */
};

/* "FOLDER/.NAME.PID.part": hidden, beside the target, so that rename is atomic. */
static char *temporary_name(const char *path) {
    const char *slash = strrchr(path, '/');
    size_t folder = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    size_t room = strlen(path) + 32;
    char *name = sync_alloc(room);
    if (name != NULL) {
        snprintf(name, room, "%.*s.%s.%ld.part", (int)folder, path, path + folder,
                 (long)getpid());
    }
    return name;
}

static void output_free(struct sync_output *output) {
    if (output->descriptor >= 0) {
        close(output->descriptor);
    }
    sync_free(output->path);
    sync_free(output->temporary);
    sync_free(output);
}

void sync_output_abort(struct sync_output *output) {
    if (output != NULL) {
        if (output->descriptor >= 0) {
            unlink(output->temporary);
        }
        output_free(output);
    }
}

enum status sync_output_open(const char *path, struct sync_output **out_output,
                             struct diag *diag) {
    *out_output = NULL;
    if (fault_in_file_operation()) {
        return file_fail(diag, EACCES);
    }
    struct sync_output *output = sync_alloc_zero(1, sizeof(*output));
    size_t path_bytes = strlen(path) + 1;
    if (output != NULL) {
        output->descriptor = -1;
        output->path = sync_alloc(path_bytes);
        output->temporary = temporary_name(path);
    }
    if (output == NULL || output->path == NULL || output->temporary == NULL) {
        sync_output_abort(output);
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "out of memory");
    }
    memcpy(output->path, path, path_bytes);
    output->descriptor = open(output->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (output->descriptor < 0) {
        enum status status = file_fail(diag, errno);
        sync_output_abort(output);
        return status;
    }
    *out_output = output;
    return STATUS_OK;
}

enum status sync_output_write(struct sync_output *output, const void *bytes, size_t count,
                              struct diag *diag) {
    return file_write_all(output->descriptor, bytes, count, diag);
}

static enum status sync_parent(const char *path, struct diag *diag) {
    const char *slash = strrchr(path, '/');
    size_t bytes = slash != NULL ? (size_t)(slash - path) + 1 : 1;
    char *folder = sync_alloc(bytes + 1);
    if (folder == NULL) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "out of memory");
    }
    memcpy(folder, slash != NULL ? path : ".", bytes);
    folder[bytes] = '\0';
    enum status status = sync_folder_sync(folder, diag);
    sync_free(folder);
    return status;
}

enum status sync_output_commit(struct sync_output *output, struct diag *diag) {
    enum status status = STATUS_OK;
    if (fault_in_file_operation()) {
        status = file_fail(diag, EIO);
    } else if (fsync(output->descriptor) != 0) {
        status = file_fail(diag, errno);
    }
    if (status == STATUS_OK) {
        status = sync_file_rename(output->temporary, output->path, diag);
    }
    if (status != STATUS_OK) {
        sync_output_abort(output);
        return status;
    }
    status = sync_parent(output->path, diag);
    output_free(output);
    return status;
}

enum status sync_file_replace(const char *path, const void *bytes, size_t count,
                              struct diag *diag) {
    struct sync_output *output;
    enum status status = sync_output_open(path, &output, diag);
    if (status != STATUS_OK) {
        return status;
    }
    status = sync_output_write(output, bytes, count, diag);
    if (status != STATUS_OK) {
        sync_output_abort(output);
        return status;
    }
    return sync_output_commit(output, diag);
}
