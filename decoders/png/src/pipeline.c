/*
 * pipeline.c - one picture on two workers: inflate a piece beside unfiltering the
 * piece before it.
 *
 * A job of the pool never waits for another, so the stages do not talk while
 * they run: each step is one job of two chunks that work on different buffers,
 * and the buffers change places between steps.  The CRCs of what was inflated
 * before the step are summed beside it, too.
 */
#include "decoder.h"
#include "idat_check.h"

enum { STAGE_FILL, STAGE_DRAIN, STAGE_COUNT };

struct step {
    struct stream *stream;
    struct rows *rows;
    struct stream_buffer *full;    /* being drained */
    struct stream_buffer *next;    /* being filled */
    size_t leftover;
    enum inflate_result result;    /* of the fill */
    bool is_drained;
    struct idat_check check;
    const uint8_t *check_until;    /* as far as inflate had read before the step */
    bool is_intact;
};

static enum status run_stage(const struct workpool_chunk *chunk) {
    struct step *step = chunk->context;
    if (chunk->begin == STAGE_FILL) {
        /* Reads `full`, whose fields drain may change: it was given a copy. */
        step->result = stream_fill(step->stream, step->full, step->leftover, step->next);
    } else {
        step->is_intact = idat_check_to(&step->check, step->check_until);
        step->is_drained = stream_drain(step->stream, step->rows, step->full);
    }
    return STATUS_OK;
}

const struct workpool_kind decode_stage_kind = { .name = "png.stage", .body = run_stage };

static enum status fail_crc(const struct decode *decode) {
    return diag_fail(decode->diag, STATUS_BAD_DATA, DIAG_NO_OFFSET,
                     "CRC of the image data does not match");
}

static enum status run_step(const struct decode *decode, struct step *step) {
    const struct workpool_job job = { .kind = &decode_stage_kind, .count = STAGE_COUNT,
                                      .grain = 1, .context = step };
    enum status status = workpool_run(decode->options->pool, &job, NULL);
    if (status != STATUS_OK) {
        return diag_fail(decode->diag, status, DIAG_NO_OFFSET, "the pool refused the job");
    }
    return step->is_intact ? STATUS_OK : fail_crc(decode);
}

/* The last piece has been inflated: what is left to check and to drain. */
static enum status run_end(const struct decode *decode, struct step *step) {
    struct wpng_decoder *decoder = decode->decoder;
    if (!idat_check_to(&step->check, decode->input->bytes + decode->input->count)) {
        return fail_crc(decode);
    }
    if (!stream_drain(step->stream, &decoder->rows, step->full)) {
        return stream_drain_failed(step->stream, decode->input, &decoder->header, step->full,
                                   decode->diag);
    }
    return stream_finish(step->stream, &decoder->rows, decode->diag);
}

/* Steps until the last piece is filled and drained, or something is wrong. */
static enum status run_steps(const struct decode *decode, struct stream_buffer buffers[2]) {
    struct wpng_decoder *decoder = decode->decoder;
    struct stream *stream = &decoder->stream;
    struct step step = { .stream = stream, .rows = &decoder->rows, .full = &buffers[0],
                         .next = &buffers[1] };
    idat_check_start(&step.check, decode->input, &decoder->header);
    step.result = stream_fill(stream, step.next, 0, step.full);
    while (step.result == INFLATE_MORE) {
        step.check_until = stream->inflate.in;
        step.leftover = stream_leftover(stream, &decoder->header, step.full);
        enum status status = run_step(decode, &step);
        if (status != STATUS_OK) {
            return status;
        }
        if (!step.is_drained) {
            return stream_drain_failed(stream, decode->input, &decoder->header, step.full,
                                       decode->diag);
        }
        struct stream_buffer *filled = step.next;
        step.next = step.full;
        step.full = filled;
    }
    if (step.result != INFLATE_DONE) {
        return stream_fill_failed(stream, step.result, decode->diag);
    }
    return run_end(decode, &step);
}

static size_t buffer_bytes_of(const struct header *header) {
    return (stream_buffer_bytes(header) + 63) & ~(size_t)63;
}

size_t decode_pipeline_bytes(const struct header *header) {
    return 2 * buffer_bytes_of(header) + rows_scratch_bytes(header);
}

enum status decode_pipeline(const struct decode *decode) {
    struct wpng_decoder *decoder = decode->decoder;
    size_t buffer_bytes = buffer_bytes_of(&decoder->header);
    uint8_t *scratch;
    enum status status =
        decoder_scratch(decode, decode_pipeline_bytes(&decoder->header), &scratch);
    if (status != STATUS_OK) {
        return status;
    }
    struct stream_buffer buffers[2] = { { .bytes = scratch },
                                        { .bytes = scratch + buffer_bytes } };
    rows_start(&decoder->rows, &decoder->header, decode->view, scratch + 2 * buffer_bytes);
    status = stream_start(&decoder->stream, decode->input, &decoder->header, decode->diag);
    return status == STATUS_OK ? run_steps(decode, buffers) : status;
}
