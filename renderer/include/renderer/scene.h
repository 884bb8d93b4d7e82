/*
 * renderer/scene.h - what a picture is made of: items over a background.
 *
 * A scene is a list of items in z order, the first lying lowest.  Each item puts
 * a source of colour (solid, gradient, image) or coverage of one colour (shadow,
 * glyphs) over what is below it.  The arithmetic of every item is defined to the
 * bit in docs/formats/scene.md: the same scene is the same pixels on any machine.
 *
 * Units:    pixels of the scene, x right and y down, boxes half-open as in
 *           picture/rect.h; colours are 0xAARRGGBB premultiplied by alpha
 *           (renderer_colour() makes one); opacity is 0 to 255
 * Shapes:   items, glyphs, stops and pixels are the caller's arrays; image pixels
 *           are PICTURE_ARGB32, atlases PICTURE_A8
 * Threads:  plain values; nobody may change a scene while it is painted
 * Memory:   a scene borrows everything it points to
 * Errors:   none here; renderer_paint() refuses what it cannot do
 * Source:   none
 * Depends:  picture
 */
#ifndef RENDERER_SCENE_H
#define RENDERER_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "picture/image.h"
#include "picture/rect.h"

enum {
    RENDERER_COORDINATE_MAX = PICTURE_SIDE_MAX,   /* of any x or y, either sign */
    RENDERER_RADIUS_MAX = 512,                    /* of round corners, and rings */
    RENDERER_BLUR_MAX = 128,                      /* reach of a shadow's soft edge */
    RENDERER_STOPS_MAX = 8,
    RENDERER_STOP_END = 1 << 16,                  /* a stop's `at` at the end of the axis */
};

enum renderer_kind {
    RENDERER_SOLID,      /* one colour */
    RENDERER_GRADIENT,   /* colours along a line, with ordered dither */
    RENDERER_IMAGE,      /* pixels, scaled to the box if that has another size */
    RENDERER_SHADOW,     /* the box, its corners rounded, blurred */
    RENDERER_GLYPHS,     /* coverage cut from an atlas, in one colour */
};

enum renderer_corner {
    RENDERER_TOP_LEFT = 1,
    RENDERER_TOP_RIGHT = 2,
    RENDERER_BOTTOM_RIGHT = 4,
    RENDERER_BOTTOM_LEFT = 8,
    RENDERER_ALL_CORNERS = 15,
};

struct renderer_point {
    int32_t x;
    int32_t y;
};

struct renderer_stop {
    uint32_t at;        /* 0 to RENDERER_STOP_END along the axis */
    uint32_t colour;
};

/* Colours change along the axis from `from` to `to` and are constant across it. */
struct renderer_gradient {
    struct renderer_point from;   /* in the scene, like every coordinate */
    struct renderer_point to;     /* not the same point */
    uint32_t stop_count;          /* 2 to RENDERER_STOPS_MAX */
    struct renderer_stop stops[RENDERER_STOPS_MAX];   /* `at` strictly ascending */
};

struct renderer_image {
    struct picture_view pixels;    /* PICTURE_ARGB32, not empty */
    struct picture_rect opaque;    /* pixels of the image known to have alpha 255; may be empty */
};

struct renderer_shadow {
    uint32_t colour;
    uint32_t blur;       /* the shadow fades to nothing this far outside the box */
};

/* A cell of the atlas, and where its top left corner goes in the scene. */
struct renderer_glyph {
    int32_t x;
    int32_t y;
    uint32_t atlas_x;
    uint32_t atlas_y;
    uint32_t width;
    uint32_t height;
};

struct renderer_glyphs {
    struct picture_view atlas;     /* PICTURE_A8 */
    const struct renderer_glyph *list;
    uint32_t count;
    uint32_t colour;
};

struct renderer_item {
    enum renderer_kind kind;
    uint8_t opacity;               /* multiplies the whole item; 255 leaves it as it is */
    bool is_clipped;
    struct picture_rect clip;      /* when is_clipped: nothing is painted outside */
    struct picture_rect box;       /* where the item lies; GLYPHS ignore it */
    uint32_t radius;               /* of round corners, cut to half the box's shorter side */
    uint32_t corners;              /* which corners are round, a sum of renderer_corner */
    uint32_t ring;                 /* 0: filled; else only a rim this wide is painted */
    union {
        uint32_t solid;            /* the colour */
        struct renderer_gradient gradient;
        struct renderer_image image;
        struct renderer_shadow shadow;    /* rounds all corners by `radius`; no ring */
        struct renderer_glyphs glyphs;    /* neither radius nor ring */
    } as;
};

struct renderer_scene {
    uint32_t width;                /* 1 to PICTURE_SIDE_MAX */
    uint32_t height;
    uint32_t background;           /* replaces what was there, its alpha included */
    const struct renderer_item *items;
    uint32_t item_count;
};

/* A premultiplied colour from straight channels, each 0 to 255. */
static inline uint32_t renderer_colour(uint32_t red, uint32_t green, uint32_t blue,
                                       uint32_t alpha) {
    uint32_t r = red * alpha + 128;
    uint32_t g = green * alpha + 128;
    uint32_t b = blue * alpha + 128;
    return alpha << 24 | (r + (r >> 8)) >> 8 << 16 | (g + (g >> 8)) >> 8 << 8 |
           (b + (b >> 8)) >> 8;
}

#endif
