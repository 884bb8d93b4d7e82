/*
 * renderer/script.h - scene files: text in, a description of the scene out.
 *
 * The format is docs/formats/scene.md: a line a thing, named fields, and anything
 * not understood is refused where it stands.  Pictures and fonts are only named
 * here; the caller loads them, fills in image pixels, sets text, and has the items
 * of a renderer_scene.  So parsing needs no file and no library, and can be fuzzed.
 *
 * Units:    as in renderer/scene.h; sizes of text in 26.6 pixels an em
 * Shapes:   entries are in z order, the first lowest; names and text are UTF-8 and
 *           end in NUL
 * Threads:  pure but for memory
 * Memory:   a script owns its lists until renderer_script_finish(); at most about
 *           600 bytes an entry and twice the file's bytes
 * Errors:   STATUS_BAD_DATA and STATUS_LIMIT with the byte offset in the file,
 *           STATUS_UNSUPPORTED for another version, STATUS_NO_MEMORY; on failure
 *           the script is empty
 * Source:   docs/formats/scene.md
 * Depends:  base, sync, picture, renderer/scene.h
 */
#ifndef RENDERER_SCRIPT_H
#define RENDERER_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"
#include "renderer/scene.h"

/* Zero in a field means its default, given here. */
struct renderer_script_limits {
    size_t bytes_max;          /* 16 MiB of file */
    uint64_t pixels_max;       /* 2^28 pixels of picture */
    uint32_t entries_max;      /* 65,536 items */
    uint32_t resources_max;    /* 1,024 pictures, and as many fonts */
};

/* A picture or a font that the file names. */
struct renderer_resource {
    const char *name;
    const char *path;          /* as written: relative to the scene file's folder */
    uint64_t offset;           /* of the path in the file, for messages */
    uint32_t face;             /* of a font collection */
};

enum renderer_align { RENDERER_LEFT, RENDERER_CENTER, RENDERER_RIGHT };

/* A line of text to be set: its baseline starts, is centred, or ends at `at`. */
struct renderer_line {
    const char *utf8;
    size_t byte_count;
    struct renderer_point at;
    uint32_t size_26_6;
    uint32_t colour;
    enum renderer_align align;
};

enum renderer_need {
    RENDERER_COMPLETE,         /* the item is ready */
    RENDERER_NEEDS_PICTURE,    /* fill in item.as.image.pixels from picture `resource` */
    RENDERER_NEEDS_SIZE,       /* and make the box, so far empty, as large as the picture */
    RENDERER_NEEDS_GLYPHS,     /* fill in item.as.glyphs from `line` in font `resource` */
};

struct renderer_entry {
    struct renderer_item item;
    enum renderer_need need;
    uint32_t resource;
    struct renderer_line line;
    uint64_t offset;           /* of the entry in the file, for messages */
};

struct renderer_script {
    uint32_t width;
    uint32_t height;
    uint32_t background;
    struct renderer_resource *pictures;
    uint32_t picture_count;
    struct renderer_resource *fonts;
    uint32_t font_count;
    struct renderer_entry *entries;
    uint32_t entry_count;
    char *strings;             /* private: where names, paths and texts live */
};

/* Read a scene file.  `limits` may be NULL for the defaults. */
MUST_CHECK enum status renderer_script_parse(const void *bytes, size_t byte_count,
                                             const struct renderer_script_limits *limits,
                                             struct renderer_script *out_script,
                                             struct diag *diag);

/* Frees the lists and empties the script.  An empty script is ignored. */
void renderer_script_finish(struct renderer_script *script);

#endif
