/* file.c - whole reads, maps, and files that are appended to. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "fault.h"
#include "sync/file.h"
#include "sync/memory.h"

enum { READ_START_BYTES = 1 << 16 };

static enum status write_plainly(int descriptor, const uint8_t *bytes, size_t count,
                                 struct diag *diag) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno != EINTR) {
            return file_fail(diag, errno);
        }
        bytes += written > 0 ? written : 0;
        count -= written > 0 ? (size_t)written : 0;
    }
    return fault_note_open(SYNC_STEP_WRITE, descriptor);
}

/* A write that fails, or that the process dies in, has written half: the worst case. */
enum status file_write_all(int descriptor, const void *bytes, size_t count, struct diag *diag) {
    bool has_crashed = fault_is_due(SYNC_FAULT_CRASH);
    if (!has_crashed && !fault_is_due(SYNC_FAULT_FILE)) {
        return write_plainly(descriptor, bytes, count, diag);
    }
    (void)!write_plainly(descriptor, bytes, count / 2, NULL);
    if (has_crashed) {
        fault_crash();
    }
    return file_fail(diag, ENOSPC);
}

/* Room for at least one more byte and a NUL in `have`, whose room is *room. */
static enum status grow(struct sync_bytes *have, size_t *room, size_t limit, struct diag *diag) {
    if (have->count + 1 < *room) {
        return STATUS_OK;
    }
    size_t wanted = *room * 2 < limit + 2 ? *room * 2 : limit + 2;
    uint8_t *bytes = sync_resize(have->bytes, wanted);
    if (bytes == NULL) {
        return diag_no_memory(diag);
    }
    have->bytes = bytes;
    *room = wanted;
    return STATUS_OK;
}

static enum status read_all(int descriptor, size_t limit, size_t room, struct sync_bytes *have,
                            struct diag *diag) {
    for (;;) {
        enum status status = grow(have, &room, limit, diag);
        if (status != STATUS_OK) {
            return status;
        }
        ssize_t got = read(descriptor, have->bytes + have->count, room - 1 - have->count);
        if (got < 0 && errno != EINTR) {
            return file_fail(diag, errno);
        }
        if (got == 0) {
            have->bytes[have->count] = 0;
            return STATUS_OK;
        }
        have->count += got > 0 ? (size_t)got : 0;
        if (have->count > limit) {
            return diag_fail(diag, STATUS_LIMIT, limit, "file larger than the limit");
        }
    }
}

enum status sync_file_read(const char *path, size_t limit_bytes, struct sync_bytes *out_bytes,
                           struct diag *diag) {
    ASSERT(limit_bytes <= SIZE_MAX / 4);
    *out_bytes = (struct sync_bytes){ 0 };
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (descriptor < 0 || fstat(descriptor, &about) != 0) {
        int error = errno;
        if (descriptor >= 0) {
            close(descriptor);
        }
        return file_fail(diag, error);
    }
    size_t size = about.st_size > 0 ? (size_t)about.st_size : 0;
    size_t room = size < limit_bytes ? size + 2 : limit_bytes + 2;
    room = size == 0 && limit_bytes > READ_START_BYTES ? READ_START_BYTES : room;
    out_bytes->bytes = sync_alloc(room);
    enum status status =
        out_bytes->bytes != NULL
            ? read_all(descriptor, limit_bytes, room, out_bytes, diag)
            : diag_no_memory(diag);
    close(descriptor);
    if (status != STATUS_OK) {
        sync_free(out_bytes->bytes);
        *out_bytes = (struct sync_bytes){ 0 };
    }
    return status;
}

static const uint8_t no_bytes[1];

enum status sync_map_open(const char *path, struct sync_map *out_map, struct diag *diag) {
    *out_map = (struct sync_map){ .bytes = no_bytes };
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return file_fail(diag, errno);
    }
    struct stat about;
    enum status status = STATUS_OK;
    if (fstat(descriptor, &about) != 0) {
        status = file_fail(diag, errno);
    } else if (about.st_size > 0) {
        void *view = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (view == MAP_FAILED) {
            status = file_fail(diag, errno);
        } else {
            *out_map = (struct sync_map){ .bytes = view, .count = (size_t)about.st_size };
        }
    }
    close(descriptor);
    return status;
}

void sync_map_close(struct sync_map *map) {
    if (map->count > 0) {
        munmap((void *)(uintptr_t)map->bytes, map->count);
    }
    *map = (struct sync_map){ .bytes = no_bytes };
}

struct sync_file {
    int descriptor;
    uint64_t size;
};

enum status sync_file_open(const char *path, enum sync_file_mode mode,
                           struct sync_file **out_file, struct diag *diag) {
    static const int flags[] = {
        [SYNC_FILE_CREATE] = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
        [SYNC_FILE_APPEND] = O_RDWR | O_CREAT | O_CLOEXEC,
        [SYNC_FILE_READ] = O_RDONLY | O_CLOEXEC,
    };
    *out_file = NULL;
    if (mode != SYNC_FILE_READ && fault_in_file_operation()) {
        return file_fail(diag, EACCES);
    }
    struct sync_file *file = sync_alloc(sizeof(*file));
    if (file == NULL) {
        return diag_no_memory(diag);
    }
    struct stat about;
    file->descriptor = open(path, flags[mode], 0666);
    if (file->descriptor < 0 || fstat(file->descriptor, &about) != 0) {
        enum status status = file_fail(diag, errno);
        sync_file_close(file);
        return status;
    }
    file->size = (uint64_t)about.st_size;
    *out_file = file;
    return mode == SYNC_FILE_READ ? STATUS_OK : fault_note_open(SYNC_STEP_OPEN, file->descriptor);
}

enum status sync_file_append(struct sync_file *file, const void *bytes, size_t count,
                             struct diag *diag) {
    if (lseek(file->descriptor, (off_t)file->size, SEEK_SET) < 0) {
        return file_fail(diag, errno);
    }
    enum status status = file_write_all(file->descriptor, bytes, count, diag);
    if (status == STATUS_OK) {
        file->size += count;
    }
    return status;
}

enum status sync_file_read_at(struct sync_file *file, uint64_t offset, void *bytes, size_t count,
                              struct diag *diag) {
    uint8_t *p = bytes;
    while (count > 0) {
        ssize_t got = pread(file->descriptor, p, count, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return file_fail(diag, errno);
        }
        if (got == 0) {
            return diag_fail(diag, STATUS_BAD_DATA, offset, "file ends too early");
        }
        p += got;
        offset += (uint64_t)got;
        count -= (size_t)got;
    }
    return STATUS_OK;
}

enum status sync_file_truncate(struct sync_file *file, uint64_t count, struct diag *diag) {
    if (fault_in_file_operation()) {
        return file_fail(diag, EIO);
    }
    if (ftruncate(file->descriptor, (off_t)count) != 0) {
        return file_fail(diag, errno);
    }
    file->size = count;
    return fault_note_open(SYNC_STEP_TRUNCATE, file->descriptor);
}

enum status sync_file_sync(struct sync_file *file, struct diag *diag) {
    if (fault_in_file_operation()) {
        return file_fail(diag, EIO);
    }
    return fdatasync(file->descriptor) == 0 ? fault_note_open(SYNC_STEP_SYNC, file->descriptor)
                                            : file_fail(diag, errno);
}

uint64_t sync_file_size(const struct sync_file *file) {
    return file->size;
}

void sync_file_close(struct sync_file *file) {
    if (file != NULL) {
        if (file->descriptor >= 0) {
            close(file->descriptor);
        }
        sync_free(file);
    }
}

enum status sync_lock_file_take(const char *path, struct sync_lock_file *out_lock,
                                struct diag *diag) {
    out_lock->opaque = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (out_lock->opaque < 0) {
        return file_fail(diag, errno);
    }
    if (flock(out_lock->opaque, LOCK_EX | LOCK_NB) != 0) {
        int error = errno;
        close(out_lock->opaque);
        out_lock->opaque = -1;
        return error == EWOULDBLOCK
                   ? diag_fail(diag, STATUS_BUSY, DIAG_NO_OFFSET, "locked by another process")
                   : file_fail(diag, error);
    }
    return STATUS_OK;
}

void sync_lock_file_release(struct sync_lock_file *lock) {
    if (lock->opaque >= 0) {
        close(lock->opaque);
        lock->opaque = -1;
    }
}
