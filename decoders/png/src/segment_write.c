/*
 * segment_write.c - rows to one IDAT chunk.
 *
 * The compression library always ends with a final block.  In all segments but
 * the last, that block is made an ordinary one: the segment is inflated again,
 * which finds where its last block began and proves that it says what was
 * compressed; one bit is cleared there, and an empty stored block brings the
 * stream to a byte boundary (docs/adr/0011-segments-by-bfinal.md).
 */
#include <libdeflate.h>
#include <string.h>

#include "base/endian.h"
#include "encoder.h"
#include "stream.h"
#include "sync/memory.h"

enum {
    CHUNK_HEAD_BYTES = 8,                   /* length and type */
    CHUNK_TAIL_BYTES = 8,                   /* checksum of the last, CRC */
    ZLIB_HEAD_BYTES = 2,
    SYNC_BYTES = 6,                         /* an empty stored block, at most */
    CHECK_PIECE_BYTES = 64 * 1024,
    BUSY_SAMPLE_STEP = 7,                   /* shares no factor with the bytes of a pixel */
    CHECK_BUFFER_BYTES = INFLATE_WINDOW_BYTES + CHECK_PIECE_BYTES + 2 * INFLATE_SLACK_BYTES,
};

/* What one job works with, in its arena when it fits. */
struct workplace {
    struct stream stream;      /* to inflate again */
    uint8_t *check_buffer;
    uint8_t *rows[2];          /* raw rows, margins around them */
    uint8_t *filtered;         /* of the whole segment */
    void *heap;                /* to free, when it did not fit */
};

static struct workplace *workplace_take(struct arena *arena, const struct encode_format *format,
                                        size_t raw_bytes) {
    size_t row_bytes = format->row_bytes + 2 * (size_t)ENCODE_ROW_MARGIN_BYTES;
    size_t bytes = sizeof(struct workplace) + CHECK_BUFFER_BYTES + 2 * row_bytes + raw_bytes;
    struct workplace *place = arena_take(arena, bytes, ARENA_ALIGN_DEFAULT);
    void *heap = NULL;
    if (place == NULL) {
        place = heap = sync_alloc(bytes);
        if (place == NULL) {
            return NULL;
        }
    }
    place->heap = heap;
    place->check_buffer = (uint8_t *)(place + 1);
    uint8_t *rows = place->check_buffer + CHECK_BUFFER_BYTES;
    memset(rows, 0, 2 * row_bytes);
    place->rows[0] = rows + ENCODE_ROW_MARGIN_BYTES;
    place->rows[1] = rows + row_bytes + ENCODE_ROW_MARGIN_BYTES;
    place->filtered = rows + 2 * row_bytes;
    return place;
}

/*
 * The filter with the smallest sum, the lower number on a tie.  Sums of Up and
 * Average count a tenth more: rows so filtered repeat less often than their sums
 * promise (wallpapers 1 % smaller, screenshots the same; ADR 0011).
 */
static enum filter choose_filter(const struct filter_kernels *kernels,
                                 const struct filter_line *line, bool is_cut) {
    static const uint8_t weights[FILTER_COUNT] = { 10, 10, 11, 11, 10 };
    uint64_t sums[FILTER_COUNT];
    kernels->sums(line, sums);
    enum filter best = FILTER_NONE;
    for (int filter = FILTER_SUB; filter < (is_cut ? FILTER_UP : FILTER_COUNT); filter++) {
        bool is_better = sums[filter] * weights[filter] < sums[best] * weights[best];
        best = is_better ? (enum filter)filter : best;
    }
    return best;
}

/* Pack and filter all rows.  The first of a later segment may not look above. */
static void filter_rows(const struct encode *encode, const struct encode_segment *segment,
                        struct workplace *place) {
    const struct encode_format *format = encode->format;
    const struct filter_kernels *kernels = filter_kernels();
    size_t step = format->pixel_bits < 8 ? 1 : format->pixel_bits / 8;
    uint8_t *to = place->filtered;
    for (uint32_t y = segment->row_begin; y < segment->row_end; y++) {
        uint8_t *row = place->rows[(y - segment->row_begin) & 1];
        const uint8_t *above = place->rows[~(y - segment->row_begin) & 1];
        encode_pack_row(format, picture_row(encode->view, y), row, encode->view->width);
        struct filter_line line = { .row = row, .above = above, .count = format->row_bytes,
                                    .step = step };
        bool is_cut = y == segment->row_begin && y > 0;
        enum filter filter =
            format->is_filtered ? choose_filter(kernels, &line, is_cut) : FILTER_NONE;
        *to = (uint8_t)filter;
        kernels->apply(filter, &line, to + 1);
        to += format->row_bytes + 1;
    }
}

static bool no_span(struct inflate *inflate) {
    (void)inflate;
    return false;
}

/*
 * Turn the final block of `bytes` of deflate data into an ordinary one and append an
 * empty stored block.  Returns the new length; 0 when inflating does not give what
 * has the checksum `adler`.
 */
static size_t open_end(uint8_t *deflated, size_t bytes, uint32_t adler,
                       struct workplace *place) {
    struct stream *stream = &place->stream;
    struct inflate *inflate = &stream->inflate;
    struct stream_buffer buffer = { .bytes = place->check_buffer };
    *stream = (struct stream){ .piece_bytes = CHECK_PIECE_BYTES, .raw_total = UINT32_MAX };
    inflate->in = deflated;
    inflate->in_end = deflated + bytes;
    inflate->next_span = no_span;
    inflate_start(inflate);
    uint32_t found = 1;
    enum inflate_result result = INFLATE_MORE;
    while (result == INFLATE_MORE) {
        result = stream_fill(stream, &buffer, 0, &buffer);
        found = libdeflate_adler32(found, buffer.bytes + buffer.fresh, buffer.end - buffer.fresh);
    }
    if (result != INFLATE_DONE || found != adler) {
        return 0;
    }
    uint64_t end_bit = (uint64_t)(inflate->in - deflated) * 8 - inflate->bit_count;
    deflated[inflate->header_bit / 8] &= (uint8_t)~(1u << inflate->header_bit % 8);
    memset(deflated + (end_bit + 7) / 8, 0, SYNC_BYTES);
    size_t length = (size_t)(end_bit + 3 + 7) / 8;   /* three bits: not final, stored */
    put_le16(deflated + length, 0);
    put_le16(deflated + length + 2, 0xffff);
    return length + 4;
}

/* The two bytes before the first block: 32 KiB window, and about how hard we tried. */
static void put_zlib_head(uint8_t *to, int level) {
    static const uint16_t heads[4] = { 0x7801, 0x785e, 0x789c, 0x78da };
    put_be16(to, heads[level < 2 ? 0 : level < 6 ? 1 : level < 8 ? 2 : 3]);
}

/*
 * Whether fewer than seven in ten residuals, of which every seventh is looked
 * at, are zero.  There matches are short, and searching longer for them takes
 * much time and saves little (docs/adr/0014-busy-segments.md).  Palette indices
 * are no residuals.
 */
static bool is_busy(const struct encode *encode, const uint8_t *filtered, size_t count) {
    size_t zeros = 0;
    for (size_t i = 0; i < count; i += BUSY_SAMPLE_STEP) {
        zeros += filtered[i] == 0;
    }
    size_t samples = (count + BUSY_SAMPLE_STEP - 1) / BUSY_SAMPLE_STEP;
    return encode->format->is_filtered && zeros * 10 < samples * 7;
}

static enum status compress_rows(const struct encode *encode, uint32_t number,
                                 struct workplace *place) {
    struct encode_segment *segment = &encode->segments[number];
    bool is_last = number + 1 == encode->segment_count;
    size_t head = CHUNK_HEAD_BYTES + (number == 0 ? ZLIB_HEAD_BYTES : 0);
    struct compressors *compressors = is_busy(encode, place->filtered, segment->raw_bytes)
                                          ? encode->busy_compressors
                                          : encode->compressors;
    struct libdeflate_compressor *compressor = compressor_take(compressors);
    if (compressor == NULL) {
        return STATUS_NO_MEMORY;
    }
    size_t room = libdeflate_deflate_compress_bound(compressor, segment->raw_bytes);
    segment->chunk = sync_alloc(head + room + SYNC_BYTES + CHUNK_TAIL_BYTES);
    size_t length = 0;
    if (segment->chunk != NULL) {
        length = libdeflate_deflate_compress(compressor, place->filtered, segment->raw_bytes,
                                             segment->chunk + head, room);
    }
    compressor_give(compressors, compressor);
    if (segment->chunk == NULL) {
        return STATUS_NO_MEMORY;
    }
    segment->adler = libdeflate_adler32(1, place->filtered, segment->raw_bytes);
    if (!is_last) {
        length = open_end(segment->chunk + head, length, segment->adler, place);
    }
    if (length == 0) {
        return STATUS_IO;   /* the library wrote what does not inflate to its input */
    }
    if (number == 0) {
        put_zlib_head(segment->chunk + CHUNK_HEAD_BYTES, encode->compressors->level);
    }
    segment->chunk_bytes = head + length;
    return STATUS_OK;
}

static void seal_chunk(struct encode_segment *segment) {
    put_be32(segment->chunk, (uint32_t)(segment->chunk_bytes - CHUNK_HEAD_BYTES));
    memcpy(segment->chunk + 4, "IDAT", 4);
    uint32_t crc = libdeflate_crc32(0, segment->chunk + 4, segment->chunk_bytes - 4);
    put_be32(segment->chunk + segment->chunk_bytes, crc);
    segment->chunk_bytes += 4;
    uint8_t *shrunk = sync_resize(segment->chunk, segment->chunk_bytes);
    segment->chunk = shrunk != NULL ? shrunk : segment->chunk;
}

static enum status write_segment(const struct workpool_chunk *chunk) {
    const struct encode *encode = chunk->context;
    uint32_t number = (uint32_t)chunk->begin;
    struct encode_segment *segment = &encode->segments[number];
    segment->raw_bytes = (uint64_t)(encode->format->row_bytes + 1) *
                         (segment->row_end - segment->row_begin);
    struct workplace *place = workplace_take(chunk->arena, encode->format, segment->raw_bytes);
    if (place == NULL) {
        return STATUS_NO_MEMORY;
    }
    filter_rows(encode, segment, place);
    enum status status = compress_rows(encode, number, place);
    if (status == STATUS_OK && number + 1 < encode->segment_count) {
        seal_chunk(segment);
    }
    sync_free(place->heap);
    return status;
}

const struct workpool_kind encode_segment_kind = {
    .name = "png.encode", .body = write_segment, .memory_bytes = WPNG_ENCODE_JOB_BYTES,
};

/* The last chunk also has the checksum of all segments, which only the fold knows. */
void encode_seal_last(struct encode_segment *segment, uint32_t adler) {
    put_be32(segment->chunk + segment->chunk_bytes, adler);
    segment->chunk_bytes += 4;
    seal_chunk(segment);
}
