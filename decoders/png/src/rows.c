/* rows.c - from filtered bytes to pixels, the short way for 8-bit RGB and RGBA. */
#include "rows.h"

#include <string.h>

enum { PASS_COUNT = 7, PASS_NONE = 0, PASS_DONE = 7 };

/* Adam7, PNG specification 8.2: where each pass begins and how far apart its pixels are. */
static const uint8_t pass_x[PASS_COUNT] = { 0, 4, 0, 2, 0, 1, 0 };
static const uint8_t pass_y[PASS_COUNT] = { 0, 0, 4, 0, 2, 0, 1 };
static const uint8_t pass_dx[PASS_COUNT] = { 8, 8, 4, 4, 2, 2, 1 };
static const uint8_t pass_dy[PASS_COUNT] = { 8, 8, 8, 4, 4, 2, 2 };

static uint32_t pass_extent(uint32_t size, uint8_t begin, uint8_t distance) {
    return size > begin ? (size - begin + distance - 1) / distance : 0;
}

static size_t bytes_of_pixels(const struct header *header, uint32_t pixels) {
    return ((size_t)pixels * header->pixel_bits + 7) / 8;
}

uint64_t rows_raw_bytes(const struct header *header) {
    if (!header->info.is_interlaced) {
        return (uint64_t)(header->row_bytes + 1) * header->info.height;
    }
    uint64_t sum = 0;
    for (uint32_t pass = 0; pass < PASS_COUNT; pass++) {
        uint32_t width = pass_extent(header->info.width, pass_x[pass], pass_dx[pass]);
        uint32_t height = pass_extent(header->info.height, pass_y[pass], pass_dy[pass]);
        sum += width > 0 ? (uint64_t)(bytes_of_pixels(header, width) + 1) * height : 0;
    }
    return sum;
}

static size_t line_bytes(const struct header *header) {
    return (header->row_bytes + UNFILTER_READ_BEHIND_BYTES + 15) & ~(size_t)15;
}

static bool is_direct(const struct header *header) {
    return header->info.bit_depth == 8 && !header->info.is_interlaced && !header->has_key &&
           (header->info.colour == WPNG_RGB || header->info.colour == WPNG_RGBA);
}

size_t rows_scratch_bytes(const struct header *header) {
    size_t lines = is_direct(header) ? 0 : 2 * line_bytes(header);
    return lines + (header->info.is_interlaced ? (size_t)header->info.width * 4 : 0);
}

/* Go to the first pass from `pass` on that has pixels. */
static void enter_pass(struct rows *rows, uint32_t pass) {
    const struct wpng_info *info = &rows->header->info;
    for (; pass < PASS_COUNT; pass++) {
        rows->pass_width = pass_extent(info->width, pass_x[pass], pass_dx[pass]);
        rows->pass_height = pass_extent(info->height, pass_y[pass], pass_dy[pass]);
        if (rows->pass_width > 0 && rows->pass_height > 0) {
            break;
        }
    }
    rows->pass = pass;
    rows->pass_row_bytes = bytes_of_pixels(rows->header, rows->pass_width);
    rows->row = 0;
    rows->row_end = rows->pass_height;
    rows->is_started = false;
}

void rows_start(struct rows *rows, const struct header *header, const struct picture_view *view,
                uint8_t *scratch) {
    rows->header = header;
    rows->view = *view;
    rows->kernels = unfilter_kernels();
    rows->is_direct = is_direct(header);
    if (!rows->is_direct) {
        expand_prepare(&rows->expand, header);
        rows->lines[0] = scratch;
        rows->lines[1] = scratch + line_bytes(header);
        rows->pixels = scratch + 2 * line_bytes(header);
    }
    if (header->info.is_interlaced) {
        enter_pass(rows, 0);
        return;
    }
    rows->pass = PASS_NONE;
    rows->pass_width = header->info.width;
    rows->pass_row_bytes = header->row_bytes;
    rows_limit(rows, 0, header->info.height);
}

void rows_limit(struct rows *rows, uint32_t begin, uint32_t end) {
    rows->row = begin;
    rows->row_end = end;
    rows->is_started = false;
}

bool rows_are_done(const struct rows *rows) {
    return rows->header->info.is_interlaced ? rows->pass == PASS_DONE
                                            : rows->row == rows->row_end;
}

/* The filter that does the same in a row that has none above; Average has no such twin. */
static enum filter first_row_filter(enum filter filter) {
    return filter == FILTER_UP ? FILTER_NONE : filter == FILTER_PAETH ? FILTER_SUB : filter;
}

/* Average with nothing above: half of the left. */
static void first_average_row(const uint8_t *from, uint8_t *to, size_t pixels, size_t step) {
    for (size_t i = 0; i < pixels; i++, from += step, to += 4) {
        for (size_t k = 0; k < step; k++) {
            to[k] = (uint8_t)(from[k] + (i > 0 ? to[(ptrdiff_t)k - 4] >> 1 : 0));
        }
        if (step == 3) {
            to[3] = 255;
        }
    }
}

/* How many Paeth rows from `raw` on to take at once, within the bytes there are: 1, 2, 3, 4, 8. */
static uint32_t paeth_run(const struct rows *rows, const uint8_t *raw, size_t count) {
    size_t stride = rows->pass_row_bytes + 1;
    uint32_t run = 1;
    uint32_t left = rows->row_end - rows->row;
    while (run < UNFILTER_PAETH_ROWS_MAX && run < left && (run + 1) * stride <= count &&
           raw[run * stride] == FILTER_PAETH) {
        run++;
    }
    return run >= 8 ? 8 : run >= 4 ? 4 : run;
}

/* One row, or a run of Paeth rows, into the view; returns how many. */
static uint32_t take_direct(struct rows *rows, const uint8_t *raw, size_t count) {
    const struct unfilter_kernels *kernels = rows->kernels;
    enum filter filter = (enum filter)raw[0];
    bool has_alpha = rows->header->info.colour == WPNG_RGBA;
    size_t pixels = rows->pass_width;
    uint8_t *to = picture_row(&rows->view, rows->row);
    const uint8_t *above = rows->is_started ? to - rows->view.stride_bytes : NULL;
    if (above == NULL) {
        filter = first_row_filter(filter);
        if (filter == FILTER_AVERAGE) {
            first_average_row(raw + 1, to, pixels, has_alpha ? 4 : 3);
            return 1;
        }
    } else if (filter == FILTER_PAETH && kernels->paeth_rows[has_alpha] != NULL &&
               pixels >= kernels->paeth_rows_pixels_min) {
        uint32_t run = paeth_run(rows, raw, count);
        if (run > 1) {
            kernels->paeth_rows[has_alpha](&(struct unfilter_rows){
                .from = raw + 1, .from_stride = rows->pass_row_bytes + 1, .above = above,
                .to = to, .to_stride = rows->view.stride_bytes, .pixels = pixels,
                .count = run });
            return run;
        }
    }
    kernels->rows[has_alpha][filter](raw + 1, above, to, pixels);
    return 1;
}

/* Spread a row of pixels over the columns of its pass. */
static void scatter(const struct rows *rows) {
    uint32_t distance = pass_dx[rows->pass];
    uint32_t y = pass_y[rows->pass] + rows->row * pass_dy[rows->pass];
    uint8_t *to = picture_row(&rows->view, y) + 4 * (size_t)pass_x[rows->pass];
    for (uint32_t i = 0; i < rows->pass_width; i++) {
        memcpy(to + 4 * (size_t)i * distance, rows->pixels + 4 * (size_t)i, 4);
    }
}

/* One row by way of an unfiltered line. */
static void take_by_line(struct rows *rows, const uint8_t *raw) {
    uint8_t *line = rows->lines[rows->row & 1];
    size_t step = (rows->header->pixel_bits + 7) / 8;
    unfilter_bytes((enum filter)raw[0],
                   &(struct unfilter_line){
                       .from = raw + 1, .to = line, .count = rows->pass_row_bytes, .step = step,
                       .above = rows->is_started ? rows->lines[~rows->row & 1] : NULL });
    if (rows->header->info.is_interlaced) {
        rows->expand.row(&rows->expand, line, rows->pixels, rows->pass_width);
        scatter(rows);
    } else {
        rows->expand.row(&rows->expand, line, picture_row(&rows->view, rows->row),
                         rows->pass_width);
    }
}

bool rows_take(struct rows *rows, const uint8_t *raw, size_t count, size_t *out_taken) {
    size_t at = 0;
    while (!rows_are_done(rows) && count - at >= rows->pass_row_bytes + 1) {
        if (raw[at] >= FILTER_COUNT) {
            *out_taken = at;
            return false;
        }
        uint32_t taken = 1;
        if (rows->is_direct) {
            taken = take_direct(rows, raw + at, count - at);
        } else {
            take_by_line(rows, raw + at);
        }
        at += taken * (rows->pass_row_bytes + 1);
        rows->row += taken;
        rows->is_started = true;
        if (rows->header->info.is_interlaced && rows->row == rows->row_end) {
            enter_pass(rows, rows->pass + 1);
        }
    }
    *out_taken = at;
    return true;
}
