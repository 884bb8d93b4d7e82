/* folder.c - which files are ours. */
#include "folder.h"

#include <stdio.h>
#include <string.h>

#include "build.h"
#include "sync/memory.h"

enum { HEX_DIGITS = 32, ENTRIES_MAX = 1 << 20 };

/* "<32 hex digits>.seg" or ".log" */
static bool is_digest_name(const char *name) {
    size_t digits = strspn(name, "0123456789abcdef");
    return digits == HEX_DIGITS &&
           (strcmp(name + digits, ".seg") == 0 || strcmp(name + digits, ".log") == 0);
}

/* One or more digits; NULL when there are none. */
static const char *skip_number(const char *text) {
    size_t digits = strspn(text, "0123456789");
    return digits > 0 ? text + digits : NULL;
}

/* ".STEM.<number>.<number>.part": what sync_output leaves behind when the process dies. */
static bool is_part_of(const char *name, const char *stem) {
    size_t bytes = strlen(stem);
    if (name[0] != '.' || strncmp(name + 1, stem, bytes) != 0 || name[bytes + 1] != '.') {
        return false;
    }
    const char *rest = skip_number(name + bytes + 2);
    rest = rest != NULL && rest[0] == '.' ? skip_number(rest + 1) : NULL;
    return rest != NULL && strcmp(rest, ".part") == 0;
}

/* Whole names only: another's "weft-tmp-notes" is not ours to remove. */
static bool is_temporary(const char *name) {
    for (const char *const *ours = build_temporary_names; *ours != NULL; ours++) {
        if (strcmp(name, *ours) == 0) {
            return true;
        }
    }
    return is_part_of(name, "manifest") || is_part_of(name, BUILD_TEMPORARY_SEGMENT);
}

/* Names are not enough for those that others use, too. */
static enum status look(const char *folder, const struct sync_entry *entry, bool *out_is_ours,
                        struct diag *diag) {
    const char *name = entry->name;
    *out_is_ours = false;
    if (entry->kind != SYNC_ENTRY_FILE) {
        return STATUS_OK;
    }
    if (strcmp(name, "manifest") == 0 && entry->byte_count > 0) {
        return manifest_look(folder, out_is_ours, diag);
    }
    bool is_empty_one = strcmp(name, "manifest") == 0 || strcmp(name, "lock") == 0;
    *out_is_ours = is_empty_one ? entry->byte_count == 0
                                : is_temporary(name) || is_digest_name(name);
    return STATUS_OK;
}

enum status folder_is_ours(const char *folder, char out_foreign[INDEX_FILE_NAME_BYTES],
                           struct diag *diag) {
    out_foreign[0] = '\0';
    struct sync_listing listing;
    enum status status = sync_folder_list(folder, ENTRIES_MAX, &listing, diag);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < listing.count && status == STATUS_OK; i++) {
        bool is_ours;
        status = look(folder, &listing.entries[i], &is_ours, diag);
        if (status == STATUS_OK && !is_ours) {
            snprintf(out_foreign, INDEX_FILE_NAME_BYTES, "%s", listing.entries[i].name);
            status = diag_fail(diag, STATUS_EXISTS, DIAG_NO_OFFSET,
                               "not a file of an index, and the folder of one holds no others");
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
        if (listing.entries[i].kind != SYNC_ENTRY_FILE) {
            continue;
        }
        if (!is_temporary(name) && (!is_digest_name(name) || is_named(manifest, name))) {
            continue;
        }
        char *path = build_path(folder, name);
        status = path != NULL ? sync_file_remove(path, diag) : diag_no_memory(diag);
        sync_free(path);
    }
    sync_listing_free(&listing);
    return status;
}

enum status folder_map(const char *folder, const char *name, struct sync_map *out_map,
                       struct diag *diag) {
    char *path = build_path(folder, name);
    if (path == NULL) {
        return diag_no_memory(diag);
    }
    enum status status = sync_map_open(path, out_map, diag);
    sync_free(path);
    return status;
}
