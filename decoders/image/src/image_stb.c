/*
 * image_stb.c - the only place that compiles stb_image; see image_stb.h.
 *
 * Its vector code is left out, so that the pixels are the same on every machine (it is
 * said to be equal, but only one machine in two has it).  Memory is zeroed, so that
 * what it reads before writing, which it can be made to do, is the same everywhere.
 * The Makefile compiles this file with -fwrapv and without the shift check, because
 * its sums on broken input wrap; the ADR shows why that is harmless.
 */
#include "image_stb.h"

#include <string.h>

#include "sync/memory.h"

/* What stb_image may still take, and why it was refused. */
struct budget {
    uint64_t left;
    enum status refusal;
};

/* stb_image hands no context to its allocator. */
static _Thread_local struct budget *budget;

enum { HEAD_BYTES = 16 };   /* keeps the alignment of what follows */

static void *take(size_t bytes) {
    if (bytes > budget->left || budget->left - bytes < HEAD_BYTES) {
        budget->refusal = STATUS_LIMIT;
        return NULL;
    }
    uint8_t *piece = sync_alloc_zero(1, bytes + HEAD_BYTES);
    if (piece == NULL) {
        budget->refusal = STATUS_NO_MEMORY;
        return NULL;
    }
    uint64_t taken = bytes + HEAD_BYTES;
    memcpy(piece, &taken, sizeof(taken));
    budget->left -= taken;
    return piece + HEAD_BYTES;
}

static void give(void *piece) {
    if (piece != NULL) {
        uint8_t *head = (uint8_t *)piece - HEAD_BYTES;
        uint64_t taken;
        memcpy(&taken, head, sizeof(taken));
        budget->left += taken;
        sync_free(head);
    }
}

#pragma GCC diagnostic ignored "-Wunused-function"   /* of the formats left out */
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_NO_SIMD
#define STBI_MAX_DIMENSIONS PICTURE_SIDE_MAX
#define STBI_ASSERT(x) ((void)sizeof(x))   /* bad input is never an assertion of ours */
#define STBI_MALLOC(bytes) take(bytes)
#define STBI_REALLOC_SIZED(piece, old_bytes, new_bytes) ((void)(piece), (void *)NULL)   /* unused */
#define STBI_FREE(piece) give(piece)
#include <stb/stb_image.h>

/* The file as stb_image reads it. */
struct reader {
    const uint8_t *bytes;
    size_t count;
    size_t position;
    bool was_short;       /* something was wanted beyond the end */
};

static int read_bytes(void *user, char *to, int wanted) {
    struct reader *reader = user;
    size_t left = reader->count - reader->position;
    size_t given = (size_t)wanted < left ? (size_t)wanted : left;
    memcpy(to, reader->bytes + reader->position, given);
    reader->position += given;
    reader->was_short = reader->was_short || given == 0;
    return (int)given;
}

static void skip_bytes(void *user, int count) {
    struct reader *reader = user;
    size_t left = reader->count - reader->position;
    bool is_short = count < 0 || (size_t)count > left;
    reader->was_short = reader->was_short || is_short;
    reader->position += is_short ? left : (size_t)count;
}

static int is_at_end(void *user) {
    const struct reader *reader = user;
    return reader->position == reader->count;
}

static enum status explain(const struct image_source *source, const struct reader *reader,
                           const stbi__context *context) {
    size_t unread = (size_t)(context->img_buffer_end - context->img_buffer);
    if (budget->refusal == STATUS_LIMIT) {
        return diag_fail(source->diag, STATUS_LIMIT, reader->position - unread,
                         "the picture takes more memory than the limit");
    }
    if (budget->refusal == STATUS_NO_MEMORY) {
        return diag_fail(source->diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET,
                         "no memory to decode the picture");
    }
    if (reader->was_short) {
        return image_short(source);
    }
    const char *reason = stbi_failure_reason();
    return image_bad(source, reader->position - unread,
                     reason != NULL ? reason : "the data is not valid");
}

static enum status load(const struct image_source *source, const struct picture_view *view) {
    stbi_io_callbacks callbacks = { read_bytes, skip_bytes, is_at_end };
    struct reader reader = { .bytes = source->bytes, .count = source->count };
    stbi__context context;
    stbi__result_info result = { .bits_per_channel = 8 };
    int width = 0;
    int height = 0;
    int channels;
    memset(&context, 0, sizeof(context));
    stbi__g_failure_reason = NULL;
    stbi__start_callbacks(&context, &callbacks, &reader);
    uint8_t *pixels = stbi__jpeg_load(&context, &width, &height, &channels, 4, &result);
    enum status status = STATUS_OK;
    if (pixels == NULL || reader.was_short) {
        status = explain(source, &reader, &context);
    } else if ((uint32_t)width != view->width || (uint32_t)height != view->height) {
        status = image_bad(source, 0, "the picture has two sizes");
    }
    for (uint32_t y = 0; status == STATUS_OK && y < view->height; y++) {
        memcpy(picture_row(view, y), pixels + (size_t)y * view->width * 4,
               (size_t)view->width * 4);
    }
    give(pixels);
    return status;
}

enum status image_stb_jpeg(const struct image_source *source, const struct picture_view *view) {
    struct budget own = { .left = source->scratch_bytes_max, .refusal = STATUS_OK };
    budget = &own;
    enum status status = load(source, view);
    budget = NULL;
    return status;
}
