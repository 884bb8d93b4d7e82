/*
 * segments.c - pictures with restart markers: every segment is inflated and
 * unfiltered on its own, in any order.
 *
 * A segment is accepted only when it begins at a chunk, reaches back to nothing
 * before itself in compressed data or rows, fills exactly its rows, and ends on
 * a byte boundary between two blocks at the end of its chunks.  Then the
 * sequential decoder would stand at the same place with the same bytes, so for
 * any file, honest or not, both ways give the same picture.  A segment that is
 * not accepted hands the whole file to the sequential decoder.
 */
#include "base/endian.h"
#include "checksum.h"
#include "decoder.h"
#include "sync/memory.h"

/* A segment: where it lies, and what decoding it gave. */
struct segment {
    size_t offset;        /* of its first chunk's length field */
    size_t end;           /* one past its last chunk */
    uint32_t row_begin;
    uint32_t row_end;
    uint32_t adler;
    bool is_accepted;
};

struct segment_job {
    const struct decode *decode;
    struct segment *segments;
    uint32_t count;
    uint32_t window_bits;   /* as the zlib header says */
};

/* What a job needs, at the front of its arena. */
struct segment_work {
    struct stream stream;
    struct rows rows;
};

static size_t work_bytes(const struct header *header) {
    return sizeof(struct segment_work) + stream_buffer_bytes(header) +
           rows_scratch_bytes(header) + 4 * (size_t)ARENA_ALIGN_DEFAULT;
}

bool decode_has_segments(const struct header *header) {
    return header->segments.count > 1 && work_bytes(header) <= DECODER_JOB_BYTES &&
           (header->segments.offsets != NULL || header->segments.count == header->idat_count);
}

/* Walk the IDAT chunks and note where each segment begins; false when a marker hits none. */
static bool find_segments(const struct decode *decode, struct segment *segments) {
    const struct header *header = &decode->decoder->header;
    const uint8_t *file = decode->input->bytes;
    const uint8_t *offsets = header->segments.offsets;
    uint32_t count = header->segments.count;
    uint32_t per_segment = header->info.height / count;
    uint32_t row = 0;
    size_t at = header->idat_offset;
    uint64_t expected = at;
    uint32_t found = 0;
    for (uint32_t chunk = 0; chunk < header->idat_count; chunk++) {
        if (found < count && (offsets == NULL || at == expected)) {
            if (found > 0) {
                segments[found - 1].end = at;
            }
            uint32_t rows = per_segment + (found == 0 ? header->info.height % count : 0);
            segments[found] = (struct segment){ .offset = at, .row_begin = row,
                                                .row_end = row + rows };
            row += rows;
            if (offsets != NULL && found + 1 < count) {
                expected += get_be32(offsets + 4 * (size_t)found);
            }
            found++;
        }
        at += get_be32(file + at) + (size_t)HEADER_CHUNK_EXTRA_BYTES;
    }
    if (found == count) {
        segments[count - 1].end = at;
    }
    return found == count;
}

/*
 * Point the stream at a segment, of which it sees nothing but its chunks; the first
 * begins with the zlib header.  It may make one byte more than the rows need: with
 * one less it would stop before the end of the block, and with many a file could
 * ask for far more work than its rows are worth.
 */
static bool start_segment(struct stream *stream, const struct segment_job *job, uint32_t number) {
    const struct decode *decode = job->decode;
    const struct segment *segment = &job->segments[number];
    const struct header *header = &decode->decoder->header;
    const struct stream_part part = {
        .begin = decode->input->bytes + segment->offset,
        .end = decode->input->bytes + segment->end,
        .raw_bytes = (uint64_t)(header->row_bytes + 1) * (segment->row_end - segment->row_begin),
    };
    stream_open(stream, decode->input, header, &part);
    if (part.raw_bytes < stream->piece_bytes) {
        stream->piece_bytes = (size_t)part.raw_bytes + 1;
    }
    stream->inflate.window_bits = job->window_bits;
    return number > 0 || stream_read_header(stream, NULL) == STATUS_OK;
}

/* The zlib header holds for all segments, but only the first has it. */
static bool read_window(struct segment_job *job) {
    struct stream *stream = &job->decode->decoder->stream;
    job->window_bits = INFLATE_WINDOW_BITS;
    bool is_good = start_segment(stream, job, 0);
    job->window_bits = stream->inflate.window_bits;
    return is_good;
}

/* Inflate and unfilter one segment; true when it is all that it must be. */
static bool decode_segment(const struct segment_job *job, uint32_t number,
                           struct segment_work *work, uint8_t *scratch) {
    const struct header *header = &job->decode->decoder->header;
    struct segment *segment = &job->segments[number];
    struct stream *stream = &work->stream;
    struct stream_buffer buffer = { .bytes = scratch };
    rows_start(&work->rows, header, job->decode->view, scratch + stream_buffer_bytes(header));
    rows_limit(&work->rows, segment->row_begin, segment->row_end);
    if (!start_segment(stream, job, number)) {
        return false;
    }
    bool is_last = number + 1 == job->count;
    enum inflate_result result = INFLATE_MORE;
    while (result == INFLATE_MORE) {
        bool is_first_fill = stream->produced == 0;
        result = stream_fill(stream, &buffer, buffer.end - buffer.taken, &buffer);
        bool is_cut_off = is_first_fill && number > 0 &&
                          (buffer.end == 0 || buffer.bytes[0] > FILTER_SUB);
        if (is_cut_off || result == INFLATE_FAILED || stream->produced > stream->raw_total ||
            !stream_drain(stream, &work->rows, &buffer)) {
            return false;
        }
    }
    segment->adler = stream->adler;
    return result == (is_last ? INFLATE_DONE : INFLATE_INPUT_END) &&
           rows_are_done(&work->rows);
}

static enum status run_segment(const struct workpool_chunk *chunk) {
    const struct segment_job *job = chunk->context;
    uint32_t number = (uint32_t)chunk->begin;
    const struct header *header = &job->decode->decoder->header;
    struct segment_work *work = arena_take(chunk->arena, sizeof(*work), ARENA_ALIGN_DEFAULT);
    uint8_t *scratch =
        arena_take(chunk->arena, stream_buffer_bytes(header) + rows_scratch_bytes(header),
                   ARENA_ALIGN_DEFAULT);
    if (work == NULL || scratch == NULL) {
        return STATUS_LIMIT;
    }
    bool is_accepted = decode_segment(job, number, work, scratch);
    if (is_accepted && number + 1 == job->count) {
        /* One more slot keeps what the file says the whole must sum to. */
        is_accepted = stream_read_adler(&work->stream, &job->segments[job->count].adler);
    }
    job->segments[number].is_accepted = is_accepted;
    return STATUS_OK;
}

const struct workpool_kind decode_segment_kind = {
    .name = "png.segment", .body = run_segment, .memory_bytes = DECODER_JOB_BYTES,
};

/* Every segment accepted, and the checksum of all as the file says. */
static bool fold_segments(const struct segment_job *job, size_t row_stride) {
    uint32_t adler = 1;
    for (uint32_t i = 0; i < job->count; i++) {
        const struct segment *segment = &job->segments[i];
        if (!segment->is_accepted) {
            return false;
        }
        adler = checksum_join_adler(
            adler, segment->adler,
            (uint64_t)row_stride * (segment->row_end - segment->row_begin));
    }
    return adler == job->segments[job->count].adler;
}

bool decode_segments(const struct decode *decode) {
    const struct header *header = &decode->decoder->header;
    uint32_t count = header->segments.count;
    if (!decoder_allows(decode, ((uint64_t)count + 1) * sizeof(struct segment))) {
        return false;
    }
    struct segment *segments = sync_alloc_zero((size_t)count + 1, sizeof(*segments));
    if (segments == NULL) {
        return false;
    }
    struct segment_job context = { .decode = decode, .segments = segments, .count = count };
    bool is_good = false;
    if (find_segments(decode, segments) && read_window(&context)) {
        const struct workpool_job job = { .kind = &decode_segment_kind, .count = count,
                                          .grain = 1, .context = &context };
        is_good = workpool_run(decode->options->pool, &job, NULL) == STATUS_OK &&
                  fold_segments(&context, header->row_bytes + 1);
    }
    sync_free(segments);
    return is_good;
}
