/*
 * naive.h - a painter that is too simple to be wrong: one pixel at a time, back to
 * front, from the formulas of docs/formats/scene.md.  It shares no code with the
 * renderer; it knows no bands, regions, masks, tables or strips.
 */
#ifndef RENDERER_NAIVE_H
#define RENDERER_NAIVE_H

#include <math.h>
#include <string.h>

#include "renderer/scene.h"

/* a * b / 255 to nearest, from the definition. */
static unsigned naive_product(unsigned a, unsigned b) {
    return (2 * a * b + 255) / 510;
}

static uint32_t naive_times(uint32_t pixel, unsigned by) {
    uint32_t out = 0;
    for (int c = 0; c < 32; c += 8) {
        out |= naive_product(pixel >> c & 255, by) << c;
    }
    return out;
}

static uint32_t naive_over(uint32_t below, uint32_t above) {
    uint32_t out = 0;
    for (int c = 0; c < 32; c += 8) {
        unsigned sum = (above >> c & 255) + naive_product(below >> c & 255, 255 - (above >> 24));
        out |= (sum < 255 ? sum : 255) << c;
    }
    return out;
}

/* Coverage of pixel (x, y) of a w x h box whose corners in `round` have this radius. */
static int naive_box(int x, int y, int w, int h, int radius, unsigned round) {
    if (x < 0 || y < 0 || x >= w || y >= h) {
        return 0;
    }
    int across = x < radius ? 0 : x >= w - radius ? 1 : -1;
    int down = y < radius ? 0 : y >= h - radius ? 1 : -1;
    static const unsigned corner[2][2] = { { RENDERER_TOP_LEFT, RENDERER_TOP_RIGHT },
                                           { RENDERER_BOTTOM_LEFT, RENDERER_BOTTOM_RIGHT } };
    if (across < 0 || down < 0 || (corner[down][across] & round) == 0) {
        return 255;
    }
    int inside = 0;
    for (int i = 0; i < 256; i++) {
        int dx = 32 * x + 2 * (i % 16) + 1 - 32 * (across == 0 ? radius : w - radius);
        int dy = 32 * y + 2 * (i / 16) + 1 - 32 * (down == 0 ? radius : h - radius);
        inside += dx * dx + dy * dy <= 32 * 32 * radius * radius;
    }
    return (inside * 255 + 128) / 256;
}

static int naive_least(int a, int b) {
    return a < b ? a : b;
}

static int naive_shape(const struct renderer_item *item, int x, int y) {
    int w = item->box.x1 - item->box.x0;
    int h = item->box.y1 - item->box.y0;
    int radius = naive_least((int)item->radius, naive_least(w, h) / 2);
    int ring = (int)item->ring;
    int outer = naive_box(x, y, w, h, radius, item->corners);
    if (ring == 0 || 2 * ring >= naive_least(w, h)) {
        return outer;
    }
    int inner = naive_box(x - ring, y - ring, w - 2 * ring, h - 2 * ring,
                          radius > ring && item->corners != 0 ? radius - ring : 0, item->corners);
    return outer > inner ? outer - inner : 0;
}

/* The share of the box that blurs onto (x, y): along x first, rounded, then along y. */
static int naive_shadow(const struct renderer_item *item, int x, int y) {
    int blur = (int)item->as.shadow.blur;
    int w = item->box.x1 - item->box.x0;
    int h = item->box.y1 - item->box.y0;
    int radius = naive_least((int)item->radius, naive_least(w, h) / 2);
    static int cached_blur = -1;
    static unsigned weights[2 * RENDERER_BLUR_MAX + 1];
    if (cached_blur != blur) {
        unsigned long ways[2 * RENDERER_BLUR_MAX + 1] = { 0 };
        int reach[4];
        for (int m = 0; m < 4; m++) {
            reach[m] = (2 * blur + m) / 4;
        }
        unsigned long all = 0;
        for (int a = 0; a <= reach[0]; a++) {
            for (int b = 0; b <= reach[1]; b++) {
                for (int c = 0; c <= reach[2]; c++) {
                    for (int d = 0; d <= reach[3]; d++, all++) {
                        ways[a + b + c + d]++;
                    }
                }
            }
        }
        unsigned left = 65536;
        for (int i = 0; i <= 2 * blur; i++) {
            weights[i] = (unsigned)(ways[i] * 65536 / all);
            left -= weights[i];
        }
        weights[blur] += left;
        cached_blur = blur;
    }
    unsigned down = 32768;
    for (int j = -blur; j <= blur; j++) {
        unsigned across = 32768;
        for (int i = -blur; i <= blur && y + j >= 0 && y + j < h; i++) {
            across += weights[i + blur] *
                      (unsigned)naive_box(x + i, y + j, w, h, radius, RENDERER_ALL_CORNERS);
        }
        down += weights[j + blur] * (across >> 16);
    }
    return (int)(down >> 16);
}

/* How far along the axis pixel (x, y) is, in 1/65536 of twice the axis squared. */
static long naive_place(const struct renderer_gradient *g, int x, int y) {
    long dx = g->to.x - g->from.x;
    long dy = g->to.y - g->from.y;
    return ((2 * (x - g->from.x) + 1) * dx + (2 * (y - g->from.y) + 1) * dy) * 65536;
}

static unsigned naive_passed(const struct renderer_gradient *g, int x, int y) {
    long dx = g->to.x - g->from.x;
    long dy = g->to.y - g->from.y;
    unsigned passed = 0;
    while (passed < g->stop_count &&
           naive_place(g, x, y) >= 2 * (dx * dx + dy * dy) * (long)g->stops[passed].at) {
        passed++;
    }
    return passed;
}

/* Threshold number of the recursive 8 x 8 order. */
static int naive_dither(int x, int y) {
    int out = 0;
    for (int bit = 0; bit < 3; bit++) {
        int a = x >> bit & 1;
        int b = y >> bit & 1;
        out = out * 4 + (a ^ b) * 2 + b;
    }
    return out;
}

static uint32_t naive_gradient(const struct renderer_item *item, int x, int y) {
    const struct renderer_gradient *g = &item->as.gradient;
    unsigned k = naive_passed(g, x, y);
    int begin = x;
    while (begin > item->box.x0 && g->to.x != g->from.x &&
           naive_passed(g, begin - 1, y) == k) {
        begin--;
    }
    begin = g->to.x == g->from.x ? item->box.x0 : begin;
    bool flat = k == 0 || k == g->stop_count;
    uint32_t from = naive_times(g->stops[k > 0 ? k - 1 : 0].colour, item->opacity);
    uint32_t to = flat ? from : naive_times(g->stops[k].colour, item->opacity);
    long dx = g->to.x - g->from.x;
    long dy = g->to.y - g->from.y;
    long begun = 0;
    long growth = 0;
    if (!flat) {
        long unit = 2 * (dx * dx + dy * dy);
        long start = unit * (long)g->stops[k - 1].at;
        long whole = unit * (long)g->stops[k].at - start;
        long part = naive_place(g, begin, y) - start;
        long step = 2 * labs(dx) * 65536;
        growth = step < whole ? step : 0;
        while (whole >= 1L << 33) {
            whole >>= 1;
            part >>= 1;
            growth >>= 1;
        }
        begun = (part << 30) / whole;
        growth = (growth << 30) / whole;
    }
    uint32_t out = 0;
    long alpha = 255;
    for (int c = 24; c >= 0; c -= 8) {
        long way = (long)(to >> c & 255) - (long)(from >> c & 255);
        long value = ((long)(from >> c & 255) << 22) + way * begun / 256;
        long slope = way * growth / 256;
        value += (dx < 0 ? -slope : slope) * (x - begin) + ((2 * naive_dither(x, y) + 1) << 15);
        long whole = value < 0 ? 0 : value >> 22;
        whole = whole > alpha ? alpha : whole;
        alpha = c == 24 ? whole : alpha;
        out |= (uint32_t)whole << c;
    }
    return out;
}

static uint32_t naive_texel(const struct picture_view *v, long x, long y) {
    x = x < 0 ? 0 : x >= (long)v->width ? (long)v->width - 1 : x;
    y = y < 0 ? 0 : y >= (long)v->height ? (long)v->height - 1 : y;
    return ((const uint32_t *)(const void *)picture_row(v, (uint32_t)y))[x];
}

static uint32_t naive_image(const struct renderer_item *item, int x, int y) {
    const struct picture_view *v = &item->as.image.pixels;
    long w = item->box.x1 - item->box.x0;
    long h = item->box.y1 - item->box.y0;
    long px = (2L * (x - item->box.x0) + 1) * v->width * 32768 / w - 32768 + 65536;
    long py = (2L * (y - item->box.y0) + 1) * v->height * 32768 / h - 32768 + 65536;
    long fx = px / 512 % 128;
    long fy = py / 512 % 128;
    px = px / 65536 - 1;
    py = py / 65536 - 1;
    uint32_t out = 0;
    for (int c = 0; c < 32; c += 8) {
        long above = (naive_texel(v, px, py) >> c & 255) * (128 - fx) +
                     (naive_texel(v, px + 1, py) >> c & 255) * fx;
        long below = (naive_texel(v, px, py + 1) >> c & 255) * (128 - fx) +
                     (naive_texel(v, px + 1, py + 1) >> c & 255) * fx;
        out |= (uint32_t)((above * (128 - fy) + below * fy + 8192) / 16384) << c;
    }
    return out;
}

static uint32_t naive_glyphs(const struct renderer_item *item, uint32_t below, int x, int y) {
    const struct renderer_glyphs *run = &item->as.glyphs;
    for (uint32_t i = 0; i < run->count; i++) {
        const struct renderer_glyph *g = &run->list[i];
        if (x >= g->x && y >= g->y && x < g->x + (int)g->width && y < g->y + (int)g->height) {
            unsigned mask = picture_row(&run->atlas, g->atlas_y + (uint32_t)(y - g->y))
                                       [g->atlas_x + (uint32_t)(x - g->x)];
            below = naive_over(below,
                               naive_times(naive_times(run->colour, item->opacity), mask));
        }
    }
    return below;
}

static uint32_t naive_pixel(const struct renderer_scene *scene, int x, int y) {
    uint32_t pixel = scene->background;
    for (uint32_t i = 0; i < scene->item_count; i++) {
        const struct renderer_item *item = &scene->items[i];
        if (item->is_clipped && (x < item->clip.x0 || x >= item->clip.x1 || y < item->clip.y0 ||
                                 y >= item->clip.y1)) {
            continue;
        }
        int in_x = x - item->box.x0;
        int in_y = y - item->box.y0;
        unsigned shape = item->kind == RENDERER_GLYPHS || item->kind == RENDERER_SHADOW
                             ? 0
                             : (unsigned)naive_shape(item, in_x, in_y);
        if (item->kind == RENDERER_GLYPHS) {
            pixel = naive_glyphs(item, pixel, x, y);
        } else if (item->kind == RENDERER_SHADOW) {
            unsigned share = (unsigned)naive_shadow(item, in_x, in_y);
            uint32_t colour = naive_times(item->as.shadow.colour, item->opacity);
            pixel = naive_over(pixel, naive_times(colour, share));
        } else if (shape > 0 && item->kind == RENDERER_SOLID) {
            uint32_t colour = naive_times(item->as.solid, item->opacity);
            pixel = naive_over(pixel, naive_times(colour, shape));
        } else if (shape > 0 && item->kind == RENDERER_GRADIENT) {
            pixel = naive_over(pixel, naive_times(naive_gradient(item, x, y), shape));
        } else if (shape > 0) {
            unsigned share = naive_product(shape, item->opacity);
            pixel = naive_over(pixel, naive_times(naive_image(item, x, y), share));
        }
    }
    return pixel;
}

#endif
