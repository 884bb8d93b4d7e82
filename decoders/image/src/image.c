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

static enum status over_limit(const struct image_source *source, const char *reason) {
    return diag_fail(source->diag, STATUS_LIMIT, DIAG_NO_OFFSET, reason);
}

/* Bytes of all frames; the product cannot overflow once the limits hold. */
static uint64_t picture_bytes(const struct image_info *info) {
    uint64_t stride = ((uint64_t)info->width * 4 + PICTURE_ALIGN_BYTES - 1) &
                      ~(uint64_t)(PICTURE_ALIGN_BYTES - 1);
    return stride * info->height * info->frame_count;
}

static enum status check_limits(const struct image_source *source, const struct image_info *info) {
    const struct image_limits *limits = &source->limits;
    ASSERT(info->width > 0 && info->height > 0 && info->frame_count > 0);
    if (info->width > limits->side_max || info->height > limits->side_max) {
        return over_limit(source, "the picture's side is over the limit");
    }
    if ((uint64_t)info->width * info->height > limits->pixels_max) {
        return over_limit(source, "the picture has more pixels than the limit");
    }
    if (info->frame_count > limits->frames_max) {
        return over_limit(source, "the picture has more frames than the limit");
    }
    if (picture_bytes(info) > limits->memory_bytes_max) {
        return over_limit(source, "the picture takes more memory than the limit");
    }
    return STATUS_OK;
}

static enum status probe(const struct image_source *source, struct image_info *out_info) {
    *out_info = (struct image_info){ .format = image_sniff(source->bytes, source->count),
                                     .frame_count = 1 };
    if (out_info->format == IMAGE_UNKNOWN) {
        return image_bad(source, 0, source->count == 0 ? "the file is empty"
                                                       : "not a picture of a known format");
    }
    enum status status = codecs[out_info->format]->probe(source, out_info);
    return status == STATUS_OK ? check_limits(source, out_info) : status;
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
    enum status status = probe(&source, out_info);
    if (status != STATUS_OK) {
        *out_info = (struct image_info){ 0 };
    }
    return status;
}

static enum status make_frames(const struct image_source *source, const struct image_info *info,
                               struct image *image) {
    image->frames = sync_alloc_zero(info->frame_count, sizeof(*image->frames));
    if (image->frames == NULL) {
        return diag_fail(source->diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory for frames");
    }
    image->format = info->format;
    while (image->frame_count < info->frame_count) {
        enum status status =
            picture_image_create(info->width, info->height, PICTURE_RGBA8,
                                 &image->frames[image->frame_count].view);
        if (status != STATUS_OK) {
            return diag_fail(source->diag, status, DIAG_NO_OFFSET, "no memory for the picture");
        }
        image->frame_count++;
    }
    return STATUS_OK;
}

static enum status decode(struct image_source *source, struct image *image) {
    struct image_info info;
    enum status status = probe(source, &info);
    if (status != STATUS_OK) {
        return status;
    }
    source->scratch_bytes_max = source->limits.memory_bytes_max - picture_bytes(&info);
    status = make_frames(source, &info, image);
    if (status != STATUS_OK) {
        return status;
    }
    const struct image_codec *codec = codecs[info.format];
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
