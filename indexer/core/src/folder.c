/* folder.c - which names are ours. */
#include "folder.h"

#include <string.h>

#include "build.h"
#include "sync/memory.h"

enum { HEX_DIGITS = 32, ENTRIES_MAX = 1 << 20 };

static enum status no_memory(struct diag *diag) {
    return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "out of memory");
}

/* "<32 hex digits>.seg" or ".log" */
static bool is_digest_name(const char *name) {
    size_t digits = strspn(name, "0123456789abcdef");
    return digits == HEX_DIGITS &&
           (strcmp(name + digits, ".seg") == 0 || strcmp(name + digits, ".log") == 0);
}

/* What sync_output and our own spools leave behind when the process dies. */
static bool is_temporary(const char *name) {
    size_t bytes = strlen(name);
    bool is_part = bytes > 5 && strcmp(name + bytes - 5, ".part") == 0;
    return strncmp(name, BUILD_TEMPORARY, strlen(BUILD_TEMPORARY)) == 0 ||
           (is_part && (strncmp(name, ".manifest.", 10) == 0 ||
                        strncmp(name, "." BUILD_TEMPORARY, strlen("." BUILD_TEMPORARY)) == 0));
}

enum status folder_is_ours(const char *folder, struct diag *diag) {
    struct sync_listing listing;
    enum status status = sync_folder_list(folder, ENTRIES_MAX, &listing, diag);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < listing.count && status == STATUS_OK; i++) {
        const char *name = listing.entries[i].name;
        if (strcmp(name, "manifest") != 0 && strcmp(name, "lock") != 0 && !is_temporary(name) &&
            !is_digest_name(name)) {
            status = diag_fail(diag, STATUS_EXISTS, DIAG_NO_OFFSET,
                               "the folder holds other files");
        }
    }
    sync_listing_free(&listing);
    return status;
}

static bool is_named(const struct manifest *manifest, const char *name) {
    char ours[MANIFEST_NAME_BYTES];
    if (manifest == NULL) {
        return false;
    }
    manifest_log_name(manifest, ours);
    if (strcmp(name, ours) == 0) {
        return true;
    }
    for (uint32_t i = 0; i < manifest->segment_count; i++) {
        manifest_segment_name(manifest->segments[i].summary.digest, ours);
        if (strcmp(name, ours) == 0) {
            return true;
        }
    }
    return false;
}

enum status folder_clean(const char *folder, const struct manifest *manifest,
                         struct diag *diag) {
    struct sync_listing listing;
    enum status status = sync_folder_list(folder, ENTRIES_MAX, &listing, diag);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < listing.count && status == STATUS_OK; i++) {
        const char *name = listing.entries[i].name;
        if (!is_temporary(name) && (!is_digest_name(name) || is_named(manifest, name))) {
            continue;
        }
        char *path = build_path(folder, name);
        status = path != NULL ? sync_file_remove(path, diag) : no_memory(diag);
        sync_free(path);
    }
    sync_listing_free(&listing);
    return status;
}

enum status folder_map(const char *folder, const char *name, struct sync_map *out_map,
                       struct diag *diag) {
    char *path = build_path(folder, name);
    if (path == NULL) {
        return no_memory(diag);
    }
    enum status status = sync_map_open(path, out_map, diag);
    sync_free(path);
    return status;
}
