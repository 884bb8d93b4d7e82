/* image_png.c - PNG, through decoders/png. */
#include "image_codec.h"

#include "png/decode.h"
#include "png/png.h"

static bool is_png(const uint8_t *bytes, size_t count) {
    return wpng_is_png(&(struct wpng_input){ bytes, count });
}

/* A limit that is a default of ours is one of theirs too, so 0 never stands for another number. */
static struct wpng_limits png_limits(const struct image_source *source) {
    return (struct wpng_limits){ .side_max = source->limits.side_max,
                                 .pixels_max = source->limits.pixels_max,
                                 .memory_bytes_max = source->limits.memory_bytes_max };
}

static enum status probe(const struct image_source *source, struct image_header *out_header) {
    struct wpng_input input = { source->bytes, source->count };
    struct wpng_limits limits = png_limits(source);
    struct wpng_info info;
    enum status status = wpng_info_read(&input, &limits, &info, source->diag);
    if (status == STATUS_OK) {
        out_header->width = info.width;
        out_header->height = info.height;
        out_header->size_offset = 16;
    }
    return status;
}

static enum status decode(const struct image_source *source, const struct picture_view *view) {
    struct wpng_input input = { source->bytes, source->count };
    struct wpng_decode_options options = { .limits = png_limits(source), .pool = source->pool };
    struct wpng_decoder *decoder;
    enum status status = wpng_decoder_create(&decoder);
    if (status != STATUS_OK) {
        return diag_fail(source->diag, status, DIAG_NO_OFFSET, "no memory for the decoder");
    }
    status = wpng_decode(decoder, &input, &options, view, source->diag);
    wpng_decoder_destroy(decoder);
    return status;
}

const struct image_codec image_png = {
    .name = "png", .is_mine = is_png, .probe = probe, .decode = decode,
};
