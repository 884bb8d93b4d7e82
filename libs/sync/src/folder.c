/* folder.c - names: listed in byte order, made, renamed and removed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "file.h"
#include "sync/file.h"
#include "sync/memory.h"

enum { ENTRIES_START = 32 };

static enum sync_entry_kind kind_of(mode_t mode) {
    return S_ISREG(mode) ? SYNC_ENTRY_FILE
         : S_ISDIR(mode) ? SYNC_ENTRY_FOLDER
         : S_ISLNK(mode) ? SYNC_ENTRY_LINK : SYNC_ENTRY_OTHER;
}

enum status sync_path_kind(const char *path, struct sync_entry *out_entry, struct diag *diag) {
    struct stat about;
    *out_entry = (struct sync_entry){ 0 };
    if (stat(path, &about) != 0) {
        return file_fail(diag, errno);
    }
    out_entry->kind = kind_of(about.st_mode);
    out_entry->byte_count = S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0;
    return STATUS_OK;
}

void sync_listing_free(struct sync_listing *listing) {
    for (size_t i = 0; i < listing->count; i++) {
        sync_free(listing->entries[i].name);
    }
    sync_free(listing->entries);
    *listing = (struct sync_listing){ 0 };
}

static enum status add_entry(struct sync_listing *listing, size_t *room, int folder,
                             const char *name, struct diag *diag) {
    struct stat about;
    if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? STATUS_OK : file_fail(diag, errno);   /* removed meanwhile */
    }
    if (listing->count == *room) {
        size_t wanted = *room * 2;
        struct sync_entry *entries =
            sync_resize(listing->entries, wanted * sizeof(*entries));
        if (entries == NULL) {
            return diag_no_memory(diag);
        }
        listing->entries = entries;
        *room = wanted;
    }
    size_t bytes = strlen(name) + 1;
    char *copy = sync_alloc(bytes);
    if (copy == NULL) {
        return diag_no_memory(diag);
    }
    memcpy(copy, name, bytes);
    listing->entries[listing->count++] = (struct sync_entry){
        .name = copy, .kind = kind_of(about.st_mode),
        .byte_count = S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0 };
    return STATUS_OK;
}

static enum status read_folder(DIR *folder, size_t limit, struct sync_listing *listing,
                               struct diag *diag) {
    size_t room = ENTRIES_START;
    listing->entries = sync_alloc(room * sizeof(*listing->entries));
    if (listing->entries == NULL) {
        return diag_no_memory(diag);
    }
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            return errno == 0 ? STATUS_OK : file_fail(diag, errno);
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (listing->count == limit) {
            return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "folder has too many entries");
        }
        enum status status = add_entry(listing, &room, dirfd(folder), entry->d_name, diag);
        if (status != STATUS_OK) {
            return status;
        }
    }
}

static int compare_entries(const void *a, const void *b) {
    return strcmp(((const struct sync_entry *)a)->name, ((const struct sync_entry *)b)->name);
}

enum status sync_folder_list(const char *path, size_t limit_entries,
                             struct sync_listing *out_listing, struct diag *diag) {
    *out_listing = (struct sync_listing){ 0 };
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return file_fail(diag, errno);
    }
    enum status status = read_folder(folder, limit_entries, out_listing, diag);
    closedir(folder);
    if (status != STATUS_OK) {
        sync_listing_free(out_listing);
        return status;
    }
    qsort(out_listing->entries, out_listing->count, sizeof(*out_listing->entries),
          compare_entries);
    return STATUS_OK;
}

enum status sync_file_rename(const char *from, const char *to, struct diag *diag) {
    if (fault_in_file_operation()) {
        return file_fail(diag, EIO);
    }
    return rename(from, to) == 0 ? fault_note(SYNC_STEP_RENAME, from, to)
                                 : file_fail(diag, errno);
}

enum status sync_file_remove(const char *path, struct diag *diag) {
    if (fault_in_file_operation()) {
        return file_fail(diag, EIO);
    }
    return unlink(path) == 0 ? fault_note(SYNC_STEP_REMOVE, path, NULL) : file_fail(diag, errno);
}

enum status sync_folder_create(const char *path, struct diag *diag) {
    if (fault_in_file_operation()) {
        return file_fail(diag, EACCES);
    }
    return mkdir(path, 0777) == 0 ? fault_note(SYNC_STEP_FOLDER_CREATE, path, NULL)
                                  : file_fail(diag, errno);
}

enum status sync_folder_remove(const char *path, struct diag *diag) {
    if (fault_in_file_operation()) {
        return file_fail(diag, EIO);
    }
    return rmdir(path) == 0 ? fault_note(SYNC_STEP_FOLDER_REMOVE, path, NULL)
                            : file_fail(diag, errno);
}

enum status sync_folder_sync(const char *path, struct diag *diag) {
    if (fault_in_file_operation()) {
        return file_fail(diag, EIO);
    }
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return file_fail(diag, errno);
    }
    /* Some file systems cannot sync a folder; the rename is ordered there anyway. */
    enum status status = fsync(folder) == 0 || errno == EINVAL
                             ? fault_note_open(SYNC_STEP_FOLDER_SYNC, folder)
                             : file_fail(diag, errno);
    close(folder);
    return status;
}

bool sync_path_is_same(const char *a, const char *b) {
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && S_ISREG(first.st_mode) &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}
