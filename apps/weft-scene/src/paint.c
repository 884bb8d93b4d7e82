/* paint.c - a scene file to straight pixels, and what that took. */
#include <inttypes.h>
#include <stdio.h>

#include "image/image.h"
#include "png/png.h"
#include "weft_scene.h"

bool scene_pool_open(struct cli_pool *pool) {
    static const struct workpool_kind_set *const sets[] = { &renderer_kinds, &ttf_kinds,
                                                            &image_kinds, &wpng_kinds };
    return cli_pool_open(pool, "weft-scene", sets, COUNT_OF(sets));
}

/* Paint into `argb`, then into *out_rgba without the alpha multiplied in. */
static enum status paint_scene(const struct scene *scene, const struct scene_painting *painting,
                               struct picture_view argb, struct renderer_work *out_work,
                               struct diag *diag) {
    struct renderer *renderer;
    enum status status = renderer_create(NULL, &renderer);
    if (status != STATUS_OK) {
        return diag_fail(diag, status, DIAG_NO_OFFSET, "no memory");
    }
    const struct renderer_frame frame = {
        .target = argb, .tile_rows = (uint32_t)painting->tile_rows, .is_uncut = painting->no_cull,
        .pool = cli_pool_for(&painting->pool, WORKPOOL_GATE_TILES) };
    status = renderer_paint(renderer, &scene->view, &frame, out_work, diag);
    renderer_destroy(renderer);
    return status;
}

static enum status paint_rgba(const struct scene *scene, const struct scene_painting *painting,
                              struct picture_view *out_rgba, struct renderer_work *out_work,
                              struct diag *diag) {
    struct picture_view argb;
    enum status status = picture_image_create(scene->view.width, scene->view.height,
                                              PICTURE_ARGB32, &argb);
    if (status != STATUS_OK) {
        return diag_fail(diag, status, DIAG_NO_OFFSET, "no memory for the picture");
    }
    status = paint_scene(scene, painting, argb, out_work, diag);
    if (status == STATUS_OK) {
        status = picture_image_create(argb.width, argb.height, PICTURE_RGBA8, out_rgba);
        if (status == STATUS_OK) {
            picture_unpremultiply(&argb, out_rgba);
        } else {
            (void)diag_fail(diag, status, DIAG_NO_OFFSET, "no memory for the picture");
        }
    }
    picture_image_destroy(&argb);
    return status;
}

bool scene_paint(const char *path, const struct scene_painting *painting,
                 struct picture_view *out_rgba, struct renderer_work *out_work) {
    struct scene scene;
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    *out_rgba = (struct picture_view){ 0 };
    if (!scene_load(path, painting, &scene)) {
        return false;
    }
    enum status status = paint_rgba(&scene, painting, out_rgba, out_work, &diag);
    if (status != STATUS_OK) {
        if (diag.offset < scene.script.entry_count) {
            diag.offset = scene.script.entries[diag.offset].offset;   /* item to its line */
        }
        cli_complain(path, &diag);
    }
    scene_free(&scene);
    return status == STATUS_OK;
}

void scene_print_work(const struct renderer_work *work, bool json) {
    const struct { const char *name; uint64_t value; } rows[] = {
        { "pixels_copied", work->pixels_copied },   { "pixels_blended", work->pixels_blended },
        { "pixels_skipped", work->pixels_skipped }, { "rects", work->rects },
        { "estimate_ns", work->estimate_ns },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        printf(json ? ",\"%s\":%" PRIu64 : "  %-15s %" PRIu64 "\n", rows[i].name, rows[i].value);
    }
}
