/* cursor.c - bounded reads. */
#include "base/cursor.h"

#include "base/endian.h"

const uint8_t *cursor_take(struct cursor *cursor, size_t count) {
    if (cursor->failed || count > cursor_left(cursor)) {
        cursor->failed = true;
        return NULL;
    }
    const uint8_t *bytes = cursor->bytes + cursor->position;
    cursor->position += count;
    return bytes;
}

void cursor_skip(struct cursor *cursor, size_t count) {
    (void)cursor_take(cursor, count);
}

uint8_t cursor_u8(struct cursor *cursor) {
    const uint8_t *bytes = cursor_take(cursor, 1);
    return bytes != NULL ? bytes[0] : 0;
}

uint16_t cursor_be16(struct cursor *cursor) {
    const uint8_t *bytes = cursor_take(cursor, 2);
    return bytes != NULL ? get_be16(bytes) : 0;
}

uint32_t cursor_be32(struct cursor *cursor) {
    const uint8_t *bytes = cursor_take(cursor, 4);
    return bytes != NULL ? get_be32(bytes) : 0;
}

uint16_t cursor_le16(struct cursor *cursor) {
    const uint8_t *bytes = cursor_take(cursor, 2);
    return bytes != NULL ? get_le16(bytes) : 0;
}

uint32_t cursor_le32(struct cursor *cursor) {
    const uint8_t *bytes = cursor_take(cursor, 4);
    return bytes != NULL ? get_le32(bytes) : 0;
}

uint64_t cursor_le64(struct cursor *cursor) {
    const uint8_t *bytes = cursor_take(cursor, 8);
    return bytes != NULL ? get_le64(bytes) : 0;
}
