/* image_batch.c - a file a job; see image/image.h. */
#include "base/attr.h"
#include "image/image.h"

struct batch {
    struct image_options options;
    struct image_batch_item *items;
};

static enum status decode_item(const struct workpool_chunk *chunk) {
    const struct batch *batch = chunk->context;
    struct image_batch_item *item = &batch->items[chunk->begin];
    item->diag = (struct diag){ 0 };
    item->status = image_decode(item->bytes, item->byte_count, &batch->options, &item->image,
                                &item->diag);
    return item->status;
}

static const struct workpool_kind decode_kind = { .name = "image.decode", .body = decode_item };
static const struct workpool_kind *const kinds[] = { &decode_kind };
const struct workpool_kind_set image_kinds = { kinds, COUNT_OF(kinds) };

enum status image_decode_batch(const struct image_options *options,
                               struct image_batch_item *items, size_t item_count) {
    struct batch batch = { .items = items };
    if (options != NULL) {
        batch.options = *options;   /* inside a job the pool runs in place */
    }
    struct workpool_job job = { .kind = &decode_kind, .count = item_count, .grain = 1,
                                .context = &batch };
    return workpool_run(batch.options.pool, &job, NULL);
}
