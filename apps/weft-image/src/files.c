/* files.c - operands to files; see files.h. */
#include "files.h"

#include <string.h>
#include <strings.h>

#include "cli/cli.h"
#include "sync/file.h"
#include "sync/memory.h"

static bool is_picture_name(const char *name) {
    static const char *const endings[] = { "png", "jpg", "jpeg", "gif", "bmp", "tga", "psd", "hdr",
                                           "pbm", "pgm", "ppm", "pnm", "pam" };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < COUNT_OF(endings); i++) {
        if (strcasecmp(dot + 1, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool out_of_memory(void) {
    cli_say("%s", status_name(STATUS_NO_MEMORY));
    return false;
}

/* Takes `path`, also when it fails. */
static bool add(struct files *files, char *path) {
    if (files->count == files->room && path != NULL) {
        size_t room = files->room * 2 + 16;
        char **grown = sync_resize(files->paths, room * sizeof(*grown));
        if (grown != NULL) {
            files->paths = grown;
            files->room = room;
        }
    }
    if (path == NULL || files->count == files->room || files->count == FILES_MAX) {
        sync_free(path);
        return out_of_memory();
    }
    files->paths[files->count++] = path;
    return true;
}

/* `folder`/`name`, or NULL; `name` may be empty for `folder` alone. */
static char *join(const char *folder, const char *name) {
    size_t folder_bytes = strlen(folder);
    size_t name_bytes = strlen(name);
    bool needs_slash = name_bytes > 0 && folder_bytes > 0 && folder[folder_bytes - 1] != '/';
    char *path = sync_alloc(folder_bytes + name_bytes + 2);
    if (path != NULL) {
        memcpy(path, folder, folder_bytes);
        path[folder_bytes] = '/';
        memcpy(path + folder_bytes + needs_slash, name, name_bytes + 1);
    }
    return path;
}

/* A folder that is being listed. */
struct level {
    char *path;
    struct sync_listing listing;
    size_t next;
};

struct walk {
    struct files *files;
    struct level levels[FILES_DEPTH_MAX];
    size_t depth;
};

/* Begin a folder; takes `path`.  One that cannot be listed is complained about and left out. */
static bool enter(struct walk *walk, char *path) {
    struct diag diag = { 0 };
    if (path == NULL) {
        return out_of_memory();
    }
    struct level *level = &walk->levels[walk->depth];
    enum status status = STATUS_LIMIT;
    if (walk->depth == FILES_DEPTH_MAX) {
        (void)diag_fail(&diag, status, DIAG_NO_OFFSET, "folders nested too deep");
    } else {
        *level = (struct level){ .path = path };
        status = sync_folder_list(path, FILES_FOLDER_MAX, &level->listing, &diag);
    }
    if (status != STATUS_OK) {
        cli_complain(path, &diag);
        walk->files->has_failed = true;
        sync_free(path);
        return true;
    }
    walk->depth++;
    return true;
}

static bool step(struct walk *walk) {
    struct level *level = &walk->levels[walk->depth - 1];
    if (level->next == level->listing.count) {
        sync_listing_free(&level->listing);
        sync_free(level->path);
        walk->depth--;
        return true;
    }
    const struct sync_entry *entry = &level->listing.entries[level->next++];
    if (entry->kind == SYNC_ENTRY_FOLDER) {
        return enter(walk, join(level->path, entry->name));
    }
    if (entry->kind == SYNC_ENTRY_FILE && is_picture_name(entry->name)) {
        return add(walk->files, join(level->path, entry->name));
    }
    return true;
}

static bool walk_folder(struct files *files, const char *path) {
    struct walk walk = { .files = files };
    size_t before = files->count;
    bool is_good = enter(&walk, join(path, ""));
    bool is_listed = walk.depth > 0;
    while (is_good && walk.depth > 0) {
        is_good = step(&walk);
    }
    for (; walk.depth > 0; walk.depth--) {
        sync_listing_free(&walk.levels[walk.depth - 1].listing);
        sync_free(walk.levels[walk.depth - 1].path);
    }
    if (is_good && is_listed && files->count == before) {
        cli_say("%s: no pictures found", path);   /* no mistake, but rarely what was meant */
    }
    return is_good;
}

bool files_collect(struct files *files, char **operands, int operand_count) {
    for (int i = 0; i < operand_count; i++) {
        struct sync_entry entry;
        /* What is not there is found out, with its reason, when it is read. */
        bool is_folder = sync_path_kind(operands[i], &entry, NULL) == STATUS_OK &&
                         entry.kind == SYNC_ENTRY_FOLDER;
        bool is_good = is_folder ? walk_folder(files, operands[i])
                                 : add(files, join(operands[i], ""));
        if (!is_good) {
            return false;
        }
    }
    return true;
}

void files_free(struct files *files) {
    for (size_t i = 0; i < files->count; i++) {
        sync_free(files->paths[i]);
    }
    sync_free(files->paths);
    *files = (struct files){ 0 };
}
