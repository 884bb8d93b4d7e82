/*
 * idat_check.h - the CRCs of IDAT chunks, a part at a time, beside decoding: one
 * worker inflates what another has not checked yet.  A file that fails either way
 * is walked once more, CRCs first, so that what is reported does not depend on it.
 */
#ifndef WPNG_IDAT_CHECK_H
#define WPNG_IDAT_CHECK_H

#include "header.h"

struct idat_check {
    const uint8_t *at;      /* the next byte to be summed */
    const uint8_t *end;     /* of the chunk's data; its CRC follows */
    uint32_t crc;           /* of what is summed of the chunk */
    bool is_done;           /* there are no more IDATs */
};

/* Begin at the first IDAT of a file that header_read() has walked to its end. */
void idat_check_start(struct idat_check *check, const struct wpng_input *input,
                      const struct header *header);

/* Sum up to `until`, or to the last IDAT; false when a CRC on the way does not match. */
MUST_CHECK bool idat_check_to(struct idat_check *check, const uint8_t *until);

#endif
