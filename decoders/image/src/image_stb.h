/*
 * image_stb.h - stb_image behind a cap on memory and a reader that notices the end.
 *
 * Units:    bytes
 * Shapes:   none
 * Threads:  any; the cap is a thread-local pointer during a call
 * Memory:   zeroed pieces from sync_alloc_zero(), at most source->scratch_bytes_max
 * Errors:   STATUS_BAD_DATA at the byte that stb_image had reached, STATUS_LIMIT,
 *           STATUS_NO_MEMORY
 * Source:   stb_image.h of Debian's libstb-dev
 * Depends:  base, sync, picture
 */
#ifndef IMAGE_STB_H
#define IMAGE_STB_H

#include "image_codec.h"

/* Decode a JPEG that image_jpeg.c has looked through. */
MUST_CHECK enum status image_stb_jpeg(const struct image_source *source,
                                      const struct picture_view *view);

#endif
