/* extract_gzip.c - unpack gzip with zlib, never beyond the limit. */
#include <limits.h>

#include <zlib.h>

#include "extract_impl.h"
#include "sync/memory.h"

enum { STEP_BYTES = 64 << 10, GZIP_WINDOW = 15 + 16 };

static void *zlib_alloc(void *opaque, unsigned items, unsigned bytes) {
    (void)opaque;
    return sync_alloc_zero(items, bytes);
}

static void zlib_free(void *opaque, void *memory) {
    (void)opaque;
    sync_free(memory);
}

static enum status fail(const z_stream *stream, size_t count, int code, struct diag *diag) {
    uint64_t offset = count - stream->avail_in;
    if (code == Z_MEM_ERROR) {
        return diag_no_memory(diag);
    }
    return diag_fail(diag, STATUS_BAD_DATA, offset,
                     code == Z_BUF_ERROR || code == Z_OK ? "gzip data ends too early"
                                                         : "gzip data is damaged");
}

/* One member, to its end. */
static enum status unpack_member(z_stream *stream, size_t count, struct extract_buffer *out,
                                 struct diag *diag) {
    int code = Z_OK;
    while (code == Z_OK) {
        size_t room = out->limit - out->count;
        size_t step = room < STEP_BYTES ? room + 1 : STEP_BYTES;   /* one more shows a bomb */
        if (step > room) {
            out->limit++;
        }
        bool fits = extract_buffer_reserve(out, step);
        if (step > room) {
            out->limit--;
        }
        if (!fits) {
            return diag_fail(diag, out->status, DIAG_NO_OFFSET, "out of memory");
        }
        stream->next_out = out->bytes + out->count;
        stream->avail_out = (unsigned)step;
        code = inflate(stream, Z_NO_FLUSH);
        size_t made = step - stream->avail_out;
        if (made > room) {
            return diag_fail(diag, STATUS_LIMIT, count - stream->avail_in,
                             "unpacks to more than the limit");
        }
        out->count += made;
    }
    return code == Z_STREAM_END ? STATUS_OK : fail(stream, count, code, diag);
}

enum status extract_gunzip(const uint8_t *bytes, size_t count, struct extract_buffer *out,
                           struct diag *diag) {
    if (count > UINT_MAX) {
        return diag_fail(diag, STATUS_LIMIT, UINT_MAX, "gzip file too large");
    }
    z_stream stream = { .zalloc = zlib_alloc, .zfree = zlib_free };
    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK) {
        return diag_no_memory(diag);
    }
    stream.next_in = (z_const Bytef *)(uintptr_t)bytes;
    stream.avail_in = (unsigned)count;
    enum status status;
    do {
        status = unpack_member(&stream, count, out, diag);
        /* More members may follow; padding and other bytes behind the last are ignored. */
    } while (status == STATUS_OK && stream.avail_in > 1 && stream.next_in[0] == 0x1f
             && stream.next_in[1] == 0x8b && inflateReset(&stream) == Z_OK);
    inflateEnd(&stream);
    return status;
}
