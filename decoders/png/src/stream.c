/* stream.c - IDAT chunks to filtered bytes to rows. */
#include "stream.h"

#include <libdeflate.h>
#include <string.h>

#include "base/endian.h"

enum { EXCESS_BYTES_MAX = 64 * 1024 };   /* beyond once more the picture's own bytes */

/* header_read() has checked that the chunks are whole and that the IDATs are consecutive. */
bool stream_next_idat(struct inflate *inflate) {
    const uint8_t *chunk = inflate->in_end + 4;   /* behind the CRC */
    while (chunk < inflate->input_end) {
        uint32_t count = get_be32(chunk);
        const uint8_t *data = chunk + 8;
        if (get_be32(chunk + 4) != (uint32_t)CHUNK_TYPE('I', 'D', 'A', 'T')) {
            return false;
        }
        if (count > 0) {
            inflate->in = data;
            inflate->span_begin = data;
            inflate->in_end = data + count;
            return true;
        }
        chunk = data + count + 4;
    }
    inflate->input_end = inflate->in_end;   /* who asks again is not to walk again */
    return false;
}

static size_t piece_bytes(const struct header *header) {
    size_t rows = (header->row_bytes + 1) * STREAM_PIECE_ROWS_MIN;
    return rows > STREAM_PIECE_BYTES ? rows : STREAM_PIECE_BYTES;
}

size_t stream_buffer_bytes(const struct header *header) {
    return INFLATE_WINDOW_BYTES + header->row_bytes + 1 + piece_bytes(header) +
           2 * INFLATE_SLACK_BYTES + UNFILTER_READ_BEHIND_BYTES;
}

static enum status fail_at(const struct stream *stream, struct diag *diag, const char *reason) {
    uint64_t offset = (uint64_t)(inflate_position(&stream->inflate) - stream->file);
    return diag_fail(diag, STATUS_BAD_DATA, offset, reason);
}

void stream_open(struct stream *stream, const struct wpng_input *input,
                 const struct header *header, const struct stream_part *part) {
    struct inflate *inflate = &stream->inflate;
    stream->file = input->bytes;
    stream->piece_bytes = piece_bytes(header);
    stream->raw_total = part->raw_bytes;
    stream->produced = 0;
    stream->drained = 0;
    stream->adler = 1;
    inflate->next_span = stream_next_idat;
    inflate->input_end = part->end;
    inflate->in = inflate->in_end = part->begin - 4;   /* a CRC before the chunk */
    inflate_start(inflate);
}

/* libpng takes the window at its word as well: docs/adr/0010. */
enum status stream_read_header(struct stream *stream, struct diag *diag) {
    struct inflate *inflate = &stream->inflate;
    int method = inflate_byte(inflate);
    int flags = inflate_byte(inflate);
    if (method < 0 || flags < 0) {
        return fail_at(stream, diag, "image data ends inside the zlib header");
    }
    if ((method & 15) != 8 || method >> 4 > 7 || (method * 256 + flags) % 31 != 0) {
        return fail_at(stream, diag, "image data does not begin with a zlib header");
    }
    if (flags & 0x20) {
        return fail_at(stream, diag, "image data asks for a preset dictionary");
    }
    inflate->window_bits = 8 + (uint32_t)method / 16;
    return STATUS_OK;
}

enum status stream_start(struct stream *stream, const struct wpng_input *input,
                         const struct header *header, struct diag *diag) {
    stream_open(stream, input, header,
                &(struct stream_part){ .begin = input->bytes + header->idat_offset,
                                       .end = input->bytes + input->count,
                                       .raw_bytes = rows_raw_bytes(header) });
    return stream_read_header(stream, diag);
}

size_t stream_leftover(const struct stream *stream, const struct header *header,
                       const struct stream_buffer *buffer) {
    if (stream->produced >= stream->raw_total) {
        return 0;
    }
    return (buffer->end - buffer->taken) % (header->row_bytes + 1);
}

enum inflate_result stream_fill(struct stream *stream, const struct stream_buffer *from,
                                size_t leftover, struct stream_buffer *to) {
    size_t keep = leftover > INFLATE_WINDOW_BYTES ? leftover : INFLATE_WINDOW_BYTES;
    keep = keep < from->end ? keep : from->end;
    memmove(to->bytes, from->bytes + from->end - keep, keep);
    struct inflate_output output = { .begin = to->bytes, .next = to->bytes + keep,
                                     .limit = to->bytes + keep + stream->piece_bytes };
    enum inflate_result result = inflate_run(&stream->inflate, &output);
    to->taken = keep - leftover;
    to->fresh = keep;
    to->end = (size_t)(output.next - to->bytes);
    stream->produced += to->end - keep;
    if (result != INFLATE_FAILED &&
        stream->produced > 2 * stream->raw_total + EXCESS_BYTES_MAX) {
        stream->inflate.reason = "image data goes on far beyond the last row";
        return INFLATE_FAILED;
    }
    return result;
}

bool stream_drain(struct stream *stream, struct rows *rows, struct stream_buffer *buffer) {
    size_t fresh_bytes = buffer->end - buffer->fresh;
    stream->adler = libdeflate_adler32(stream->adler, buffer->bytes + buffer->fresh, fresh_bytes);
    stream->drained += fresh_bytes;
    size_t taken;
    bool is_good = rows_take(rows, buffer->bytes + buffer->taken, buffer->end - buffer->taken,
                             &taken);
    buffer->taken = is_good && rows_are_done(rows) ? buffer->end : buffer->taken + taken;
    return is_good;
}

bool stream_read_adler(struct stream *stream, uint32_t *out_adler) {
    *out_adler = 0;
    for (int i = 0; i < 4; i++) {
        int byte = inflate_byte(&stream->inflate);
        if (byte < 0) {
            return false;
        }
        *out_adler = *out_adler << 8 | (uint32_t)byte;
    }
    return true;
}

enum status stream_finish(struct stream *stream, const struct rows *rows, struct diag *diag) {
    if (!rows_are_done(rows)) {
        return fail_at(stream, diag, "image data ends before the last row");
    }
    uint32_t adler;
    if (!stream_read_adler(stream, &adler)) {
        return fail_at(stream, diag, "image data ends inside its checksum");
    }
    if (adler != stream->adler) {
        return fail_at(stream, diag, "checksum of the image data does not match");
    }
    return STATUS_OK;
}

enum status stream_fill_failed(const struct stream *stream, enum inflate_result result,
                               struct diag *diag) {
    return fail_at(stream, diag, result == INFLATE_INPUT_END ? "image data ends too early"
                                                             : stream->inflate.reason);
}

/* Decode once more up to the byte in question, to learn where in the file it came from. */
enum status stream_drain_failed(struct stream *stream, const struct wpng_input *input,
                                const struct header *header, struct stream_buffer *buffer,
                                struct diag *diag) {
    uint64_t target = stream->drained - (buffer->end - buffer->taken) + 1;
    enum status status = stream_start(stream, input, header, diag);
    buffer->end = 0;
    enum inflate_result result = INFLATE_MORE;
    while (status == STATUS_OK && result == INFLATE_MORE && stream->produced < target) {
        uint64_t left = target - stream->produced;
        stream->piece_bytes = left < stream->piece_bytes ? (size_t)left : stream->piece_bytes;
        result = stream_fill(stream, buffer, 0, buffer);
    }
    return fail_at(stream, diag, "row begins with a filter type that does not exist");
}
