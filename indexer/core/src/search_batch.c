/* search_batch.c - a few queries a job, each answered into its own slot. */
#include "search_batch.h"

#include "indexer/search.h"

enum { QUERIES_A_JOB = 8 };

struct batch {
    const struct index *index;
    struct search_slot *slots;
};

static enum status answer_queries(const struct workpool_chunk *chunk) {
    struct batch *batch = chunk->context;
    struct search *search;
    enum status status = search_create(batch->index, &search);
    if (status != STATUS_OK) {
        return status;
    }
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        struct search_slot *slot = &batch->slots[i];
        slot->status = search_run(search, &slot->request, &slot->results, &slot->diag);
        slot->damaged_file = search_damaged_file(search);
    }
    search_destroy(search);
    return STATUS_OK;
}

const struct workpool_kind search_batch_kind = { .name = "indexer.query",
                                                 .body = answer_queries,
                                                 .memory_bytes = 0 };

enum status search_batch(const struct index *index, struct workpool *pool,
                         struct search_slot *slots, size_t slot_count) {
    struct batch batch = { index, slots };
    for (size_t i = 0; i < slot_count; i++) {
        slots[i].status = STATUS_NO_MEMORY;
        slots[i].diag = (struct diag){ .status = STATUS_OK };
        slots[i].results = NULL;
        slots[i].damaged_file = NULL;
    }
    enum status status = workpool_run(pool, &(struct workpool_job){
        .kind = &search_batch_kind, .count = slot_count, .grain = QUERIES_A_JOB,
        .context = &batch }, NULL);
    for (size_t i = 0; status != STATUS_OK && i < slot_count; i++) {
        search_results_destroy(slots[i].results);
        slots[i].results = NULL;
    }
    return status;
}
