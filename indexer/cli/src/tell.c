/* tell.c - what went wrong, in words for people and as JSON for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "indexer_cli.h"
#include "sync/file.h"

const char *shown_path(const char *path) {
    return path[0] == '\0' ? "''" : path;
}

void complain_index(const char *index, const char *file, const struct diag *diag) {
    char path[4096];
    if (file == NULL || file[0] == '\0'
        || snprintf(path, sizeof(path), "%s/%s", index, file) >= (int)sizeof(path)) {
        cli_complain(shown_path(index), diag);
    } else {
        cli_complain(path, diag);
    }
}

void print_reason_json(const struct diag *diag) {
    printf(",\"error\":");
    cli_json_text(diag->reason != NULL ? diag->reason : status_name(diag->status));
    if (diag->offset != DIAG_NO_OFFSET) {
        printf(",\"offset\":%" PRIu64, diag->offset);
    }
    printf("}\n");
}

static bool is_absent(const char *file, const struct diag *diag) {
    return diag->status == STATUS_NOT_FOUND && strcmp(file, "manifest") == 0;
}

int refuse_index(const char *index, const char *file, const struct diag *diag, bool is_json) {
    const char *reason = diag->reason != NULL ? diag->reason : status_name(diag->status);
    if (is_absent(file, diag)) {
        cli_say("%s: %s; 'indexer build %s PATH...' makes an index", shown_path(index), reason,
                shown_path(index));
    } else {
        complain_index(index, file, diag);
    }
    if (is_json) {
        printf("{\"index\":");
        cli_json_text(index);
        if (file[0] != '\0' && !is_absent(file, diag)) {
            printf(",\"file\":");
            cli_json_text(file);
        }
        print_reason_json(diag);
    }
    return CLI_FAILED;
}

int refuse_folder(const char *index, struct diag *diag, bool is_json) {
    char file[INDEX_FILE_NAME_BYTES] = "";
    if (diag->status == STATUS_EXISTS && index_find_foreign(index, file)) {
        diag->reason = "no part of an index; name a new folder for INDEX, or an empty one";
    }
    return refuse_index(index, file, diag, is_json);
}

struct index *open_index(const char *path, bool is_json) {
    struct index *index;
    char file[INDEX_FILE_NAME_BYTES];
    struct diag diag = { .status = STATUS_OK };
    if (index_open_naming(path, &index, file, &diag) != STATUS_OK) {
        refuse_index(path, file, &diag, is_json);
        return NULL;
    }
    return index;
}

bool count_documents(const char *path, bool is_json, uint64_t *out_count) {
    struct index *index = open_index(path, is_json);
    if (index == NULL) {
        return false;
    }
    struct index_statistics statistics;
    index_statistics_read(index, &statistics);
    index_close(index);
    *out_count = statistics.document_count;
    return true;
}
