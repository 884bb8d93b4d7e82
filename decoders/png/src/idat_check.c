/* idat_check.c - the CRCs of IDAT chunks, a part at a time. */
#include "idat_check.h"

#include <libdeflate.h>

#include "base/endian.h"

enum { CRC_BYTES = 4 };

/* header_read() has found all chunks whole, and one that is no IDAT behind the last IDAT. */
static void enter_chunk(struct idat_check *check, const uint8_t *chunk) {
    check->is_done = get_be32(chunk + 4) != (uint32_t)CHUNK_TYPE('I', 'D', 'A', 'T');
    check->at = chunk + 4;
    check->end = chunk + 8 + get_be32(chunk);
    check->crc = 0;
}

void idat_check_start(struct idat_check *check, const struct wpng_input *input,
                      const struct header *header) {
    enter_chunk(check, input->bytes + header->idat_offset);
}

bool idat_check_to(struct idat_check *check, const uint8_t *until) {
    while (!check->is_done && check->at < until) {
        const uint8_t *stop = until < check->end ? until : check->end;
        check->crc = libdeflate_crc32(check->crc, check->at, (size_t)(stop - check->at));
        check->at = stop;
        if (stop == check->end) {
            if (get_be32(stop) != check->crc) {
                return false;
            }
            enter_chunk(check, stop + CRC_BYTES);
        }
    }
    return true;
}
