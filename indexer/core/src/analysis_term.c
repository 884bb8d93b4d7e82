/* analysis_term.c - terms: made by folding and stemming, numbered in order of first sight. */
#include <string.h>

#include <libstemmer.h>

#include "analysis_impl.h"
#include "base/assert.h"
#include "sync/memory.h"

enum { TERMS_FIRST = 256 };

static bool is_ascii(const uint8_t *bytes, uint32_t count) {
    uint8_t all = 0;
    for (uint32_t i = 0; i < count; i++) {
        all |= bytes[i];
    }
    return all < 0x80;
}

static enum status number_term(struct analysis *analysis, const struct analysis_key *key,
                               uint32_t *out_term) {
    if (analysis->term_count == analysis->term_capacity) {
        uint32_t capacity = analysis->term_capacity == 0 ? TERMS_FIRST
                                                         : analysis->term_capacity * 2;
        const uint8_t **larger = sync_resize(analysis->term_bytes,
                                             (size_t)capacity * sizeof(*larger));
        if (larger == NULL) {
            return STATUS_NO_MEMORY;
        }
        analysis->term_bytes = larger;
        analysis->term_capacity = capacity;
    }
    uint8_t *copy = analysis_store_take(&analysis->store, (size_t)key->count + 1);
    if (copy == NULL) {
        return STATUS_NO_MEMORY;
    }
    copy[0] = (uint8_t)key->count;
    memcpy(copy + 1, key->bytes, key->count);
    *out_term = analysis->term_count;
    analysis->term_bytes[analysis->term_count] = copy;
    return STATUS_OK;
}

/* The number of these bytes as a term, from `table`, where they are added when new. */
static enum status intern(struct analysis *analysis, struct analysis_table *table,
                          const struct analysis_key *key, uint32_t *out_term) {
    const struct analysis_slot *slot = analysis_table_find(table, key);
    if (slot != NULL) {
        *out_term = slot->term;
        return STATUS_OK;
    }
    enum status status = number_term(analysis, key, out_term);
    if (status == STATUS_OK) {
        status = analysis_table_add(table, &analysis->store, key, *out_term);
    }
    if (status == STATUS_OK) {
        analysis->term_count++;
    }
    return status;
}

static enum status stem_and_intern(struct analysis *analysis, const uint8_t *folded,
                                   uint32_t count, uint32_t *out_term) {
    if (analysis_is_stop_word(folded, count)) {
        *out_term = ANALYSIS_STOP;
        return STATUS_OK;
    }
    const uint8_t *stem = folded;
    uint32_t stem_count = count;
    if (!analysis_is_too_short_to_stem(count)) {
        stem = sb_stemmer_stem(analysis->stemmer, folded, (int)count);
        if (stem == NULL) {
            return STATUS_NO_MEMORY;
        }
        stem_count = (uint32_t)sb_stemmer_length(analysis->stemmer);
        ASSERT(stem_count <= ANALYSIS_TERM_BYTES_MAX);
    }
    if (stem_count == 0) {
        *out_term = ANALYSIS_STOP;
        return STATUS_OK;
    }
    struct analysis_key key = analysis_key_over(stem, stem_count);
    return intern(analysis, &analysis->terms, &key, out_term);
}

/*
 * Without a stemmer an ASCII key is its own term and lives in the table of
 * spellings only; other terms live in `terms`, because folding what is folded
 * already need not give the same again.
 */
static enum status make_term(struct analysis *analysis, const struct analysis_key *key,
                             uint32_t *out_term) {
    uint8_t folded[ANALYSIS_TERM_BYTES_MAX];
    const uint8_t *bytes = key->bytes;
    uint32_t count = key->count;
    if (!is_ascii(bytes, count)) {
        count = analysis_fold_word(bytes, count, folded);
        bytes = folded;
    }
    if (count == 0) {
        *out_term = ANALYSIS_EMPTY;
        return STATUS_OK;
    }
    if (analysis->lang == ANALYSIS_ENGLISH) {
        return stem_and_intern(analysis, bytes, count, out_term);
    }
    struct analysis_key term_key = analysis_key_over(bytes, count);
    struct analysis_table *table = is_ascii(bytes, count) ? &analysis->spellings
                                                          : &analysis->terms;
    return intern(analysis, table, &term_key, out_term);
}

enum status analysis_admit(struct analysis *analysis, const struct analysis_key *key,
                           uint32_t *out_term) {
    const struct analysis_slot *slot = analysis_table_find(&analysis->spellings, key);
    if (slot != NULL) {
        *out_term = slot->term;
        return STATUS_OK;
    }
    enum status status = make_term(analysis, key, out_term);
    bool is_added = analysis->lang == ANALYSIS_NONE && is_ascii(key->bytes, key->count);
    if (status == STATUS_OK && !is_added) {
        status = analysis_table_add(&analysis->spellings, &analysis->store, key, *out_term);
    }
    return status;
}
