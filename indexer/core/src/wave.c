/* wave.c - fill, cut, invert. */
#include "wave.h"

#include <string.h>

#include "extract_batch.h"
#include "search_batch.h"
#include "segment_impl.h"
#include "sync/memory.h"
#include "sync/mutex.h"

enum {
    TEXT_PAD = 64,               /* readable bytes behind the last text */
    INVERTERS_MAX = WORKPOOL_WORKERS_MAX,
    INVERTER_MIN_BYTES = 3 << 20,   /* with less, runs would be of a few documents */
    DOCUMENTS_FIRST = 256,
    ROOM_FIRST_BYTES = 64 << 20,    /* more is taken when there are documents for it */
};

/* Consecutive documents of a wave. */
struct batch {
    struct batch_document *documents;
    size_t count;
    size_t done;
    struct run_bytes run;
};

struct wave {
    enum analysis_lang language;
    size_t wave_bytes;           /* documents and their records, all batches */
    size_t inverter_bytes;       /* one inverter */
    uint32_t at_once;            /* batches inverted in one run of the pool */
    uint32_t window;             /* first batch of the run now */
    uint8_t *bytes;
    size_t used;
    size_t room;
    struct batch_document *documents;
    size_t document_count;
    size_t documents_room;
    struct batch batches[WAVE_BATCHES];
    uint32_t batch_count;
    struct sync_mutex lock;
    struct inverter *idle[INVERTERS_MAX];   /* under `lock` */
    uint32_t idle_count;                    /* under `lock` */
};

enum status wave_create(const struct build_options *options, struct wave **out_wave) {
    *out_wave = NULL;
    struct wave *wave = sync_alloc_zero(1, sizeof(*wave));
    if (wave == NULL) {
        return STATUS_NO_MEMORY;
    }
    size_t eighth = options->memory_bytes / 8;
    wave->language = options->language;
    wave->wave_bytes = 3 * eighth;
    uint32_t workers = workpool_workers(options->pool);
    size_t fitting = 3 * eighth / INVERTER_MIN_BYTES;
    wave->at_once = fitting < 1 ? 1 : fitting > WAVE_BATCHES ? WAVE_BATCHES : (uint32_t)fitting;
    wave->inverter_bytes = 3 * eighth / (workers < wave->at_once ? workers : wave->at_once);
    wave->room = wave->wave_bytes < ROOM_FIRST_BYTES ? wave->wave_bytes : (size_t)ROOM_FIRST_BYTES;
    wave->bytes = sync_alloc(wave->room + TEXT_PAD);
    sync_mutex_init(&wave->lock, SYNC_RANK_LEAF);
    if (wave->bytes == NULL) {
        wave_destroy(wave);
        return STATUS_NO_MEMORY;
    }
    *out_wave = wave;
    return STATUS_OK;
}

void wave_destroy(struct wave *wave) {
    if (wave == NULL) {
        return;
    }
    for (uint32_t i = 0; i < wave->idle_count; i++) {
        inverter_destroy(wave->idle[i]);
    }
    for (uint32_t i = 0; i < WAVE_BATCHES; i++) {
        sync_free(wave->batches[i].run.bytes);
    }
    sync_mutex_finish(&wave->lock);
    sync_free(wave->bytes);
    sync_free(wave->documents);
    sync_free(wave);
}

static size_t held_bytes(const struct wave *wave) {
    return wave->used + wave->document_count * sizeof(struct batch_document);
}

bool wave_has_room(const struct wave *wave, size_t bytes) {
    return wave->document_count == 0 ||
           held_bytes(wave) + bytes + sizeof(struct batch_document) <= wave->wave_bytes;
}

static const uint8_t *keep_bytes(struct wave *wave, const uint8_t *bytes, size_t count) {
    uint8_t *kept = wave->bytes + wave->used;
    if (count > 0) {
        memcpy(kept, bytes, count);
    }
    wave->used += count;
    return kept;
}

/* The same place in another piece. */
static const uint8_t *moved(const struct wave *wave, const uint8_t *to, const uint8_t *place) {
    return to + (place - wave->bytes);
}

/* Room for `bytes` more, twice as much as before if the wave may hold that. */
static enum status grow(struct wave *wave, size_t bytes) {
    size_t room = wave->room * 2 < wave->wave_bytes ? wave->room * 2 : wave->wave_bytes;
    room = room < wave->used + bytes ? wave->used + bytes : room;
    uint8_t *larger = sync_alloc(room + TEXT_PAD);
    if (larger == NULL) {
        return STATUS_NO_MEMORY;
    }
    memcpy(larger, wave->bytes, wave->used);
    for (size_t i = 0; i < wave->document_count; i++) {
        struct batch_document *document = &wave->documents[i];
        document->id = moved(wave, larger, document->id);
        document->title = moved(wave, larger, document->title);
        document->text = moved(wave, larger, document->text);
    }
    sync_free(wave->bytes);
    wave->bytes = larger;
    wave->room = room;
    return STATUS_OK;
}

enum status wave_add(struct wave *wave, const struct index_input *input,
                     const struct batch_document *document) {
    size_t bytes = input->id_bytes + input->title_bytes + input->text_bytes;
    if (bytes > wave->room - wave->used && grow(wave, bytes) != STATUS_OK) {
        return STATUS_NO_MEMORY;
    }
    if (wave->document_count == wave->documents_room) {
        size_t room = wave->documents_room * 2 + DOCUMENTS_FIRST;
        struct batch_document *grown = sync_resize(wave->documents, room * sizeof(*grown));
        if (grown == NULL) {
            return STATUS_NO_MEMORY;
        }
        wave->documents = grown;
        wave->documents_room = room;
    }
    struct batch_document *kept = &wave->documents[wave->document_count++];
    *kept = *document;
    kept->id = keep_bytes(wave, input->id, input->id_bytes);
    kept->title = keep_bytes(wave, input->title, input->title_bytes);
    kept->text = keep_bytes(wave, input->text, input->text_bytes);
    kept->id_bytes = (uint32_t)input->id_bytes;
    kept->title_bytes = (uint32_t)input->title_bytes;
    kept->text_bytes = (uint32_t)input->text_bytes;
    return STATUS_OK;
}

/* ---- order inside a batch ---- */

static bool is_before(const struct batch_document *a, const struct batch_document *b) {
    int order = segment_compare(a->id, a->id_bytes, b->id, b->id_bytes);
    return order != 0 ? order < 0 : a->sequence < b->sequence;
}

static void sift(struct batch_document *documents, size_t root, size_t count) {
    struct batch_document held = documents[root];
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count) {
            break;
        }
        if (child + 1 < count && is_before(&documents[child], &documents[child + 1])) {
            child++;
        }
        if (!is_before(&held, &documents[child])) {
            break;
        }
        documents[root] = documents[child];
        root = child;
    }
    documents[root] = held;
}

/* Files arrive in path order, so mostly there is nothing to do. */
static void sort_documents(struct batch_document *documents, size_t count) {
    size_t sorted = 1;
    while (sorted < count && is_before(&documents[sorted - 1], &documents[sorted])) {
        sorted++;
    }
    if (sorted >= count) {
        return;
    }
    for (size_t root = count / 2; root-- > 0;) {
        sift(documents, root, count);
    }
    for (size_t left = count - 1; left > 0; left--) {
        struct batch_document held = documents[0];
        documents[0] = documents[left];
        documents[left] = held;
        sift(documents, 0, left);
    }
}

/* Of neighbours with one id the last stays. */
static size_t drop_doubles(struct batch_document *documents, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && segment_compare(documents[i].id, documents[i].id_bytes,
                                             documents[i + 1].id,
                                             documents[i + 1].id_bytes) == 0) {
            continue;
        }
        documents[kept++] = documents[i];
    }
    return kept;
}

void wave_cut(struct wave *wave) {
    size_t grain = wave->wave_bytes / WAVE_BATCHES;
    size_t at = 0;
    wave->batch_count = 0;
    while (at < wave->document_count) {
        struct batch *batch = &wave->batches[wave->batch_count++];
        size_t bytes = 0;
        size_t begin = at;
        while (at < wave->document_count && (bytes < grain || wave->batch_count == WAVE_BATCHES)) {
            const struct batch_document *document = &wave->documents[at++];
            bytes += sizeof(*document) + document->id_bytes + document->title_bytes +
                     document->text_bytes;
        }
        batch->documents = wave->documents + begin;
        batch->count = at - begin;
        batch->done = 0;
    }
    for (uint32_t i = 0; i < wave->batch_count; i++) {
        struct batch *batch = &wave->batches[i];
        sort_documents(batch->documents, batch->count);
        batch->count = drop_doubles(batch->documents, batch->count);
    }
}

bool wave_is_pending(const struct wave *wave) {
    for (uint32_t i = 0; i < wave->batch_count; i++) {
        if (wave->batches[i].done < wave->batches[i].count) {
            return true;
        }
    }
    return false;
}

/* ---- inversion ---- */

static enum status take_inverter(struct wave *wave, struct inverter **out_inverter) {
    sync_mutex_lock(&wave->lock);
    bool is_found = wave->idle_count > 0;
    if (is_found) {
        *out_inverter = wave->idle[--wave->idle_count];
    }
    sync_mutex_unlock(&wave->lock);
    return is_found ? STATUS_OK : inverter_create(wave->language, out_inverter);
}

static void give_inverter(struct wave *wave, struct inverter *inverter, enum status status) {
    bool is_kept = false;
    if (status == STATUS_OK) {
        sync_mutex_lock(&wave->lock);
        is_kept = wave->idle_count < INVERTERS_MAX;
        if (is_kept) {
            wave->idle[wave->idle_count++] = inverter;
        }
        sync_mutex_unlock(&wave->lock);
    }
    if (!is_kept) {
        inverter_destroy(inverter);
    }
}

static enum status invert_batch(struct wave *wave, struct batch *batch) {
    batch->run.document_count = 0;
    if (batch->done == batch->count) {
        return STATUS_OK;
    }
    struct inverter *inverter;
    enum status status = take_inverter(wave, &inverter);
    if (status != STATUS_OK) {
        return status;
    }
    size_t done = 0;
    struct batch_span left = { batch->documents + batch->done, batch->count - batch->done };
    status = inverter_run(inverter, &left, wave->inverter_bytes, &batch->run, &done);
    batch->done += done;
    give_inverter(wave, inverter, status);
    return status;
}

static enum status invert_chunk(const struct workpool_chunk *chunk) {
    struct wave *wave = chunk->context;
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        enum status status = invert_batch(wave, &wave->batches[wave->window + i]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static const struct workpool_kind invert_kind = {
    .name = "indexer.invert",
    .body = invert_chunk,
};

static const struct workpool_kind *const kinds[] = { &invert_kind, &search_batch_kind,
                                                    &extract_batch_kind };
const struct workpool_kind_set indexer_kinds = { kinds, COUNT_OF(kinds) };

enum status wave_invert(struct wave *wave, struct workpool *pool) {
    for (wave->window = 0; wave->window < wave->batch_count; wave->window += wave->at_once) {
        uint32_t left = wave->batch_count - wave->window;
        struct workpool_job job = {
            .kind = &invert_kind,
            .count = left < wave->at_once ? left : wave->at_once,
            .grain = 1,
            .context = wave,
        };
        enum status status = workpool_run(pool, &job, NULL);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

const struct run_bytes *wave_run(const struct wave *wave, uint32_t number) {
    return number < wave->batch_count ? &wave->batches[number].run : NULL;
}

void wave_reset(struct wave *wave) {
    wave->used = 0;
    wave->document_count = 0;
    wave->batch_count = 0;
}
