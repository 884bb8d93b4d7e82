/*
 * ttf_pack.c - lay rectangles on shelves, in the order given.
 *
 * A shelf is as high as its highest glyph; the next shelf begins when a glyph no
 * longer fits.  Sorting by height would waste less (about a fifth of the Latin
 * atlas), but then row-major order would not be key order.
 */
#include "ttf_impl.h"

enum { WIDTH_MIN = 64 };

/* Sides of an entry's rectangle before it has a place: (0, 0) to (width, height). */
static uint32_t width_of(const struct ttf_entry *entry) {
    return (uint32_t)(entry->rect.x1 - entry->rect.x0);
}

static uint32_t height_of(const struct ttf_entry *entry) {
    return (uint32_t)(entry->rect.y1 - entry->rect.y0);
}

/* The width to use: as asked, or the least power of two whose square holds the area. */
static uint64_t choose_width(const struct ttf_request *request, const struct ttf_atlas *atlas) {
    uint64_t area = 0;
    uint64_t widest = 1;
    for (uint32_t i = 0; i < atlas->entry_count; i++) {
        uint64_t width = width_of(&atlas->entries[i]) + (uint64_t)request->padding;
        area += width * (height_of(&atlas->entries[i]) + (uint64_t)request->padding);
        widest = width > widest ? width : widest;
    }
    if (request->width != 0) {
        return request->width > widest ? request->width : widest;
    }
    uint64_t width = WIDTH_MIN;
    while (width < widest || width * width < area) {
        width *= 2;
    }
    return width;
}

enum status ttf_pack(const struct ttf_request *request, struct ttf_atlas *atlas,
                     uint64_t limit_bytes, struct diag *diag) {
    uint64_t width = choose_width(request, atlas);
    uint64_t x = 0, y = 0, shelf = 0;
    if (width > PICTURE_SIDE_MAX) {
        return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "atlas too wide");
    }
    for (uint32_t i = 0; i < atlas->entry_count; i++) {
        struct ttf_entry *entry = &atlas->entries[i];
        uint32_t w = width_of(entry), h = height_of(entry);
        if (w == 0) {
            continue;
        }
        if (x + w + request->padding > width) {
            x = 0;
            y += shelf;
            shelf = 0;
        }
        uint64_t below = y + h + request->padding;
        if (below > PICTURE_SIDE_MAX || below * width > limit_bytes) {
            return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET, "atlas over the size limit");
        }
        entry->rect = (struct picture_rect){ .x0 = (int32_t)x, .y0 = (int32_t)y,
                                             .x1 = (int32_t)(x + w), .y1 = (int32_t)(y + h) };
        x += w + request->padding;
        shelf = below - y > shelf ? below - y : shelf;
    }
    uint64_t height = y + shelf;
    atlas->view = (struct picture_view){ .width = (uint32_t)width,
                                         .height = height != 0 ? (uint32_t)height : 1,
                                         .format = PICTURE_A8 };
    return STATUS_OK;
}
