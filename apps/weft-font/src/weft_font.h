/*
 * weft_font.h - what the commands of weft-font share.
 */
#ifndef WEFT_FONT_H
#define WEFT_FONT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "cli/cli.h"
#include "picture/image.h"
#include "sync/file.h"
#include "ttf/font.h"

enum { FONT_CODEPOINT_LAST = 0x10ffff, FONT_SIZE_MAX = 1024, FONT_FILE_MAX = 256 << 20 };

/* An open font file. */
struct font_file {
    struct sync_bytes bytes;
    struct ttf_font *font;
};

/* Read and open; complains and returns false on failure. */
MUST_CHECK bool font_file_open(const char *path, uint64_t face_index, struct font_file *out_file);
void font_file_close(struct font_file *file);

/*
 * Code points of "U+20..U+7E,U+A0,U+100..U+17F" in ascending order, each once, for
 * sync_free().  Complains and returns false when the text cannot be understood.
 */
struct font_keys {
    uint32_t *keys;
    uint32_t count;
};
MUST_CHECK bool font_keys_parse(const char *text, struct font_keys *out_keys);

/* A colour "RRGGBB" or "RRGGBBAA" as R G B A bytes; complains and returns false. */
MUST_CHECK bool font_colour_parse(const char *option, const char *text, uint8_t out_rgba[4]);

/*
 * Write coverage as a PNG, `ink` over `paper`, mixed by coverage.  Complains and
 * returns false on failure; the file at `path` then is as it was.
 */
struct font_colours {
    uint8_t ink[4];
    uint8_t paper[4];
};
MUST_CHECK bool font_picture_write(const char *path, const struct picture_view *coverage,
                                   const struct font_colours *colours, struct workpool *pool);

/* Open the pool with the kinds this program uses. */
MUST_CHECK bool font_pool_open(struct cli_pool *pool);

/* The commands. */
int font_command_info(int argc, char **argv);
int font_command_hash(int argc, char **argv);
int font_command_atlas(int argc, char **argv);
int font_command_text(int argc, char **argv);

#endif
