/*
 * wave.h - the documents that are in memory at one time, and their batches.
 *
 * A wave is filled by the caller, cut into batches of whole documents by bytes,
 * and inverted by the pool, a batch a chunk.  A batch whose inverter comes to hold
 * too much stops between documents; the wave is then inverted again for what is
 * left, until nothing is pending.
 *
 * Units:    bytes
 * Shapes:   at most WAVE_BATCHES batches, the last ones perhaps empty
 * Threads:  as build.h
 * Memory:   as build.h
 * Errors:   STATUS_NO_MEMORY
 * Source:   none
 * Depends:  base, sync, workpool
 */
#ifndef INDEXER_WAVE_H
#define INDEXER_WAVE_H

#include "build.h"

enum { WAVE_BATCHES = 16 };

struct wave;

MUST_CHECK enum status wave_create(const struct build_options *options, struct wave **out_wave);
void wave_destroy(struct wave *wave);

/* Whether a document of that many bytes fits; an empty wave takes any. */
bool wave_has_room(const struct wave *wave, size_t bytes);

/* Copy the input; `document` brings sequence, text offset and kind. */
MUST_CHECK enum status wave_add(struct wave *wave, const struct index_input *input,
                                const struct batch_document *document);

/* Cut what is there into batches, each in id order with the last of equal ids only. */
void wave_cut(struct wave *wave);
bool wave_is_pending(const struct wave *wave);
MUST_CHECK enum status wave_invert(struct wave *wave, struct workpool *pool);

/* The run that batch `number` gave in the last wave_invert(); NULL behind the last batch. */
const struct run_bytes *wave_run(const struct wave *wave, uint32_t number);

/* Empty it for the next documents. */
void wave_reset(struct wave *wave);

#endif
