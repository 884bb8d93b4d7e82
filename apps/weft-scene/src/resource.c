/* resource.c - the pictures and fonts that a scene names. */
#include <string.h>

#include "sync/memory.h"
#include "weft_scene.h"

/* The path from here, freed with sync_free(); NULL without memory. */
static char *find(const struct scene *scene, const char *path) {
    const char *slash = strrchr(scene->path, '/');
    size_t folder = path[0] == '/' || slash == NULL ? 0 : (size_t)(slash - scene->path) + 1;
    char *whole = sync_alloc(folder + strlen(path) + 1);
    if (whole != NULL) {
        memcpy(whole, scene->path, folder);
        memcpy(whole + folder, path, strlen(path) + 1);
    }
    return whole;
}

void scene_resource_complain(const struct scene *scene, const struct renderer_resource *resource,
                             const struct diag *diag) {
    const struct cli_mention mention = { .in = scene->path, .at = resource->offset };
    char *path = find(scene, resource->path);
    cli_complain_of(path != NULL ? path : resource->path, &mention, diag);
    sync_free(path);
}

/* Neither the picture nor the audit may replace what the picture is made from. */
static bool is_spared(const struct scene *scene, const char *path) {
    return cli_output_spares(scene->painting->output, path) &&
           cli_pool_spares(&scene->painting->pool, path);
}

bool scene_resource_read(const struct scene *scene, const struct renderer_resource *resource,
                         size_t limit_bytes, struct sync_bytes *out_bytes) {
    struct diag diag = { .status = STATUS_NO_MEMORY, .offset = DIAG_NO_OFFSET };
    char *path = find(scene, resource->path);
    if (path == NULL) {
        scene_resource_complain(scene, resource, &diag);
        return false;
    }
    bool is_read = is_spared(scene, path);
    if (is_read && sync_file_read(path, limit_bytes, out_bytes, &diag) != STATUS_OK) {
        scene_resource_complain(scene, resource, &diag);
        is_read = false;
    }
    sync_free(path);
    return is_read;
}
