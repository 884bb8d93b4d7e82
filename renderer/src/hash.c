/* hash.c - the grid of tile hashes. */
#include "renderer/hash.h"

#include <string.h>

#include "base/endian.h"
#include "base/hash.h"
#include "renderer_impl.h"
#include "sync/memory.h"

struct hashing {
    const struct picture_view *view;
    struct renderer_grid *grid;
};

static uint32_t side_at(uint32_t number, uint32_t whole) {
    uint32_t left = whole - number * RENDERER_TILE_SIDE;
    return left < RENDERER_TILE_SIDE ? left : RENDERER_TILE_SIDE;
}

static uint64_t hash_tile(const struct picture_view *view, uint32_t column, uint32_t row) {
    uint8_t bytes[RENDERER_TILE_SIDE * RENDERER_TILE_SIDE * 4];
    size_t pixel_bytes = picture_pixel_bytes(view->format);
    size_t row_bytes = side_at(column, view->width) * pixel_bytes;
    uint32_t height = side_at(row, view->height);
    for (uint32_t y = 0; y < height; y++) {
        memcpy(bytes + y * row_bytes,
               picture_row(view, row * RENDERER_TILE_SIDE + y) +
                   (size_t)column * RENDERER_TILE_SIDE * pixel_bytes,
               row_bytes);
    }
    return hash_64(bytes, height * row_bytes, 0);
}

static enum status hash_row(const struct workpool_chunk *chunk) {
    const struct hashing *hashing = chunk->context;
    struct renderer_grid *grid = hashing->grid;
    for (uint64_t row = chunk->begin; row < chunk->end; row++) {
        for (uint32_t column = 0; column < grid->columns; column++) {
            grid->tiles[row * grid->columns + column] =
                hash_tile(hashing->view, column, (uint32_t)row);
        }
    }
    return STATUS_OK;
}

const struct workpool_kind renderer_hash_kind = { .name = "renderer.hash", .body = hash_row };

static void fold(struct renderer_grid *grid, const struct picture_view *view) {
    struct digest_state state;
    uint8_t word[8];
    digest_init(&state);
    put_le32(word, view->width);
    put_le32(word + 4, view->height);
    digest_update(&state, word, sizeof(word));
    for (size_t i = 0; i < (size_t)grid->rows * grid->columns; i++) {
        put_le64(word, grid->tiles[i]);
        digest_update(&state, word, sizeof(word));
    }
    digest_finish(&state, grid->digest);
}

enum status renderer_grid_create(const struct picture_view *view, struct workpool *pool,
                                 struct renderer_grid *out_grid) {
    *out_grid = (struct renderer_grid){
        .columns = (view->width + RENDERER_TILE_SIDE - 1) / RENDERER_TILE_SIDE,
        .rows = (view->height + RENDERER_TILE_SIDE - 1) / RENDERER_TILE_SIDE };
    out_grid->tiles = sync_alloc_zero((size_t)out_grid->columns * out_grid->rows,
                                      sizeof(*out_grid->tiles));
    if (out_grid->tiles == NULL) {
        renderer_grid_finish(out_grid);
        return STATUS_NO_MEMORY;
    }
    struct hashing hashing = { .view = view, .grid = out_grid };
    enum status status = workpool_run(pool, &(struct workpool_job){ .kind = &renderer_hash_kind,
                                                                    .count = out_grid->rows,
                                                                    .grain = 1,
                                                                    .context = &hashing },
                                      NULL);
    if (status != STATUS_OK) {
        renderer_grid_finish(out_grid);
        return status;
    }
    fold(out_grid, view);
    return STATUS_OK;
}

void renderer_grid_finish(struct renderer_grid *grid) {
    sync_free(grid->tiles);
    *grid = (struct renderer_grid){ 0 };
}
