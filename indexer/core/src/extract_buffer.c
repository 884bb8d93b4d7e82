/* extract_buffer.c - a text that grows up to a limit. */
#include <string.h>

#include "extract_impl.h"
#include "sync/memory.h"

enum { FIRST_BYTES = 1024 };

struct extract_buffer extract_buffer_over(size_t limit) {
    return (struct extract_buffer){ .limit = limit, .status = STATUS_OK };
}

void extract_buffer_free(struct extract_buffer *buffer) {
    sync_free(buffer->bytes);
    *buffer = (struct extract_buffer){ .bytes = NULL };
}

bool extract_buffer_reserve(struct extract_buffer *buffer, size_t count) {
    if (buffer->status != STATUS_OK) {
        return false;
    }
    if (count > buffer->limit - buffer->count) {
        buffer->status = STATUS_LIMIT;
        return false;
    }
    size_t wanted = buffer->count + count + 1;   /* room for a NUL */
    if (wanted <= buffer->capacity) {
        return true;
    }
    size_t capacity = buffer->capacity < FIRST_BYTES ? FIRST_BYTES : buffer->capacity * 2;
    capacity = capacity < wanted ? wanted : capacity;
    uint8_t *larger = sync_resize(buffer->bytes, capacity);
    if (larger == NULL) {
        buffer->status = STATUS_NO_MEMORY;
        return false;
    }
    buffer->bytes = larger;
    buffer->capacity = capacity;
    return true;
}

void extract_put(struct extract_buffer *buffer, const void *bytes, size_t count) {
    if (count > 0 && extract_buffer_reserve(buffer, count)) {
        memcpy(buffer->bytes + buffer->count, bytes, count);
        buffer->count += count;
    }
}

void extract_put_text(struct extract_buffer *buffer, const char *text) {
    extract_put(buffer, text, strlen(text));
}

void extract_put_byte(struct extract_buffer *buffer, uint8_t byte) {
    extract_put(buffer, &byte, 1);
}

void extract_put_character(struct extract_buffer *buffer, uint32_t character) {
    bool is_none = character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff);
    uint32_t c = is_none ? 0xfffd : character;
    uint8_t bytes[4];
    size_t count;
    if (c < 0x80) {
        bytes[0] = (uint8_t)c;
        count = 1;
    } else if (c < 0x800) {
        bytes[0] = (uint8_t)(0xc0 | c >> 6);
        bytes[1] = (uint8_t)(0x80 | (c & 0x3f));
        count = 2;
    } else if (c < 0x10000) {
        bytes[0] = (uint8_t)(0xe0 | c >> 12);
        bytes[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        bytes[2] = (uint8_t)(0x80 | (c & 0x3f));
        count = 3;
    } else {
        bytes[0] = (uint8_t)(0xf0 | c >> 18);
        bytes[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        bytes[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        bytes[3] = (uint8_t)(0x80 | (c & 0x3f));
        count = 4;
    }
    extract_put(buffer, bytes, count);
}

void extract_end_line(struct extract_buffer *buffer) {
    if (buffer->count > 0 && buffer->bytes[buffer->count - 1] != '\n') {
        extract_put_byte(buffer, '\n');
    }
}
