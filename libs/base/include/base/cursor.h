/*
 * base/cursor.h - read untrusted bytes front to back without ever leaving them.
 *
 * A cursor remembers the first failed read: from then on it stands still and
 * every read gives 0 or NULL, so a caller may read a whole record and look at
 * `failed` once.  `position` then is the offset of the read that did not fit.
 *
 * Units:    position and count in bytes from the start of the input
 * Shapes:   none
 * Threads:  a cursor belongs to one thread
 * Memory:   borrows the bytes; allocates nothing
 * Errors:   `failed`
 * Source:   none
 * Depends:  base/endian.h
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
    const uint8_t *bytes;
    size_t count;
    size_t position;
    bool failed;
};

static inline struct cursor cursor_over(const void *bytes, size_t count) {
    return (struct cursor){ .bytes = bytes, .count = count };
}

static inline size_t cursor_left(const struct cursor *cursor) {
    return cursor->count - cursor->position;
}

/* The next `count` bytes, or NULL when fewer are left. */
const uint8_t *cursor_take(struct cursor *cursor, size_t count);

void cursor_skip(struct cursor *cursor, size_t count);
uint8_t cursor_u8(struct cursor *cursor);
uint16_t cursor_be16(struct cursor *cursor);
uint32_t cursor_be32(struct cursor *cursor);
uint16_t cursor_le16(struct cursor *cursor);
uint32_t cursor_le32(struct cursor *cursor);
uint64_t cursor_le64(struct cursor *cursor);

#endif
