/* files.c - from the paths of a command line to the files to read. */
#include <stdlib.h>
#include <string.h>

#include "indexer_cli.h"
#include "sync/file.h"
#include "sync/memory.h"

enum {
    DEPTH_MAX = 128,              /* folders inside each other */
    ENTRIES_MAX = 1 << 24,        /* names in one folder */
};

static bool add_path(struct files *files, char *path, uint64_t byte_count, bool is_named) {
    if (files->count == files->capacity) {
        size_t capacity = files->capacity == 0 ? 64 : files->capacity * 2;
        struct file *larger = sync_resize(files->list, capacity * sizeof(*larger));
        if (larger == NULL) {
            return false;
        }
        files->list = larger;
        files->capacity = capacity;
    }
    files->list[files->count++] = (struct file){ .path = path, .byte_count = byte_count,
                                                 .is_named = is_named };
    files->byte_count += byte_count;
    return true;
}

static char *join(const char *folder, const char *name) {
    size_t folder_count = strlen(folder);
    size_t name_count = strlen(name);
    bool has_slash = folder_count > 0 && folder[folder_count - 1] == '/';
    char *path = sync_alloc(folder_count + name_count + 2);
    if (path != NULL) {
        memcpy(path, folder, folder_count);
        path[folder_count] = '/';
        memcpy(path + folder_count + !has_slash, name, name_count + 1);
    }
    return path;
}

static void complain(struct files *files, const char *path, const struct diag *diag) {
    cli_complain(path, diag);
    files->has_failed = true;
}

void files_say_skipped(const char *path, const char *reason) {
    bool is_here = strncmp(path, "./", 2) == 0;
    cli_say("%s: passed over: %s", is_here ? path + 2 : path, reason);
}

/* Our own, even before it has a manifest: then there is a lock. */
static bool is_own_index(const struct files *files, const char *path) {
    char *ours = files->index != NULL ? join(files->index, "lock") : NULL;
    char *theirs = ours != NULL ? join(path, "lock") : NULL;
    bool is_same = theirs != NULL && sync_path_is_same(ours, theirs);
    sync_free(ours);
    sync_free(theirs);
    return is_same;
}

static bool skips_folder(struct files *files, const char *path) {
    if (!index_is_at(path) && !is_own_index(files, path)) {
        return false;
    }
    if (files->is_verbose) {
        files_say_skipped(path, "the folder of an index");
    }
    return true;
}

static bool add_folder(struct files *files, const char *path, uint32_t depth);

static bool add_entry(struct files *files, const char *folder, const struct sync_entry *entry,
                      uint32_t depth) {
    bool is_hidden = entry->name[0] == '.' && !files->takes_hidden;
    if (is_hidden || entry->kind == SYNC_ENTRY_LINK) {
        return true;
    }
    char *path = join(folder, entry->name);
    if (path == NULL) {
        return false;
    }
    if (entry->kind == SYNC_ENTRY_FILE) {
        return add_path(files, path, entry->byte_count, false);
    }
    bool is_done = true;
    if (entry->kind == SYNC_ENTRY_FOLDER) {
        is_done = skips_folder(files, path) || add_folder(files, path, depth + 1);
    } else {
        files->skipped++;
        if (files->is_verbose) {
            files_say_skipped(path, "neither a file nor a folder");
        }
    }
    sync_free(path);
    return is_done;
}

/* As deep as DEPTH_MAX. */
static bool add_folder(struct files *files, const char *path, uint32_t depth) {
    struct sync_listing listing;
    struct diag diag = { .status = STATUS_OK, .offset = DIAG_NO_OFFSET };
    enum status status = depth > DEPTH_MAX
                             ? diag_fail(&diag, STATUS_LIMIT, DIAG_NO_OFFSET, "folders too deep")
                             : sync_folder_list(path, ENTRIES_MAX, &listing, &diag);
    if (status == STATUS_NO_MEMORY) {
        return false;
    }
    if (status != STATUS_OK) {
        complain(files, path, &diag);
        return true;
    }
    bool is_done = true;
    for (size_t i = 0; i < listing.count && is_done; i++) {
        is_done = add_entry(files, path, &listing.entries[i], depth);
    }
    sync_listing_free(&listing);
    return is_done;
}

/* "./a//" is "a"; "." stays itself. */
static char *tidy_path(const char *path) {
    while (path[0] == '.' && path[1] == '/' && path[2] != '\0') {
        path += 2;
        while (path[0] == '/' && path[1] != '\0') {
            path++;
        }
    }
    size_t count = strlen(path);
    while (count > 1 && path[count - 1] == '/') {
        count--;
    }
    char *copy = sync_alloc(count + 1);
    if (copy != NULL) {
        memcpy(copy, path, count);
        copy[count] = '\0';
    }
    return copy;
}

bool files_add(struct files *files, const char *path) {
    char *tidy = tidy_path(path);
    if (tidy == NULL) {
        return false;
    }
    struct sync_entry entry;
    struct diag diag = { .status = STATUS_OK };
    enum status status = sync_path_kind(tidy, &entry, &diag);
    if (status == STATUS_OK && entry.kind == SYNC_ENTRY_FOLDER) {
        if (skips_folder(files, tidy)) {
            struct diag refused = { STATUS_UNSUPPORTED, DIAG_NO_OFFSET,
                                    "the folder of an index, not of documents" };
            complain(files, tidy, &refused);
            sync_free(tidy);
            return true;
        }
        size_t first = files->count;
        bool is_done = add_folder(files, tidy, 0);
        bool is_here = strcmp(tidy, ".") == 0;
        for (size_t i = first; is_here && i < files->count; i++) {
            char *name = files->list[i].path;
            memmove(name, name + 2, strlen(name) - 1);   /* "./a" is "a" */
        }
        sync_free(tidy);
        return is_done;
    }
    /* Pipes and devices are read too when they are named; what is not there fails then. */
    return add_path(files, tidy, status == STATUS_OK ? entry.byte_count : 0, true);
}

/* By path, then as they came. */
static int compare_files(const void *a, const void *b) {
    const struct file *x = *(const struct file *const *)a;
    const struct file *y = *(const struct file *const *)b;
    int order = strcmp(x->path, y->path);
    return order != 0 ? order : x < y ? -1 : x > y;
}

bool files_drop_repeated(struct files *files) {
    if (files->count < 2) {
        return true;
    }
    struct file **sorted = sync_alloc(files->count * sizeof(struct file *));
    if (sorted == NULL) {
        return false;
    }
    for (size_t i = 0; i < files->count; i++) {
        sorted[i] = &files->list[i];
    }
    qsort(sorted, files->count, sizeof(struct file *), compare_files);
    struct file *first = sorted[0];
    for (size_t i = 1; i < files->count; i++) {
        if (strcmp(sorted[i]->path, first->path) != 0) {
            first = sorted[i];
            continue;
        }
        first->is_named |= sorted[i]->is_named;
        files->byte_count -= sorted[i]->byte_count;
        sorted[i]->is_repeated = true;
    }
    sync_free(sorted);
    size_t kept = 0;
    for (size_t i = 0; i < files->count; i++) {
        if (files->list[i].is_repeated) {
            sync_free(files->list[i].path);
        } else {
            files->list[kept++] = files->list[i];
        }
    }
    files->count = kept;
    return true;
}

void files_free(struct files *files) {
    for (size_t i = 0; i < files->count; i++) {
        sync_free(files->list[i].path);
    }
    sync_free(files->list);
    *files = (struct files){ .list = NULL };
}
