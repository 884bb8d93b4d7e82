/*
 * look.h - every file decoded once and reduced to a few words.
 *
 * Files are taken LOOK_WINDOW at a time, a file a job; a job reads, decodes, digests
 * and frees, so pixels are held for at most one file a worker.  Results come back in
 * the order of the files.
 *
 * Parallel: partition = one file a chunk; a single file instead uses the pool inside its
 *   decoder; reduction = results at their file's index, told in that order; caps =
 *   COMMAND_FILE_MAX of file and image_limits of pixels a worker, LOOK_WINDOW results;
 *   proof = tests/golden/image/formats.sh
 *
 * Units:    milliseconds
 * Shapes:   none
 * Threads:  the main thread; `tell` is called on it
 * Memory:   none kept
 * Errors:   in each result
 * Source:   none
 * Depends:  image, workpool, cli
 */
#ifndef LOOK_H
#define LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/digest.h"
#include "cli/cli.h"
#include "image/image.h"
#include "workpool/workpool.h"

enum { LOOK_WINDOW = 256 };

struct look_result {
    enum status status;
    struct diag diag;
    enum image_format format;
    uint32_t width;
    uint32_t height;
    uint32_t frame_count;
    uint64_t delay_ms;                 /* of all frames */
    bool is_opaque;
    char digest[DIGEST_TEXT_BYTES];    /* of the RGBA8 rows of all frames */
};

typedef void (*look_tell)(void *context, const char *path, const struct look_result *result);

/* Look at all files and tell each result, complaining of failures before.  False if any. */
bool look_at_files(char *const *paths, size_t count, struct workpool *pool, look_tell tell,
                   void *context);

/* Kinds of this program, for the pool. */
extern const struct workpool_kind_set look_kinds;

#endif
