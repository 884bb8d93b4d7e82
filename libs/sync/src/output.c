/* output.c - files replaced whole: temporary name, sync, rename, sync the folder. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "file.h"
#include "sync/atomic.h"
#include "sync/file.h"
#include "sync/memory.h"

enum { TEMPORARY_TRIES = 100, TEMPORARY_STEM_MAX = 180, LINKS_MAX = 40 };

struct sync_output {
    int descriptor;
    char *path;        /* where the bytes go at commit; links resolved */
    char *temporary;   /* where they are until then; NULL when written in place */
};

static struct sync_u32 temporary_number;   /* tells outputs of one process apart */

/* "FOLDER/.NAME.PID.N.part": hidden, beside the target, so that rename is atomic. */
static char *temporary_name(const char *path) {
    const char *slash = strrchr(path, '/');
    size_t folder = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    size_t room = strlen(path) + 48;
    char *name = sync_alloc(room);
    if (name != NULL) {
        snprintf(name, room, "%.*s.%.*s.%ld.%u.part", (int)folder, path, TEMPORARY_STEM_MAX,
                 path + folder, (long)getpid(),
                 (unsigned)sync_u32_add(&temporary_number, 1, SYNC_RELAXED));
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
        if (output->descriptor >= 0 && output->temporary != NULL &&
            unlink(output->temporary) == 0) {
            (void)!fault_note(SYNC_STEP_REMOVE, output->temporary, NULL);
        }
        output_free(output);
    }
}

static char *copy_text(const char *text) {
    size_t bytes = strlen(text) + 1;
    char *copy = sync_alloc(bytes);
    if (copy != NULL) {
        memcpy(copy, text, bytes);
    }
    return copy;
}

/* Where the link at `path` points, seen from here: NULL without memory. */
static char *follow(const char *path, const char *target) {
    const char *slash = strrchr(path, '/');
    size_t folder = target[0] == '/' || slash == NULL ? 0 : (size_t)(slash - path) + 1;
    char *whole = sync_alloc(folder + strlen(target) + 1);
    if (whole != NULL) {
        memcpy(whole, path, folder);
        memcpy(whole + folder, target, strlen(target) + 1);
    }
    return whole;
}

/* `path`, or what the links there end at, which need not exist; takes `path`. */
static enum status follow_links(char *path, char **out_path, struct diag *diag) {
    char target[PATH_MAX];
    for (int i = 0; path != NULL && i < LINKS_MAX; i++) {
        ssize_t bytes = readlink(path, target, sizeof(target) - 1);
        if (bytes < 0) {
            *out_path = path;
            return STATUS_OK;
        }
        target[bytes] = '\0';
        char *next = follow(path, target);
        sync_free(path);
        path = next;
    }
    if (path == NULL) {
        return diag_no_memory(diag);
    }
    sync_free(path);
    return file_fail(diag, ELOOP);
}

/* The path to replace or make: what a link points to, links on the way resolved. */
static enum status resolve(const char *path, char **out_path, struct diag *diag) {
    struct stat about;
    char *real = realpath(path, NULL);
    char *copy = copy_text(real != NULL ? real : path);
    /* The link /dev/stdout leads to a pipe that has no name, but is there. */
    bool is_there = real != NULL || stat(path, &about) == 0;
    free(real);   /* realpath() took it from the C library */
    if (is_there && copy != NULL) {
        *out_path = copy;
        return STATUS_OK;
    }
    return follow_links(copy, out_path, diag);
}

/* A fresh file of a name nobody has; a leftover of a dead process is passed over. */
static enum status open_temporary(struct sync_output *output, const struct stat *old,
                                  struct diag *diag) {
    for (int i = 0; i < TEMPORARY_TRIES && output->descriptor < 0; i++) {
        sync_free(output->temporary);
        output->temporary = temporary_name(output->path);
        if (output->temporary == NULL) {
            return diag_no_memory(diag);
        }
        output->descriptor = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (output->descriptor < 0 && errno != EEXIST) {
            return file_fail(diag, errno);
        }
    }
    if (output->descriptor < 0) {
        return file_fail(diag, EEXIST);
    }
    /* Where permissions cannot be kept (another's file), the new file has the usual ones. */
    if (old != NULL) {
        (void)!fchmod(output->descriptor, old->st_mode & 0777);
    }
    return STATUS_OK;
}

static enum status open_target(struct sync_output *output, struct diag *diag) {
    struct stat about;
    bool is_there = stat(output->path, &about) == 0;
    if (is_there && S_ISDIR(about.st_mode)) {
        return file_fail(diag, EISDIR);
    }
    if (!is_there || S_ISREG(about.st_mode)) {
        return open_temporary(output, is_there ? &about : NULL, diag);
    }
    output->descriptor = open(output->path, O_WRONLY | O_CLOEXEC);
    return output->descriptor >= 0 ? STATUS_OK : file_fail(diag, errno);
}

enum status sync_output_open(const char *path, struct sync_output **out_output,
                             struct diag *diag) {
    *out_output = NULL;
    if (fault_in_file_operation()) {
        return file_fail(diag, EACCES);
    }
    struct sync_output *output = sync_alloc_zero(1, sizeof(*output));
    if (output == NULL) {
        return diag_no_memory(diag);
    }
    output->descriptor = -1;
    enum status status = resolve(path, &output->path, diag);
    if (status == STATUS_OK) {
        status = open_target(output, diag);
    }
    if (status != STATUS_OK) {
        sync_output_abort(output);
        return status;
    }
    *out_output = output;
    return fault_note_open(SYNC_STEP_OPEN, output->descriptor);
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
        return diag_no_memory(diag);
    }
    memcpy(folder, slash != NULL ? path : ".", bytes);
    folder[bytes] = '\0';
    enum status status = sync_folder_sync(folder, diag);
    sync_free(folder);
    return status;
}

static enum status put_in_place(struct sync_output *output, struct diag *diag) {
    if (fault_in_file_operation()) {
        return file_fail(diag, EIO);
    }
    if (fsync(output->descriptor) != 0) {
        return file_fail(diag, errno);
    }
    (void)!fault_note_open(SYNC_STEP_SYNC, output->descriptor);
    return sync_file_rename(output->temporary, output->path, diag);
}

enum status sync_output_commit(struct sync_output *output, struct diag *diag) {
    if (output->temporary == NULL) {
        output_free(output);
        return STATUS_OK;
    }
    enum status status = put_in_place(output, diag);
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
