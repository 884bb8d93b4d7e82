/* batch.c - many files, a file a job. */
#include "decoder.h"

struct batch {
    const struct wpng_decode_options *options;
    struct wpng_batch_item *items;
};

/* The decoder lives in the job's arena, and so does its scratch when it fits. */
static enum status run_file(const struct workpool_chunk *chunk) {
    const struct batch *batch = chunk->context;
    struct wpng_batch_item *item = &batch->items[chunk->begin];
    struct wpng_decoder *decoder =
        arena_take(chunk->arena, sizeof(*decoder), ARENA_ALIGN_DEFAULT);
    if (decoder == NULL) {
        return STATUS_LIMIT;
    }
    decoder_init(decoder, chunk->arena);
    struct wpng_decode_options options = { .limits = batch->options->limits };
    item->diag = (struct diag){ 0 };
    item->status = wpng_decode_image(decoder, &item->input, &options, &item->view, &item->diag);
    decoder_finish(decoder);
    return item->status;
}

const struct workpool_kind decode_file_kind = {
    .name = "png.file", .body = run_file, .memory_bytes = DECODER_JOB_BYTES,
};

enum status wpng_decode_batch(const struct wpng_decode_options *options,
                              struct wpng_batch_item *items, size_t item_count) {
    static const struct wpng_decode_options defaults;
    struct batch batch = { .options = options != NULL ? options : &defaults, .items = items };
    for (size_t i = 0; i < item_count; i++) {
        /* Replaced by the job; what a pool that refuses to run leaves behind. */
        items[i].view = (struct picture_view){ 0 };
        items[i].status = STATUS_CANCELLED;
        items[i].diag = (struct diag){ .status = STATUS_CANCELLED, .offset = DIAG_NO_OFFSET,
                                       .reason = "not decoded" };
    }
    const struct workpool_job job = { .kind = &decode_file_kind, .count = item_count,
                                      .grain = 1, .context = &batch };
    return workpool_run(batch.options->pool, &job, NULL);
}
