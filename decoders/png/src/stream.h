/*
 * stream.h - the image data of a file as two stages that share a buffer.
 *
 * fill makes the next piece of filtered bytes, drain turns whole rows of it into
 * pixels.  Run one after the other on one buffer they are the sequential
 * decoder; run on two buffers in turn, fill of a piece can go beside drain of the
 * piece before it.  Pieces are cut by the file alone, so both meet the same
 * errors in the same order.
 */
#ifndef WPNG_STREAM_H
#define WPNG_STREAM_H

#include "header.h"
#include "inflate.h"
#include "rows.h"

enum { STREAM_PIECE_BYTES = 128 * 1024, STREAM_PIECE_ROWS_MIN = 8 };

/* Filtered bytes: history for matches, rows not yet taken, then what fill added. */
struct stream_buffer {
    uint8_t *bytes;
    size_t taken;    /* rows before this are pixels already */
    size_t fresh;    /* first byte that the last fill added */
    size_t end;
};

struct stream {
    struct inflate inflate;
    const uint8_t *file;
    size_t piece_bytes;
    uint64_t raw_total;      /* filtered bytes the picture has */
    uint64_t produced;       /* made by fill so far */
    uint64_t drained;        /* of these, seen by drain */
    uint32_t adler;          /* of what drain has seen */
};

/* Bytes a buffer must have for pictures like this. */
size_t stream_buffer_bytes(const struct header *header);

/*
 * Begin at a part of the image data: from the length field of an IDAT to the end
 * of the last chunk that may be read.  Its rows have `raw_bytes` with their filters.
 */
struct stream_part {
    const uint8_t *begin;
    const uint8_t *end;
    uint64_t raw_bytes;
};
void stream_open(struct stream *stream, const struct wpng_input *input,
                 const struct header *header, const struct stream_part *part);

/* The zlib header, at the beginning of the first part. */
MUST_CHECK enum status stream_read_header(struct stream *stream, struct diag *diag);

/* Begin at the first IDAT and read the zlib header. */
MUST_CHECK enum status stream_start(struct stream *stream, const struct wpng_input *input,
                                    const struct header *header, struct diag *diag);

/* What stream_drain() will leave of a buffer, in a picture without interlace. */
size_t stream_leftover(const struct stream *stream, const struct header *header,
                       const struct stream_buffer *buffer);

/*
 * Move history and the last `leftover` bytes of `from` to the front of `to`
 * (they may be the same buffer) and add a piece.
 */
MUST_CHECK enum inflate_result stream_fill(struct stream *stream,
                                           const struct stream_buffer *from, size_t leftover,
                                           struct stream_buffer *to);

/* Turn the whole rows of a buffer into pixels; false at a bad filter type, at buffer->taken. */
MUST_CHECK bool stream_drain(struct stream *stream, struct rows *rows,
                             struct stream_buffer *buffer);

/* After INFLATE_DONE and the last drain: the rows are complete, the checksum matches. */
MUST_CHECK enum status stream_finish(struct stream *stream, const struct rows *rows,
                                     struct diag *diag);

/* After INFLATE_DONE: the Adler-32 that the file gives; false when it ends before. */
MUST_CHECK bool stream_read_adler(struct stream *stream, uint32_t *out_adler);

/* The failures of fill and drain as a status.  The buffer is overwritten. */
enum status stream_fill_failed(const struct stream *stream, enum inflate_result result,
                               struct diag *diag);
enum status stream_drain_failed(struct stream *stream, const struct wpng_input *input,
                                const struct header *header, struct stream_buffer *buffer,
                                struct diag *diag);

/* A span that is the data of the next IDAT chunk, for struct inflate. */
bool stream_next_idat(struct inflate *inflate);

#endif
