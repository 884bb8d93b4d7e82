/*
 * files.h - which files the operands name.
 *
 * A file stands for itself, whatever its name.  A folder stands for the files in it and
 * below whose names end like a picture's, in byte order of names; symbolic links
 * inside folders are not followed, so the walk ends.
 *
 * Units:    none
 * Shapes:   paths are NUL-terminated
 * Threads:  the main thread
 * Memory:   owned by the list
 * Errors:   complaints on standard error
 * Source:   none
 * Depends:  sync, cli
 */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

enum { FILES_MAX = 1 << 24, FILES_DEPTH_MAX = 64, FILES_FOLDER_MAX = 1 << 20 };

struct files {
    char **paths;
    size_t count;
    size_t room;
    bool has_failed;      /* something was complained about; the rest is in the list */
};

/* Fill an empty list from operands; false when memory ran out (complained about). */
MUST_CHECK bool files_collect(struct files *files, char **operands, int operand_count);

void files_free(struct files *files);

#endif
