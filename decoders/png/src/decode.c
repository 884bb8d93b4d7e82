/* decode.c - the public calls, and the sequential way to decode. */
#include <string.h>

#include "base/assert.h"
#include "decoder.h"
#include "sync/memory.h"

void decoder_init(struct wpng_decoder *decoder, struct arena *arena) {
    decoder->arena = arena;
    decoder->scratch = NULL;
    decoder->scratch_bytes = 0;
}

void decoder_finish(struct wpng_decoder *decoder) {
    sync_free(decoder->scratch);
}

enum status wpng_decoder_create(struct wpng_decoder **out_decoder) {
    *out_decoder = sync_alloc(sizeof(**out_decoder));
    if (*out_decoder == NULL) {
        return STATUS_NO_MEMORY;
    }
    decoder_init(*out_decoder, NULL);
    return STATUS_OK;
}

void wpng_decoder_destroy(struct wpng_decoder *decoder) {
    if (decoder != NULL) {
        decoder_finish(decoder);
        sync_free(decoder);
    }
}

static uint64_t memory_limit(const struct wpng_limits *limits) {
    return limits->memory_bytes_max != 0 ? limits->memory_bytes_max : WPNG_MEMORY_DEFAULT;
}

bool decoder_allows(const struct decode *decode, uint64_t bytes) {
    return bytes <= memory_limit(&decode->options->limits);
}

enum status decoder_scratch(const struct decode *decode, size_t bytes, uint8_t **out_scratch) {
    struct wpng_decoder *decoder = decode->decoder;
    *out_scratch = NULL;
    if (decoder->arena != NULL) {
        *out_scratch = arena_take(decoder->arena, bytes, ARENA_ALIGN_DEFAULT);
        if (*out_scratch != NULL) {
            return STATUS_OK;
        }
    }
    if (decoder->scratch_bytes < bytes) {
        sync_free(decoder->scratch);
        decoder->scratch_bytes = 0;
        decoder->scratch = sync_alloc(bytes);
        if (decoder->scratch == NULL) {
            return diag_fail(decode->diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET,
                             "no memory to decode into");
        }
        decoder->scratch_bytes = bytes;
    }
    *out_scratch = decoder->scratch;
    return STATUS_OK;
}

/* What every way may take.  One that wants more is not gone when the limit is below that. */
static size_t sequential_bytes(const struct header *header) {
    return stream_buffer_bytes(header) + rows_scratch_bytes(header);
}

enum status decode_sequential(const struct decode *decode) {
    struct wpng_decoder *decoder = decode->decoder;
    struct stream *stream = &decoder->stream;
    size_t buffer_bytes = stream_buffer_bytes(&decoder->header);
    uint8_t *scratch;
    enum status status = decoder_scratch(decode, sequential_bytes(&decoder->header), &scratch);
    if (status != STATUS_OK) {
        return status;
    }
    struct stream_buffer buffer = { .bytes = scratch };
    rows_start(&decoder->rows, &decoder->header, decode->view, scratch + buffer_bytes);
    status = stream_start(stream, decode->input, &decoder->header, decode->diag);
    if (status != STATUS_OK) {
        return status;
    }
    enum inflate_result result = INFLATE_MORE;
    while (result == INFLATE_MORE) {
        result = stream_fill(stream, &buffer, buffer.end - buffer.taken, &buffer);
        if (result == INFLATE_FAILED || result == INFLATE_INPUT_END) {
            return stream_fill_failed(stream, result, decode->diag);
        }
        if (!stream_drain(stream, &decoder->rows, &buffer)) {
            return stream_drain_failed(stream, decode->input, &decoder->header, &buffer,
                                       decode->diag);
        }
    }
    return stream_finish(stream, &decoder->rows, decode->diag);
}

static enum status read_header(const struct decode *decode, enum header_scope scope) {
    return header_read(decode->input, &decode->options->limits, scope,
                       &decode->decoder->header, decode->diag);
}

/* Only the pipeline checks the CRCs of IDATs itself; with a pool they wait until it is chosen. */
static enum status read_header_first(const struct decode *decode) {
    return read_header(decode, decode->options->pool != NULL ? HEADER_WITHOUT_CRC : HEADER_WHOLE);
}

/* The header is read and the view fits: choose the way by the file alone. */
static enum status decode_pixels(const struct decode *decode) {
    const struct header *header = &decode->decoder->header;
    const struct wpng_info *info = &header->info;
    if (!decoder_allows(decode, sequential_bytes(header))) {
        return diag_fail(decode->diag, STATUS_LIMIT, DIAG_NO_OFFSET,
                         "decoding needs more memory than the limit");
    }
    if (decode->options->pool == NULL) {
        return decode_sequential(decode);
    }
    bool has_segments = !info->is_interlaced && decode_has_segments(header);
    bool is_large = !info->is_interlaced &&
                    (uint64_t)info->width * info->height >= DECODER_PIPELINE_PIXELS_MIN &&
                    decoder_allows(decode, decode_pipeline_bytes(header));
    if (is_large && !has_segments) {
        return decode_pipeline(decode);
    }
    enum status status = read_header(decode, HEADER_WHOLE);
    if (status != STATUS_OK || (has_segments && decode_segments(decode))) {
        return status;
    }
    return is_large ? decode_pipeline(decode) : decode_sequential(decode);
}

/*
 * Without a pool, a wrong CRC is met before anything that comes after the walk, so
 * it is what is reported with one, too.
 */
static enum status first_failure(const struct decode *decode, enum status status) {
    enum status header_status =
        status == STATUS_OK ? STATUS_OK : read_header(decode, HEADER_WHOLE);
    return header_status != STATUS_OK ? header_status : status;
}

static const struct wpng_decode_options defaults;

enum status wpng_decode(struct wpng_decoder *decoder, const struct wpng_input *input,
                        const struct wpng_decode_options *options,
                        const struct picture_view *view, struct diag *diag) {
    struct decode decode = { .decoder = decoder, .input = input, .view = view, .diag = diag,
                             .options = options != NULL ? options : &defaults };
    enum status status = read_header_first(&decode);
    if (status == STATUS_OK) {
        ASSERT(view->format == PICTURE_RGBA8 && view->width == decoder->header.info.width &&
               view->height == decoder->header.info.height);
        status = decode_pixels(&decode);
    }
    return first_failure(&decode, status);
}

static enum status create_view(const struct decode *decode, struct picture_view *out_view) {
    const struct wpng_info *info = &decode->decoder->header.info;
    if ((uint64_t)info->width * info->height * 4 > memory_limit(&decode->options->limits)) {
        return diag_fail(decode->diag, STATUS_LIMIT, DIAG_NO_OFFSET,
                         "picture needs more memory than the limit");
    }
    enum status status =
        picture_image_create(info->width, info->height, PICTURE_RGBA8, out_view);
    if (status != STATUS_OK) {
        return diag_fail(decode->diag, status, DIAG_NO_OFFSET,
                         status == STATUS_LIMIT ? "picture over the size limit"
                                                : "no memory for the picture");
    }
    return STATUS_OK;
}

enum status wpng_decode_image(struct wpng_decoder *decoder, const struct wpng_input *input,
                              const struct wpng_decode_options *options,
                              struct picture_view *out_view, struct diag *diag) {
    *out_view = (struct picture_view){ 0 };
    struct decode decode = { .decoder = decoder, .input = input, .view = out_view, .diag = diag,
                             .options = options != NULL ? options : &defaults };
    enum status status = read_header_first(&decode);
    if (status == STATUS_OK) {
        status = create_view(&decode, out_view);
    }
    if (status == STATUS_OK) {
        status = decode_pixels(&decode);
        if (status != STATUS_OK) {
            picture_image_destroy(out_view);
        }
    }
    return first_failure(&decode, status);
}
