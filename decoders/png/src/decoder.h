/* decoder.h - what a decoder holds, and the ways it can go. */
#ifndef WPNG_DECODER_H
#define WPNG_DECODER_H

#include "base/arena.h"
#include "png/decode.h"
#include "stream.h"

enum {
    DECODER_PIPELINE_PIXELS_MIN = 300 * 1000,
    DECODER_JOB_BYTES = 768 * 1024,   /* arena of a job that decodes; below the pool's default */
};

struct wpng_decoder {
    struct header header;
    struct stream stream;
    struct rows rows;
    struct arena *arena;      /* where scratch comes from first; NULL for the heap alone */
    uint8_t *scratch;         /* from the heap */
    size_t scratch_bytes;
};

/* One decode: the decoder and its arguments. */
struct decode {
    struct wpng_decoder *decoder;
    const struct wpng_input *input;
    const struct wpng_decode_options *options;   /* not NULL */
    const struct picture_view *view;
    struct diag *diag;
};

void decoder_init(struct wpng_decoder *decoder, struct arena *arena);
void decoder_finish(struct wpng_decoder *decoder);

/* Whether the memory limit allows `bytes` of scratch. */
bool decoder_allows(const struct decode *decode, uint64_t bytes);

/* `bytes` of scratch, kept for later decodes; the caller has asked decoder_allows(). */
MUST_CHECK enum status decoder_scratch(const struct decode *decode, size_t bytes,
                                       uint8_t **out_scratch);

/* After header_read(): the pixels. */
MUST_CHECK enum status decode_sequential(const struct decode *decode);
MUST_CHECK enum status decode_pipeline(const struct decode *decode);
size_t decode_pipeline_bytes(const struct header *header);

/*
 * By restart markers.  False, with the view's pixels unspecified, when the file
 * does not keep what its markers promise, or the memory limit does not allow a
 * record for each: then the sequential way decides.
 */
MUST_CHECK bool decode_segments(const struct decode *decode);
bool decode_has_segments(const struct header *header);

extern const struct workpool_kind decode_stage_kind;
extern const struct workpool_kind decode_segment_kind;
extern const struct workpool_kind decode_file_kind;

#endif
