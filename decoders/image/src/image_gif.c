/*
 * image_gif.c - GIF87a and GIF89a, every frame composed as a viewer shows it.
 *
 * The screen begins transparent, and a frame that is disposed of to the background
 * leaves its rectangle transparent, as browsers do; the background colour of the
 * header is not used.  The picture a frame is drawn on is a frame already decoded with
 * perhaps one rectangle cleared, so no second copy of the screen is kept.
 */
#include <string.h>

#include "base/endian.h"
#include "image_codec.h"
#include "image_lzw.h"
#include "sync/memory.h"

enum { SCREEN_BYTES = 13, MILLISECONDS_A_TICK = 10 };
enum { BLOCK_EXTENSION = 0x21, BLOCK_IMAGE = 0x2c, BLOCK_END = 0x3b, LABEL_CONTROL = 0xf9 };
enum { DISPOSE_KEEP = 1, DISPOSE_CLEAR = 2, DISPOSE_RESTORE = 3 };
enum { NO_INDEX = 256 };
#define NO_FRAME UINT32_MAX

struct palette {
    const uint8_t *colours;      /* three bytes each, NULL when there is none */
    uint32_t count;
};

/* What a control extension says about the frame after it. */
struct control {
    uint32_t disposal;
    uint32_t delay_ms;
    uint32_t transparent;        /* an index, or NO_INDEX */
};

struct frame {
    struct control control;
    size_t offset;               /* of the image descriptor */
    uint32_t x;
    uint32_t y;
    uint32_t width;
    uint32_t height;
    bool is_interlaced;
    struct palette palette;
    uint32_t root_bits;
    size_t data_offset;          /* of the first sub-block */
};

struct gif {
    const struct image_source *source;
    struct cursor cursor;
    uint32_t width;
    uint32_t height;
    struct palette palette;
};

static bool is_gif(const uint8_t *bytes, size_t count) {
    return count >= 6 && (memcmp(bytes, "GIF87a", 6) == 0 || memcmp(bytes, "GIF89a", 6) == 0);
}

static struct palette take_palette(struct cursor *cursor, uint8_t flags) {
    struct palette palette = { 0 };
    if ((flags & 0x80) != 0) {
        palette.count = 2u << (flags & 7);
        palette.colours = cursor_take(cursor, (size_t)palette.count * 3);
    }
    return palette;
}

static enum status open_gif(const struct image_source *source, struct gif *gif) {
    *gif = (struct gif){ .source = source,
                         .cursor = cursor_over(source->bytes, source->count) };
    cursor_skip(&gif->cursor, 6);
    gif->width = cursor_le16(&gif->cursor);
    gif->height = cursor_le16(&gif->cursor);
    uint8_t flags = cursor_u8(&gif->cursor);
    cursor_skip(&gif->cursor, 2);
    gif->palette = take_palette(&gif->cursor, flags);
    if (gif->cursor.failed) {
        return image_short(source);
    }
    if (gif->width == 0 || gif->height == 0) {
        return image_bad(source, 6, "a width or height of nothing");
    }
    return STATUS_OK;
}

static void skip_blocks(struct cursor *cursor) {
    uint8_t count;
    do {
        count = cursor_u8(cursor);
        cursor_skip(cursor, count);
    } while (count > 0 && !cursor->failed);
}

static void take_extension(struct gif *gif, struct control *control) {
    struct cursor *cursor = &gif->cursor;
    uint8_t label = cursor_u8(cursor);
    size_t begin = cursor->position;
    if (label == LABEL_CONTROL && cursor_u8(cursor) >= 4) {
        uint8_t flags = cursor_u8(cursor);
        control->disposal = flags >> 2 & 7u;
        control->delay_ms = cursor_le16(cursor) * (uint32_t)MILLISECONDS_A_TICK;
        uint8_t index = cursor_u8(cursor);
        control->transparent = (flags & 1) != 0 ? index : NO_INDEX;
    }
    if (!cursor->failed) {
        cursor->position = begin;
    }
    skip_blocks(cursor);
}

static enum status take_image(struct gif *gif, struct frame *frame) {
    struct cursor *cursor = &gif->cursor;
    frame->offset = cursor->position - 1;
    frame->x = cursor_le16(cursor);
    frame->y = cursor_le16(cursor);
    frame->width = cursor_le16(cursor);
    frame->height = cursor_le16(cursor);
    uint8_t flags = cursor_u8(cursor);
    frame->is_interlaced = (flags & 0x40) != 0;
    frame->palette = take_palette(cursor, flags);
    if (frame->palette.colours == NULL) {
        frame->palette = gif->palette;
    }
    frame->root_bits = cursor_u8(cursor);
    frame->data_offset = cursor->position;
    skip_blocks(cursor);
    if (cursor->failed) {
        return image_short(gif->source);
    }
    if (frame->x + frame->width > gif->width || frame->y + frame->height > gif->height) {
        return image_bad(gif->source, frame->offset, "a frame outside the screen");
    }
    if (frame->palette.colours == NULL) {
        return image_bad(gif->source, frame->offset, "a frame without colours");
    }
    if (frame->root_bits < 1 || frame->root_bits > 8) {
        return image_bad(gif->source, frame->data_offset - 1, "a code size that is not allowed");
    }
    return STATUS_OK;
}

/* The next frame, or *out_is_end. */
static enum status next_frame(struct gif *gif, struct frame *frame, bool *out_is_end) {
    *frame = (struct frame){ .control = { .transparent = NO_INDEX } };
    *out_is_end = false;
    for (;;) {
        size_t at = gif->cursor.position;
        uint8_t block = cursor_u8(&gif->cursor);
        if (gif->cursor.failed) {
            return image_short(gif->source);
        }
        switch (block) {
        case BLOCK_EXTENSION:
            take_extension(gif, &frame->control);
            break;
        case BLOCK_IMAGE:
            return take_image(gif, frame);
        case BLOCK_END:
            *out_is_end = true;
            return STATUS_OK;
        default:
            return image_bad(gif->source, at, "neither a frame, an extension nor the end");
        }
    }
}

static enum status probe(const struct image_source *source, struct image_header *out_header) {
    struct gif gif;
    struct frame frame;
    bool is_end = false;
    enum status status = open_gif(source, &gif);
    out_header->width = gif.width;
    out_header->height = gif.height;
    out_header->size_offset = 6;
    out_header->frame_count = 0;
    while (status == STATUS_OK && !is_end) {
        status = next_frame(&gif, &frame, &is_end);
        out_header->frame_count += !is_end;
    }
    if (status == STATUS_OK && out_header->frame_count == 0) {
        return image_bad(source, gif.cursor.position - 1, "a picture without frames");
    }
    return status;
}

/* What the next frame is drawn on: a frame already there, perhaps with a hole. */
struct base {
    uint32_t frame;              /* NO_FRAME: the empty screen */
    bool has_hole;
    struct frame hole;
};

static void paint_base(const struct base *base, const struct image *image,
                       const struct picture_view *view) {
    if (base->frame == NO_FRAME) {
        return;   /* new frames are transparent */
    }
    const struct picture_view *from = &image->frames[base->frame].view;
    for (uint32_t y = 0; y < view->height; y++) {
        memcpy(picture_row(view, y), picture_row(from, y), (size_t)view->width * 4);
    }
    for (uint32_t y = 0; base->has_hole && y < base->hole.height; y++) {
        memset(picture_row(view, base->hole.y + y) + (size_t)base->hole.x * 4, 0,
               (size_t)base->hole.width * 4);
    }
}

static void dispose(struct base *base, const struct frame *frame, uint32_t index) {
    if (frame->control.disposal != DISPOSE_RESTORE) {
        base->frame = index;
        base->has_hole = frame->control.disposal == DISPOSE_CLEAR;
        base->hole = *frame;
    }
}

/* The row after `y`: in order, or every 8th from 0, every 8th from 4, 4th from 2, 2nd from 1. */
static uint32_t row_after(const struct frame *frame, uint32_t y, uint32_t *pass) {
    static const uint32_t begins[] = { 0, 4, 2, 1 };
    static const uint32_t steps[] = { 8, 8, 4, 2 };
    if (!frame->is_interlaced) {
        return y + 1;
    }
    y += steps[*pass];
    while (y >= frame->height && *pass < 3) {
        y = begins[++*pass];
    }
    return y;
}

static enum status paint_row(const struct image_source *source, struct image_lzw *lzw,
                             const struct frame *frame, uint8_t *to) {
    for (uint32_t x = 0; x < frame->width; x++, to += 4) {
        uint8_t index;
        enum image_lzw_end end = image_lzw_next(lzw, &index);
        if (end == LZW_END) {
            return image_bad(source, lzw->cursor.position, "frame data ends before its pixels");
        }
        if (end == LZW_BROKEN) {
            return image_bad(source, lzw->cursor.position - 1, "a code that cannot stand here");
        }
        if (index == frame->control.transparent) {
            continue;
        }
        if (index >= frame->palette.count) {
            return image_bad(source, lzw->cursor.position - 1, "a colour outside the table");
        }
        const uint8_t *colour = frame->palette.colours + (size_t)index * 3;
        image_put(to, colour[0], colour[1], colour[2], 255);
    }
    return STATUS_OK;
}

static enum status paint_frame(const struct image_source *source, struct image_lzw *lzw,
                               const struct frame *frame, const struct picture_view *view) {
    enum status status = STATUS_OK;
    uint32_t pass = 0;
    image_lzw_init(lzw, source->bytes, source->count, frame->data_offset, frame->root_bits);
    uint32_t y = 0;
    for (uint32_t done = 0; done < frame->height && status == STATUS_OK; done++) {
        uint8_t *row = picture_row(view, frame->y + y) + (size_t)frame->x * 4;
        status = paint_row(source, lzw, frame, row);
        y = row_after(frame, y, &pass);
    }
    return status;
}

static enum status paint_frames(const struct image_source *source, struct image_lzw *lzw,
                                struct image *image) {
    struct gif gif;
    struct base base = { .frame = NO_FRAME };
    enum status status = open_gif(source, &gif);
    for (uint32_t i = 0; i < image->frame_count && status == STATUS_OK; i++) {
        struct frame frame;
        bool is_end;
        status = next_frame(&gif, &frame, &is_end);
        if (status != STATUS_OK) {
            break;
        }
        image->frames[i].delay_ms = frame.control.delay_ms;
        paint_base(&base, image, &image->frames[i].view);
        status = paint_frame(source, lzw, &frame, &image->frames[i].view);
        dispose(&base, &frame, i);
    }
    return status;
}

static enum status decode_frames(const struct image_source *source, struct image *image) {
    struct image_lzw *lzw = sync_alloc(sizeof(*lzw));
    if (lzw == NULL) {
        return diag_fail(source->diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET,
                         "no memory for the decoder");
    }
    enum status status = paint_frames(source, lzw, image);
    sync_free(lzw);
    return status;
}

const struct image_codec image_gif = {
    .name = "gif", .is_mine = is_gif, .probe = probe, .decode_frames = decode_frames,
};
