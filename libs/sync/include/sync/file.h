/*
 * sync/file.h - files, read whole or mapped, and written so that a crash leaves
 * the old contents or the new.
 *
 * Units:    offsets and counts in bytes
 * Shapes:   paths are NUL-terminated bytes
 * Threads:  any; one object belongs to one thread at a time
 * Memory:   read results are freed with sync_free(); outputs are opaque and
 *           end with commit or abort
 * Errors:   STATUS_IO with the system's reason in `diag`, STATUS_NOT_FOUND,
 *           STATUS_EXISTS, STATUS_LIMIT (over the caller's cap), STATUS_NO_MEMORY
 * Source:   POSIX files in the posix body
 * Depends:  base
 */
#ifndef SYNC_FILE_H
#define SYNC_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"

/* Bytes of a file.  `bytes` is never NULL after success, and followed by one NUL. */
struct sync_bytes {
    uint8_t *bytes;
    size_t count;
};

/* The whole file, pipes included, if it has at most `limit_bytes`. */
MUST_CHECK enum status sync_file_read(const char *path, size_t limit_bytes,
                                      struct sync_bytes *out_bytes, struct diag *diag);

/* A read-only view of a file that must not be changed while it is mapped. */
struct sync_map {
    const uint8_t *bytes;   /* not NULL, even for an empty file */
    size_t count;
};
MUST_CHECK enum status sync_map_open(const char *path, struct sync_map *out_map,
                                     struct diag *diag);
void sync_map_close(struct sync_map *map);

/*
 * A file being replaced.  Bytes go to a temporary name in the same folder;
 * commit syncs, renames over `path` and syncs the folder; abort removes the
 * temporary.  Whatever happens, a crash included, `path` holds its old bytes or
 * all of the new ones; after a failed commit the old ones, unless it was the last
 * step, the folder, that could not be synced.
 *
 * A symbolic link keeps pointing where it did, and the file there is replaced, or
 * made; its permissions are kept.  A device or pipe (/dev/stdout) is written in place.
 */
struct sync_output;
MUST_CHECK enum status sync_output_open(const char *path, struct sync_output **out_output,
                                        struct diag *diag);
MUST_CHECK enum status sync_output_write(struct sync_output *output, const void *bytes,
                                         size_t count, struct diag *diag);
/* Ends the output whatever it returns. */
MUST_CHECK enum status sync_output_commit(struct sync_output *output, struct diag *diag);
/* NULL is ignored. */
void sync_output_abort(struct sync_output *output);

/* Replace `path` by these bytes: open, write, commit. */
MUST_CHECK enum status sync_file_replace(const char *path, const void *bytes, size_t count,
                                         struct diag *diag);

/*
 * A file that is appended to, and may be read and cut.  For logs and for spilled
 * runs; not atomic by itself: the caller's format must tell a torn tail.
 */
struct sync_file;
enum sync_file_mode { SYNC_FILE_CREATE, SYNC_FILE_APPEND, SYNC_FILE_READ };
MUST_CHECK enum status sync_file_open(const char *path, enum sync_file_mode mode,
                                      struct sync_file **out_file, struct diag *diag);
MUST_CHECK enum status sync_file_append(struct sync_file *file, const void *bytes, size_t count,
                                        struct diag *diag);
/* Exactly `count` bytes from `offset`; STATUS_BAD_DATA when the file ends before. */
MUST_CHECK enum status sync_file_read_at(struct sync_file *file, uint64_t offset, void *bytes,
                                         size_t count, struct diag *diag);
MUST_CHECK enum status sync_file_truncate(struct sync_file *file, uint64_t count,
                                          struct diag *diag);
MUST_CHECK enum status sync_file_sync(struct sync_file *file, struct diag *diag);
uint64_t sync_file_size(const struct sync_file *file);
/* NULL is ignored.  Does not sync. */
void sync_file_close(struct sync_file *file);

/* Only one process holds the lock of a path at a time; STATUS_BUSY at once if held. */
struct sync_lock_file { int opaque; };
MUST_CHECK enum status sync_lock_file_take(const char *path, struct sync_lock_file *out_lock,
                                           struct diag *diag);
void sync_lock_file_release(struct sync_lock_file *lock);

MUST_CHECK enum status sync_file_rename(const char *from, const char *to, struct diag *diag);
MUST_CHECK enum status sync_file_remove(const char *path, struct diag *diag);
/* STATUS_EXISTS when something of that name is there. */
MUST_CHECK enum status sync_folder_create(const char *path, struct diag *diag);
MUST_CHECK enum status sync_folder_remove(const char *path, struct diag *diag);
MUST_CHECK enum status sync_folder_sync(const char *path, struct diag *diag);

/* What a name in a folder is; symbolic links are reported as what they are. */
enum sync_entry_kind { SYNC_ENTRY_FILE, SYNC_ENTRY_FOLDER, SYNC_ENTRY_LINK, SYNC_ENTRY_OTHER };

struct sync_entry {
    char *name;
    enum sync_entry_kind kind;
    uint64_t byte_count;     /* of files */
};

/* Names in a folder in ascending byte order, "." and ".." left out. */
struct sync_listing {
    struct sync_entry *entries;
    size_t count;
};
MUST_CHECK enum status sync_folder_list(const char *path, size_t limit_entries,
                                        struct sync_listing *out_listing, struct diag *diag);
void sync_listing_free(struct sync_listing *listing);

/* What `path` itself is, following a symbolic link. */
MUST_CHECK enum status sync_path_kind(const char *path, struct sync_entry *out_entry,
                                      struct diag *diag);

/* Do both paths, links followed, lead to one ordinary file that is there? */
bool sync_path_is_same(const char *a, const char *b);

#endif
