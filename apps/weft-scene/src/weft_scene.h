/* weft_scene.h - what the parts of weft-scene share. */
#ifndef WEFT_SCENE_H
#define WEFT_SCENE_H

#include <stdbool.h>

#include "cli/cli.h"
#include "renderer/render.h"
#include "renderer/script.h"
#include "ttf/text.h"

/* A text that was set: its glyphs and the atlas they are cut from. */
struct scene_text {
    struct ttf_atlas atlas;
    struct renderer_glyph *glyphs;
};

/* What every command of ours can be told about painting. */
struct scene_painting {
    const char *output;                  /* the picture to write, or NULL */
    uint64_t tile_rows;
    bool no_cull;
    bool wants_stats;
    bool json;
    struct cli_pool pool;
};

/* A scene file with everything it names. */
struct scene {
    const char *path;
    const struct scene_painting *painting;
    struct renderer_script script;
    struct picture_view *pictures;       /* one a picture of the script, PICTURE_ARGB32 */
    bool *is_opaque;                     /* likewise */
    struct scene_text *texts;            /* one an entry of the script; most are empty */
    struct renderer_item *items;
    struct renderer_scene view;          /* for renderer_paint() */
};

/*
 * Read, decode, set.  Complains, frees and returns false on failure; so it does when
 * the picture or the audit would be written over a file that the scene names.
 */
bool scene_load(const char *path, const struct scene_painting *painting,
                struct scene *out_scene);
void scene_free(struct scene *scene);

/* scene_text.c: set the texts of all entries. */
bool scene_set_texts(struct workpool *pool, struct scene *scene);

/* resource.c: a picture or font that the scene names, read whole; complains. */
bool scene_resource_read(const struct scene *scene, const struct renderer_resource *resource,
                         size_t limit_bytes, struct sync_bytes *out_bytes);

/* Complain about such a file; the scene and the byte that names it are told, too. */
void scene_resource_complain(const struct scene *scene, const struct renderer_resource *resource,
                             const struct diag *diag);

#define SCENE_OPTIONS(p)                                                                         \
    { .name = "tile-rows", .value = CLI_NUMBER, .target = &(p)->tile_rows, .minimum = 1,         \
      .maximum = RENDERER_TILE_ROWS_MAX, .metavar = "N",                                         \
      .help = "rows of a tile (default: 32); the pixels do not depend on it" },                  \
    { .name = "no-cull", .value = CLI_FLAG, .target = &(p)->no_cull,                             \
      .help = "paint hidden parts too; the pixels do not depend on it" },                        \
    { .name = "stats", .value = CLI_FLAG, .target = &(p)->wants_stats,                           \
      .help = "print what painting took" },                                                      \
    { .name = "json", .value = CLI_JSON, .target = &(p)->json,                                   \
      .help = "one JSON object a scene" },                                                       \
    CLI_POOL_OPTIONS(&(p)->pool)

bool scene_pool_open(struct cli_pool *pool);

/* Load and paint; the picture is PICTURE_RGBA8.  Complains and returns false on failure. */
bool scene_paint(const char *path, const struct scene_painting *painting,
                 struct picture_view *out_rgba, struct renderer_work *out_work);

/* `"pixels_copied":1,...` or `pixels copied: 1` lines. */
void scene_print_work(const struct renderer_work *work, bool json);

int scene_command_render(int argc, char **argv);
int scene_command_hash(int argc, char **argv);

#endif
