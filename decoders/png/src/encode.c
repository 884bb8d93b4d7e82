/* encode.c - cut a picture into segments, have them written, join them to a file. */
#include <libdeflate.h>
#include <string.h>

#include "base/assert.h"
#include "base/endian.h"
#include "checksum.h"
#include "encoder.h"
#include "sync/memory.h"

enum {
    SIGNATURE_BYTES = 8,
    CHUNK_EXTRA_BYTES = 12,
    IHDR_BYTES = 13,
    MARK_BYTES = 6,
    HEAD_BYTES_MAX = SIGNATURE_BYTES + 4 * CHUNK_EXTRA_BYTES + IHDR_BYTES +
                     4 * ENCODE_COLOURS_MAX + MARK_BYTES,
};

/*
 * Segments of equal height are what mARK can say, with the remainder in the first.
 * Of the counts that make them about ENCODE_SEGMENT_BYTES, take an even one (a
 * multiple of four when there are many), so that two or four workers come out even,
 * and among these the one with the smallest remainder, so that the first segment is
 * not much longer than the others.
 */
uint32_t encode_segment_count(const struct encode_format *format, uint32_t height) {
    uint64_t rows = ENCODE_SEGMENT_BYTES / (format->row_bytes + 1);
    rows = rows > ENCODE_SEGMENT_ROWS_MIN ? rows : ENCODE_SEGMENT_ROWS_MIN;
    uint32_t aim = (uint32_t)((height + rows / 2) / rows);
    if (aim < 2) {
        return 1;
    }
    uint32_t step = aim < 8 ? 2 : 4;
    uint32_t best = (aim + step / 2) / step * step;
    uint32_t first = best - best / 4 / step * step;
    for (uint32_t count = first; count <= best + best / 4; count += step) {
        best = height % count < height % best ? count : best;
    }
    return best;
}

void encode_cut_segments(uint32_t height, uint32_t count, struct encode_segment *segments) {
    uint32_t row = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t rows = height / count + (i == 0 ? height % count : 0);
        segments[i].row_begin = row;
        segments[i].row_end = row + rows;
        row += rows;
    }
}

static uint8_t *put_chunk(uint8_t *to, const char *type, const uint8_t *data, size_t count) {
    put_be32(to, (uint32_t)count);
    memcpy(to + 4, type, 4);
    memcpy(to + 8, data, count);
    put_be32(to + 8 + count, libdeflate_crc32(0, to + 4, count + 4));
    return to + CHUNK_EXTRA_BYTES + count;
}

static uint8_t *put_palette(const struct encode_format *format, uint8_t *to) {
    uint8_t colours[3 * ENCODE_COLOURS_MAX];
    uint8_t alphas[ENCODE_COLOURS_MAX];
    for (uint32_t i = 0; i < format->palette.count; i++) {
        uint8_t rgba[4];
        memcpy(rgba, &format->palette.words[i], sizeof(rgba));
        memcpy(colours + 3 * (size_t)i, rgba, 3);
        alphas[i] = rgba[3];
    }
    to = put_chunk(to, "PLTE", colours, 3 * (size_t)format->palette.count);
    return format->transparent_count > 0
               ? put_chunk(to, "tRNS", alphas, format->transparent_count)
               : to;
}

/* Everything before the image data. */
static size_t put_head(const struct encode *encode, uint8_t *head) {
    static const uint8_t signature[SIGNATURE_BYTES] = { 137, 80, 78, 71, 13, 10, 26, 10 };
    const struct encode_format *format = encode->format;
    uint8_t ihdr[IHDR_BYTES] = { 0 };
    memcpy(head, signature, sizeof(signature));
    put_be32(ihdr, encode->view->width);
    put_be32(ihdr + 4, encode->view->height);
    ihdr[8] = (uint8_t)format->bit_depth;
    ihdr[9] = (uint8_t)format->colour;
    uint8_t *to = put_chunk(head + sizeof(signature), "IHDR", ihdr, sizeof(ihdr));
    if (format->colour == WPNG_PALETTE) {
        to = put_palette(format, to);
    }
    if (encode->segment_count > 1) {
        /* Method 0; type 1: each segment is one IDAT chunk. */
        uint8_t mark[MARK_BYTES] = { 0, 1 };
        put_be32(mark + 2, encode->segment_count);
        to = put_chunk(to, "mARK", mark, sizeof(mark));
    }
    return (size_t)(to - head);
}

/* Head, segments in their order, end. */
static enum status join(const struct encode *encode, struct sync_bytes *out_file) {
    uint8_t head[HEAD_BYTES_MAX];
    size_t head_bytes = put_head(encode, head);
    size_t total = head_bytes + CHUNK_EXTRA_BYTES;
    uint32_t adler = 1;
    for (uint32_t i = 0; i < encode->segment_count; i++) {
        struct encode_segment *segment = &encode->segments[i];
        adler = checksum_join_adler(adler, segment->adler, segment->raw_bytes);
        if (i + 1 == encode->segment_count) {
            encode_seal_last(segment, adler);
        }
        total += segment->chunk_bytes;
    }
    uint8_t *file = sync_alloc(total);
    if (file == NULL) {
        return STATUS_NO_MEMORY;
    }
    memcpy(file, head, head_bytes);
    uint8_t *to = file + head_bytes;
    for (uint32_t i = 0; i < encode->segment_count; i++) {
        memcpy(to, encode->segments[i].chunk, encode->segments[i].chunk_bytes);
        to += encode->segments[i].chunk_bytes;
    }
    (void)put_chunk(to, "IEND", head, 0);
    *out_file = (struct sync_bytes){ .bytes = file, .count = total };
    return STATUS_OK;
}

static enum status run(const struct encode *encode, struct workpool *pool,
                       struct sync_bytes *out_file) {
    const struct workpool_job job = { .kind = &encode_segment_kind, .grain = 1,
                                      .count = encode->segment_count,
                                      .context = (void *)(uintptr_t)encode };
    enum status status = workpool_run(pool, &job, NULL);
    if (status == STATUS_OK) {
        status = join(encode, out_file);
    }
    for (uint32_t i = 0; i < encode->segment_count; i++) {
        sync_free(encode->segments[i].chunk);
    }
    compressors_finish(encode->compressors);
    compressors_finish(encode->busy_compressors);
    return status;
}

static enum status encode_as(const struct picture_view *view,
                             const struct wpng_encode_options *options,
                             const struct encode_format *format, struct sync_bytes *out_file,
                             struct diag *diag) {
    uint32_t count = encode_segment_count(format, view->height);
    int level = (int)(options->level != 0 ? options->level : WPNG_LEVEL_DEFAULT);
    struct compressors compressors = { .level = level };
    struct compressors busy = { .level = level == ENCODE_EVEN_LEVEL ? level - 1 : level };
    struct encode encode = { .view = view, .format = format, .compressors = &compressors,
                             .busy_compressors = &busy,
                             .segments = sync_alloc_zero(count, sizeof(*encode.segments)),
                             .segment_count = count };
    enum status status = STATUS_NO_MEMORY;
    if (encode.segments != NULL) {
        encode_cut_segments(view->height, count, encode.segments);
        status = run(&encode, options->pool, out_file);
        sync_free(encode.segments);
    }
    return status == STATUS_OK
               ? STATUS_OK
               : diag_fail(diag, status, DIAG_NO_OFFSET,
                           status == STATUS_NO_MEMORY ? "no memory to encode" : "cannot encode");
}

enum status wpng_encode(const struct picture_view *view,
                        const struct wpng_encode_options *options, struct sync_bytes *out_file,
                        struct diag *diag) {
    static const struct wpng_encode_options defaults;
    options = options != NULL ? options : &defaults;
    *out_file = (struct sync_bytes){ 0 };
    ASSERT(view->format == PICTURE_RGBA8 && view->width > 0 && view->height > 0);
    if (options->level > WPNG_LEVEL_MAX || view->width > PICTURE_SIDE_MAX ||
        view->height > PICTURE_SIDE_MAX) {
        return diag_fail(diag, STATUS_LIMIT, DIAG_NO_OFFSET,
                         options->level > WPNG_LEVEL_MAX ? "compression level over 12"
                                                         : "picture over the size limit");
    }
    struct encode_format format;
    enum status status = encode_analyse(view, options->pool, &format, diag);
    return status == STATUS_OK ? encode_as(view, options, &format, out_file, diag) : status;
}

enum status wpng_encode_file(const struct picture_view *view,
                             const struct wpng_encode_options *options, const char *path,
                             struct diag *diag) {
    struct sync_bytes file;
    enum status status = wpng_encode(view, options, &file, diag);
    if (status == STATUS_OK) {
        status = sync_file_replace(path, file.bytes, file.count, diag);
        sync_free(file.bytes);
    }
    return status;
}
