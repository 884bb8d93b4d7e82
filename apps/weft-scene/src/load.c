/* load.c - a scene file, the pictures it names, and the items to paint. */
#include "image/image.h"
#include "sync/memory.h"
#include "weft_scene.h"

enum { SCENE_BYTES_MAX = 16 << 20, PICTURE_BYTES_READ_MAX = 1 << 30 };

static bool complain(const char *path, enum status status, const char *reason) {
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    (void)diag_fail(&diag, status, DIAG_NO_OFFSET, reason);
    cli_complain(path, &diag);
    return false;
}

static bool read_script(const char *path, struct renderer_script *out_script) {
    struct sync_bytes file;
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    enum status status = cli_file_read(path, SCENE_BYTES_MAX, &file, &diag);
    if (status == STATUS_OK) {
        status = renderer_script_parse(file.bytes, file.count, NULL, out_script, &diag);
        sync_free(file.bytes);
    }
    if (status != STATUS_OK) {
        cli_complain(path, &diag);
    }
    return status == STATUS_OK;
}

static bool has_alpha(const struct picture_view *rgba) {
    for (uint32_t y = 0; y < rgba->height; y++) {
        const uint8_t *row = picture_row(rgba, y);
        for (uint32_t x = 0; x < rgba->width; x++) {
            if (row[4 * (size_t)x + 3] != 255) {
                return true;
            }
        }
    }
    return false;
}

/* The first frame of picture `i`, premultiplied. */
static bool load_picture(struct workpool *pool, struct scene *scene, uint32_t i) {
    const struct image_options options = { .pool = pool };
    const struct renderer_resource *resource = &scene->script.pictures[i];
    struct picture_view *view = &scene->pictures[i];
    struct sync_bytes file;
    struct image image = { 0 };
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    if (!scene_resource_read(scene, resource, PICTURE_BYTES_READ_MAX, &file)) {
        return false;
    }
    enum status status = image_decode(file.bytes, file.count, &options, &image, &diag);
    sync_free(file.bytes);
    if (status == STATUS_OK) {
        const struct picture_view *rgba = &image.frames[0].view;
        status = picture_image_create(rgba->width, rgba->height, PICTURE_ARGB32, view);
        if (status == STATUS_OK) {
            picture_premultiply(rgba, view);
            scene->is_opaque[i] = !has_alpha(rgba);
        } else {
            (void)diag_fail(&diag, status, DIAG_NO_OFFSET, "no memory");
        }
        image_free(&image);
    }
    if (status != STATUS_OK) {
        scene_resource_complain(scene, resource, &diag);
    }
    return status == STATUS_OK;
}

static bool load_pictures(struct workpool *pool, struct scene *scene) {
    bool is_good = true;
    for (uint32_t i = 0; i < scene->script.picture_count; i++) {
        is_good = load_picture(pool, scene, i) && is_good;
    }
    return is_good;
}

/* Items as parsed, with the pixels they asked for. */
static void fill_in_pictures(struct scene *scene) {
    for (uint32_t i = 0; i < scene->script.entry_count; i++) {
        const struct renderer_entry *entry = &scene->script.entries[i];
        struct renderer_item *item = &scene->items[i];
        *item = entry->item;
        if (entry->need != RENDERER_NEEDS_PICTURE && entry->need != RENDERER_NEEDS_SIZE) {
            continue;
        }
        const struct picture_view *pixels = &scene->pictures[entry->resource];
        struct picture_rect all = { 0, 0, (int32_t)pixels->width, (int32_t)pixels->height };
        item->as.image.pixels = *pixels;
        if (scene->is_opaque[entry->resource]) {
            item->as.image.opaque = all;
        }
        if (entry->need == RENDERER_NEEDS_SIZE) {
            item->box.x1 = item->box.x0 + all.x1;
            item->box.y1 = item->box.y0 + all.y1;
        }
    }
}

static bool make_room(const char *path, struct scene *scene) {
    const struct renderer_script *script = &scene->script;
    scene->pictures = sync_alloc_zero(script->picture_count, sizeof(*scene->pictures));
    scene->is_opaque = sync_alloc_zero(script->picture_count, sizeof(*scene->is_opaque));
    scene->texts = sync_alloc_zero(script->entry_count, sizeof(*scene->texts));
    scene->items = sync_alloc_zero(script->entry_count, sizeof(*scene->items));
    bool is_good = scene->pictures != NULL && scene->is_opaque != NULL && scene->texts != NULL &&
                   scene->items != NULL;
    return is_good || complain(path, STATUS_NO_MEMORY, "no memory");
}

bool scene_load(const char *path, const struct scene_painting *painting,
                struct scene *out_scene) {
    struct workpool *decoding = cli_pool_for(&painting->pool, WORKPOOL_GATE_DECODE);
    *out_scene = (struct scene){ .path = path, .painting = painting };
    if (!read_script(path, &out_scene->script)) {
        return false;
    }
    if (!make_room(path, out_scene) || !load_pictures(decoding, out_scene)) {
        scene_free(out_scene);
        return false;
    }
    fill_in_pictures(out_scene);
    if (!scene_set_texts(decoding, out_scene)) {
        scene_free(out_scene);
        return false;
    }
    out_scene->view = (struct renderer_scene){ .width = out_scene->script.width,
                                               .height = out_scene->script.height,
                                               .background = out_scene->script.background,
                                               .items = out_scene->items,
                                               .item_count = out_scene->script.entry_count };
    return true;
}

void scene_free(struct scene *scene) {
    for (uint32_t i = 0; scene->pictures != NULL && i < scene->script.picture_count; i++) {
        picture_image_destroy(&scene->pictures[i]);
    }
    for (uint32_t i = 0; scene->texts != NULL && i < scene->script.entry_count; i++) {
        ttf_atlas_destroy(&scene->texts[i].atlas);
        sync_free(scene->texts[i].glyphs);
    }
    sync_free(scene->pictures);
    sync_free(scene->is_opaque);
    sync_free(scene->texts);
    sync_free(scene->items);
    renderer_script_finish(&scene->script);
    *scene = (struct scene){ 0 };
}
