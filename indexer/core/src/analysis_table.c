/*
 * analysis_table.c - from the bytes of a word to its number.
 *
 * A slot is half a cache line and holds keys of up to 16 bytes itself, so that a
 * common word costs one line.  Hash values never reach an output: numbers are
 * given in order of first sight.
 */
#include <string.h>

#include "analysis_impl.h"
#include "analysis_key.h"
#include "base/assert.h"
#include "base/hash.h"
#include "sync/memory.h"

enum { PIECE_BYTES = 1 << 16, PIECE_FIRST_BYTES = 1 << 12 };

struct analysis_piece {
    struct analysis_piece *older;
    size_t capacity;
    uint8_t bytes[];
};

uint8_t *analysis_store_take(struct analysis_store *store, size_t bytes) {
    ASSERT(bytes <= PIECE_FIRST_BYTES);
    if (store->newest == NULL || store->newest->capacity - store->used < bytes) {
        size_t capacity = store->newest == NULL ? PIECE_FIRST_BYTES : PIECE_BYTES;
        struct analysis_piece *piece = sync_alloc(sizeof(*piece) + capacity);
        if (piece == NULL) {
            return NULL;
        }
        piece->older = store->newest;
        piece->capacity = capacity;
        store->newest = piece;
        store->used = 0;
        store->total_bytes += sizeof(*piece) + capacity;
    }
    uint8_t *taken = store->newest->bytes + store->used;
    store->used += bytes;
    return taken;
}

void analysis_store_clear(struct analysis_store *store) {
    while (store->newest != NULL) {
        struct analysis_piece *piece = store->newest;
        store->newest = piece->older;
        sync_free(piece);
    }
    *store = (struct analysis_store){ .newest = NULL };
}

struct analysis_key analysis_key_over(const uint8_t *bytes, uint32_t count) {
    ASSERT(count >= 1 && count <= ANALYSIS_TERM_BYTES_MAX);
    struct analysis_key key = { .bytes = bytes, .count = count };
    if (count > ANALYSIS_SHORT) {
        key.hash = (uint32_t)hash_64(bytes, count, 0);
        memcpy(&key.word[0], bytes, sizeof(key.word[0]));
        return key;
    }
    uint8_t padded[ANALYSIS_SHORT] = { 0 };
    memcpy(padded, bytes, count);
    memcpy(key.word, padded, sizeof(padded));
    key.hash = analysis_hash(key.word[0], key.word[1]);
    return key;
}

enum status analysis_table_init(struct analysis_table *table, uint32_t slots) {
    *table = (struct analysis_table){ .mask = slots - 1 };
    table->slots = sync_alloc_zero(slots, sizeof(*table->slots));
    return table->slots == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

void analysis_table_finish(struct analysis_table *table) {
    sync_free(table->slots);
    table->slots = NULL;
}

void analysis_table_clear(struct analysis_table *table) {
    memset(table->slots, 0, ((size_t)table->mask + 1) * sizeof(*table->slots));
    table->count = 0;
}

static bool slot_holds(const struct analysis_slot *slot, const struct analysis_key *key) {
    if (slot->hash != key->hash || slot->bytes != key->count || slot->key[0] != key->word[0]) {
        return false;
    }
    if (key->count <= ANALYSIS_SHORT) {
        return slot->key[1] == key->word[1];
    }
    const uint8_t *stored = (const uint8_t *)(uintptr_t)slot->key[1];
    return memcmp(stored, key->bytes, key->count) == 0;
}

const struct analysis_slot *analysis_table_find(const struct analysis_table *table,
                                                const struct analysis_key *key) {
    for (uint32_t at = key->hash & table->mask;; at = (at + 1) & table->mask) {
        const struct analysis_slot *slot = &table->slots[at];
        if (slot->bytes == 0) {
            return NULL;
        }
        if (slot_holds(slot, key)) {
            return slot;
        }
    }
}

static struct analysis_slot *free_slot(struct analysis_table *table, uint32_t hash) {
    uint32_t at = hash & table->mask;
    while (table->slots[at].bytes != 0) {
        at = (at + 1) & table->mask;
    }
    return &table->slots[at];
}

static enum status table_grow(struct analysis_table *table) {
    if (table->mask >= UINT32_MAX / 2) {
        return STATUS_NO_MEMORY;
    }
    struct analysis_table larger;
    enum status status = analysis_table_init(&larger, (table->mask + 1) * 2);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i <= table->mask; i++) {
        if (table->slots[i].bytes != 0) {
            *free_slot(&larger, table->slots[i].hash) = table->slots[i];
        }
    }
    larger.count = table->count;
    analysis_table_finish(table);
    *table = larger;
    return STATUS_OK;
}

enum status analysis_table_add(struct analysis_table *table, struct analysis_store *store,
                               const struct analysis_key *key, uint32_t term) {
    if (table->count >= (table->mask + 1) / 2) {
        enum status status = table_grow(table);
        if (status != STATUS_OK) {
            return status;
        }
    }
    uint64_t second = key->word[1];
    if (key->count > ANALYSIS_SHORT) {
        uint8_t *copy = analysis_store_take(store, key->count);
        if (copy == NULL) {
            return STATUS_NO_MEMORY;
        }
        memcpy(copy, key->bytes, key->count);
        second = (uint64_t)(uintptr_t)copy;
    }
    *free_slot(table, key->hash) = (struct analysis_slot){
        .key = { key->word[0], second }, .hash = key->hash, .term = term, .bytes = key->count };
    table->count++;
    return STATUS_OK;
}

size_t analysis_table_memory(const struct analysis_table *table) {
    return ((size_t)table->mask + 1) * sizeof(*table->slots);
}
