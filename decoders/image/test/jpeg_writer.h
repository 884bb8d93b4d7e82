/*
 * jpeg_writer.h - make JPEG files with libjpeg, for tests and fixtures.
 *
 * Units:    pixels
 * Shapes:   samples are packed rows of 1, 3 or 4 bytes a pixel
 * Threads:  any
 * Memory:   *out_bytes is libjpeg's, freed with free()
 * Errors:   libjpeg ends the program
 * Source:   none
 * Depends:  libjpeg
 */
#ifndef JPEG_WRITER_H
#define JPEG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

struct jpeg_variety {
    const char *name;
    uint32_t width;
    uint32_t height;
    int channels;            /* 1 grey, 3 RGB, 4 CMYK */
    int across;              /* sampling of the first component, the others having 1 */
    int down;
    int quality;
    unsigned restart;        /* units between restart markers */
    bool is_progressive;
    bool is_separate;        /* one component a scan */
};

static inline void jpeg_write(const struct jpeg_variety *variety, const uint8_t *samples,
                              unsigned char **out_bytes, unsigned long *out_count) {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    static const jpeg_scan_info separate[3] = {
        { 1, { 0 }, 0, 63, 0, 0 }, { 1, { 1 }, 0, 63, 0, 0 }, { 1, { 2 }, 0, 63, 0, 0 },
    };
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, out_bytes, out_count);
    jpeg.image_width = variety->width;
    jpeg.image_height = variety->height;
    jpeg.input_components = variety->channels;
    jpeg.in_color_space =
        variety->channels == 1 ? JCS_GRAYSCALE : variety->channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, variety->quality, TRUE);
    jpeg.comp_info[0].h_samp_factor = variety->across;
    jpeg.comp_info[0].v_samp_factor = variety->down;
    jpeg.restart_interval = variety->restart;
    if (variety->is_progressive) {
        jpeg_simple_progression(&jpeg);
    } else if (variety->is_separate) {
        jpeg.scan_info = separate;
        jpeg.num_scans = 3;
    }
    jpeg_start_compress(&jpeg, TRUE);
    for (uint32_t y = 0; y < variety->height; y++) {
        uint8_t row[4096];
        size_t bytes = (size_t)variety->width * (size_t)variety->channels;
        for (size_t i = 0; i < bytes; i++) {
            row[i] = samples[y * bytes + i];
        }
        JSAMPROW rows[] = { row };
        jpeg_write_scanlines(&jpeg, rows, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
}

/* A picture with slopes and edges: what JPEG is made for, and what it is not. */
static inline void jpeg_paint(const struct jpeg_variety *variety, uint8_t *samples) {
    uint32_t w = variety->width;
    uint32_t h = variety->height;
    for (uint32_t y = 0; y < h; y++) {
        for (uint32_t x = 0; x < w; x++) {
            for (int c = 0; c < variety->channels; c++) {
                uint32_t slope = (x * 255 / w * (unsigned)(c + 1) + y * 200 / h) & 255;
                bool is_disc = (x - w / 2) * (x - w / 2) + (y - h / 2) * (y - h / 2) < w * h / 16;
                *samples++ = (uint8_t)(is_disc ? 255 - slope : slope / 2 + 40u * (unsigned)c);
            }
        }
    }
}

static const struct jpeg_variety jpeg_varieties[] = {
    { "grey.jpg", 37, 29, 1, 1, 1, 85, 0, false, false },
    { "full.jpg", 41, 33, 3, 1, 1, 90, 0, false, false },
    { "half.jpg", 53, 35, 3, 2, 1, 80, 0, false, false },
    { "quarter.jpg", 61, 47, 3, 2, 2, 75, 0, false, false },
    { "down.jpg", 33, 51, 3, 1, 2, 75, 0, false, false },
    { "fourth.jpg", 70, 20, 3, 4, 1, 60, 0, false, false },
    { "restart.jpg", 64, 64, 3, 2, 2, 75, 3, false, false },
    { "separate.jpg", 45, 39, 3, 2, 2, 75, 0, false, true },
    { "progressive.jpg", 57, 43, 3, 2, 2, 80, 0, true, false },
    { "progressive_grey.jpg", 19, 23, 1, 1, 1, 95, 2, true, false },
    { "cmyk.jpg", 31, 27, 4, 1, 1, 85, 0, false, false },
    { "dot.jpg", 1, 1, 3, 2, 2, 75, 0, false, false },
};

#endif
