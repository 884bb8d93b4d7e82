/* image.c - find the format, check the limits, make the frames, call the reader. */
#include "image/image.h"

#include <string.h>

#include "base/assert.h"
#include "base/checked.h"
#include "image_codec.h"
#include "sync/memory.h"

/* TGA has no signature of its own and therefore stands last. */
static const struct image_codec *const codecs[IMAGE_FORMAT_COUNT] = {
    [IMAGE_PNG] = &image_png, [IMAGE_JPEG] = &image_jpeg, [IMAGE_GIF] = &image_gif,
    [IMAGE_BMP] = &image_bmp, [IMAGE_TGA] = &image_tga,   [IMAGE_PSD] = &image_psd,
    [IMAGE_HDR] = &image_hdr, [IMAGE_PNM] = &image_pnm,
};
static const enum image_format sniff_order[] = {
    IMAGE_PNG, IMAGE_JPEG, IMAGE_GIF, IMAGE_BMP, IMAGE_PSD, IMAGE_HDR, IMAGE_PNM, IMAGE_TGA,
};

const char *image_format_name(enum image_format format) {
    bool is_known = (unsigned)format < IMAGE_FORMAT_COUNT && codecs[format] != NULL;
    return is_known ? codecs[format]->name : "unknown";
}

enum image_format image_sniff(const void *bytes, size_t byte_count) {
    for (size_t i = 0; i < COUNT_OF(sniff_order); i++) {
        if (byte_count > 0 && codecs[sniff_order[i]]->is_mine(bytes, byte_count)) {
            return sniff_order[i];
        }
    }
    return IMAGE_UNKNOWN;
}

static struct image_limits with_defaults(const struct image_options *options) {
    struct image_limits limits = options != NULL ? options->limits : (struct image_limits){ 0 };
    if (limits.side_max == 0 || limits.side_max > IMAGE_SIDE_DEFAULT) {
        limits.side_max = IMAGE_SIDE_DEFAULT;
    }
    if (limits.frames_max == 0) {
        limits.frames_max = IMAGE_FRAMES_DEFAULT;
    }
    if (limits.pixels_max == 0) {
        limits.pixels_max = IMAGE_PIXELS_DEFAULT;
    }
    if (limits.memory_bytes_max == 0) {
        limits.memory_bytes_max = IMAGE_MEMORY_DEFAULT;
    }
    return limits;
}

/* Bytes of all frames; the product cannot overflow once the limits hold. */
static uint64_t picture_bytes(const struct image_header *header) {
    uint64_t stride = ((uint64_t)header->width * 4 + PICTURE_ALIGN_BYTES - 1) &
                      ~(uint64_t)(PICTURE_ALIGN_BYTES - 1);
    return stride * header->height * header->frame_count;
}

/* What is over a limit, or NULL. */
static const char *over_limit(const struct image_limits *limits,
                              const struct image_header *header) {
    if (header->width > limits->side_max || header->height > limits->side_max) {
        return "the picture's side is over the limit";
    }
    if ((uint64_t)header->width * header->height > limits->pixels_max) {
        return "the picture has more pixels than the limit";
    }
    if (header->frame_count > limits->frames_max) {
        return "the picture has more frames than the limit";
    }
    if (picture_bytes(header) > limits->memory_bytes_max) {
        return "the picture takes more memory than the limit";
    }
    return NULL;
}

/* The format, and what its reader tells, within the limits. */
static enum status probe(const struct image_source *source, enum image_format *out_format,
                         struct image_header *out_header) {
    *out_header = (struct image_header){ .frame_count = 1 };
    *out_format = image_sniff(source->bytes, source->count);
    if (*out_format == IMAGE_UNKNOWN) {
        return image_bad(source, 0, source->count == 0 ? "the file is empty"
                                                       : "not a picture of a known format");
    }
    enum status status = codecs[*out_format]->probe(source, out_header);
    if (status != STATUS_OK) {
        return status;
    }
    ASSERT(out_header->width > 0 && out_header->height > 0 && out_header->frame_count > 0);
    const char *reason = over_limit(&source->limits, out_header);
    return reason == NULL
               ? STATUS_OK
               : diag_fail(source->diag, STATUS_LIMIT, out_header->size_offset, reason);
}

static struct image_source make_source(const void *bytes, size_t byte_count,
                                       const struct image_options *options, struct diag *diag) {
    return (struct image_source){ .bytes = bytes,
                                  .count = byte_count,
                                  .limits = with_defaults(options),
                                  .pool = options != NULL ? options->pool : NULL,
                                  .diag = diag };
}

enum status image_probe(const void *bytes, size_t byte_count, const struct image_options *options,
                        struct image_info *out_info, struct diag *diag) {
    struct diag own = { 0 };
    struct image_source source =
        make_source(bytes, byte_count, options, diag != NULL ? diag : &own);
    struct image_header header;
    enum image_format format;
    enum status status = probe(&source, &format, &header);
    *out_info = (struct image_info){ 0 };
    if (status == STATUS_OK) {
        *out_info = (struct image_info){ .format = format,
                                         .width = header.width,
                                         .height = header.height,
                                         .frame_count = header.frame_count };
    }
    return status;
}

static enum status make_frames(const struct image_source *source,
                               const struct image_header *header, struct image *image) {
    image->frames = sync_alloc_zero(header->frame_count, sizeof(*image->frames));
    if (image->frames == NULL) {
        return diag_fail(source->diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory for frames");
    }
    while (image->frame_count < header->frame_count) {
        enum status status =
            picture_image_create(header->width, header->height, PICTURE_RGBA8,
                                 &image->frames[image->frame_count].view);
        if (status != STATUS_OK) {
            return diag_fail(source->diag, status, DIAG_NO_OFFSET, "no memory for the picture");
        }
        image->frame_count++;
    }
    return STATUS_OK;
}

static enum status decode(struct image_source *source, struct image *image) {
    struct image_header header;
    enum status status = probe(source, &image->format, &header);
    if (status != STATUS_OK) {
        return status;
    }
    source->scratch_bytes_max = source->limits.memory_bytes_max - picture_bytes(&header);
    status = make_frames(source, &header, image);
    if (status != STATUS_OK) {
        return status;
    }
    const struct image_codec *codec = codecs[image->format];
    return codec->decode_frames != NULL ? codec->decode_frames(source, image)
                                        : codec->decode(source, &image->frames[0].view);
}

enum status image_decode(const void *bytes, size_t byte_count, const struct image_options *options,
                         struct image *out_image, struct diag *diag) {
    ASSERT(bytes != NULL || byte_count == 0);
    struct diag own = { 0 };
    struct image_source source =
        make_source(bytes, byte_count, options, diag != NULL ? diag : &own);
    *out_image = (struct image){ 0 };
    enum status status = decode(&source, out_image);
    if (status != STATUS_OK) {
        image_free(out_image);
    }
    return status;
}

void image_free(struct image *image) {
    for (uint32_t i = 0; i < image->frame_count; i++) {
        picture_image_destroy(&image->frames[i].view);
    }
    sync_free(image->frames);
    *image = (struct image){ 0 };
}
