/* analysis.c - the loop: windows of text to words, words to tokens. */
#include "analysis.h"

#include <string.h>

#include <libstemmer.h>

#include "analysis_impl.h"
#include "analysis_key.h"
#include "base/assert.h"
#include "base/attr.h"
#include "base/endian.h"
#include "sync/memory.h"

enum { SLOTS_FIRST = 256, PROBE_AHEAD = 12, EDGES_AT_ONCE = 8 };

/* The bytes of a little-endian 16-byte load that belong to a key of each length. */
#define LOW(n) (UINT64_MAX >> (64 - 8 * (n)))
static const uint64_t key_masks[ANALYSIS_SHORT + 1][2] = {
    { 0, 0 },
    { LOW(1), 0 }, { LOW(2), 0 }, { LOW(3), 0 }, { LOW(4), 0 },
    { LOW(5), 0 }, { LOW(6), 0 }, { LOW(7), 0 }, { LOW(8), 0 },
    { LOW(8), LOW(1) }, { LOW(8), LOW(2) }, { LOW(8), LOW(3) }, { LOW(8), LOW(4) },
    { LOW(8), LOW(5) }, { LOW(8), LOW(6) }, { LOW(8), LOW(7) }, { LOW(8), LOW(8) },
};

enum status analysis_create(enum analysis_lang lang, struct analysis **out_analysis) {
    ASSERT(lang < ANALYSIS_LANGS);
    *out_analysis = NULL;
    struct analysis *analysis = sync_alloc_zero(1, sizeof(*analysis));
    if (analysis == NULL) {
        return STATUS_NO_MEMORY;
    }
    analysis->lang = lang;
    analysis->fold_window = analysis_fold_vector();
    if (analysis->fold_window == NULL) {
        analysis->fold_window = analysis_fold_portable;
    }
    enum status status = analysis_table_init(&analysis->spellings, SLOTS_FIRST);
    if (status == STATUS_OK) {
        status = analysis_table_init(&analysis->terms, SLOTS_FIRST);
    }
    if (status == STATUS_OK && lang == ANALYSIS_ENGLISH) {
        analysis->stemmer = sb_stemmer_new("porter", "UTF_8");
        status = analysis->stemmer == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    }
    if (status != STATUS_OK) {
        analysis_destroy(analysis);
        return status;
    }
    *out_analysis = analysis;
    return STATUS_OK;
}

void analysis_destroy(struct analysis *analysis) {
    if (analysis == NULL) {
        return;
    }
    if (analysis->stemmer != NULL) {
        sb_stemmer_delete(analysis->stemmer);
    }
    analysis_table_finish(&analysis->spellings);
    analysis_table_finish(&analysis->terms);
    analysis_store_clear(&analysis->store);
    sync_free(analysis->term_bytes);
    sync_free(analysis);
}

void analysis_reset(struct analysis *analysis) {
    analysis_table_clear(&analysis->spellings);
    analysis_table_clear(&analysis->terms);
    analysis_store_clear(&analysis->store);
    analysis->term_count = 0;
    analysis->text_bytes = 0;
    analysis->next_begin = 0;
    analysis->word_next = 0;
    analysis->word_count = 0;
}

void analysis_begin(struct analysis *analysis, const void *text, size_t text_bytes) {
    ASSERT(text_bytes <= ANALYSIS_TEXT_BYTES_MAX);
    analysis->text = text;
    analysis->text_bytes = (uint32_t)text_bytes;
    analysis->next_begin = 0;
    analysis->position = 0;
    analysis->word_next = 0;
    analysis->word_count = 0;
}

/* ---- windows ---- */

/* Fold the window at `next_begin`; returns its bytes and whether all are ASCII. */
static uint32_t fold_window(struct analysis *analysis, bool *out_is_ascii) {
    analysis->window_begin = analysis->next_begin;
    const uint8_t *from = analysis->text + analysis->window_begin;
    uint32_t left = analysis->text_bytes - analysis->window_begin;
    uint32_t bytes = left < ANALYSIS_WINDOW ? left : ANALYSIS_WINDOW;
    uint32_t blocks = bytes / ANALYSIS_BLOCK;
    uint64_t high = analysis->fold_window(from, blocks, analysis->fold, analysis->word_mask,
                                          analysis->high_mask);
    uint32_t tail = bytes % ANALYSIS_BLOCK;
    if (tail > 0) {
        uint8_t padded[ANALYSIS_BLOCK] = { 0 };
        memcpy(padded, from + blocks * ANALYSIS_BLOCK, tail);
        high |= analysis->fold_window(padded, 1, analysis->fold + blocks * ANALYSIS_BLOCK,
                                      analysis->word_mask + blocks, analysis->high_mask + blocks);
    }
    *out_is_ascii = high == 0;
    return bytes;
}

/*
 * Where runs of word bytes begin and end, in turn, from the start of the window;
 * an even number: a run that is cut by the end of the window ends there.
 */
static uint32_t find_edges(struct analysis *analysis, uint32_t bytes) {
    uint32_t *edges = analysis->edges;
    uint32_t count = 0;
    uint64_t carry = 0;
    uint32_t blocks = (bytes + ANALYSIS_BLOCK - 1) / ANALYSIS_BLOCK;
    for (uint32_t block = 0; block < blocks; block++) {
        uint64_t word = analysis->word_mask[block];
        uint64_t changes = word ^ (word << 1 | carry);
        carry = word >> 63;
        uint32_t changed = (uint32_t)__builtin_popcountll(changes);
        /* Eight at a time without a branch; what is written past `changed` is overwritten. */
        for (uint32_t done = 0; done < changed; done += EDGES_AT_ONCE) {
            for (uint32_t i = 0; i < EDGES_AT_ONCE; i++) {
                uint64_t bit = changes | UINT64_C(1) << 63;
                edges[count + done + i] = block * ANALYSIS_BLOCK + (uint32_t)__builtin_ctzll(bit);
                changes &= changes - 1;
            }
        }
        count += changed;
    }
    if (count % 2 == 1) {
        edges[count++] = bytes;
    }
    return count;
}

static bool has_high(const uint8_t *bytes, uint32_t count) {
    uint8_t all = 0;
    for (uint32_t i = 0; i < count; i++) {
        all |= bytes[i];
    }
    return all >= 0x80;
}

/* ---- words ---- */

/* A short word of ASCII letters and digits at these places of the window. */
static inline void put_short_word(struct analysis *analysis, uint32_t begin, uint32_t end) {
    struct analysis_word *word = &analysis->words[analysis->word_count++];
    const uint8_t *at = analysis->fold + begin;
    uint32_t bytes = end - begin;
    word->begin = analysis->window_begin + begin;
    word->end = analysis->window_begin + end;
    word->key_bytes = (uint16_t)bytes;
    word->is_raw = 0;
    word->hash = analysis_hash(get_le64(at) & key_masks[bytes][0],
                               get_le64(at + 8) & key_masks[bytes][1]);
}

/*
 * Any word at these places of the text.  It starts in the window, and so does the
 * whole of its key.
 */
static void put_word(struct analysis *analysis, uint32_t begin, uint32_t end) {
    const uint8_t *raw = analysis->text + begin;
    const uint8_t *folded = analysis->fold + (begin - analysis->window_begin);
    uint32_t key_bytes = analysis_cut(raw, end - begin);
    bool is_raw = has_high(raw, key_bytes);
    analysis->words[analysis->word_count++] = (struct analysis_word){
        .begin = begin, .end = end, .key_bytes = (uint16_t)key_bytes, .is_raw = is_raw,
        .hash = analysis_key_over(is_raw ? raw : folded, key_bytes).hash };
}

/*
 * Cut the run [begin, end) of the window into words by character, and say where in
 * the text to go on.  A word that reaches the end of the window but did not start
 * with it is left to the next window, which will begin with it.
 */
static uint32_t put_run(struct analysis *analysis, uint32_t begin, uint32_t end,
                        uint32_t window_end) {
    uint32_t at = analysis->window_begin + begin;
    uint32_t stop = analysis->window_begin + end;
    while (at < stop) {
        uint32_t bytes;
        int32_t character = analysis_decode(analysis->text, analysis->text_bytes, at, &bytes);
        enum analysis_class class = analysis_class_of(character);
        if (class != ANALYSIS_LETTER && class != ANALYSIS_ALONE) {
            at += bytes;
            continue;
        }
        uint32_t word_end = (uint32_t)analysis_word_end(analysis->text, analysis->text_bytes, at);
        bool is_cut = word_end >= window_end && window_end < analysis->text_bytes;
        if (is_cut && at > analysis->window_begin) {
            return at;
        }
        put_word(analysis, at, word_end);
        at = word_end;
    }
    return at;
}

/* Cut the window at `next_begin` into words and move on behind it. */
static void cut_window(struct analysis *analysis) {
    bool is_ascii;
    uint32_t bytes = fold_window(analysis, &is_ascii);
    uint32_t count = find_edges(analysis, bytes);
    uint32_t window_end = analysis->window_begin + bytes;
    analysis->next_begin = window_end;
    analysis->word_count = 0;
    analysis->word_next = 0;
    for (uint32_t i = 0; i < count; i += 2) {
        uint32_t begin = analysis->edges[i];
        uint32_t end = analysis->edges[i + 1];
        bool is_last = end == bytes && window_end < analysis->text_bytes;
        bool is_plain = end - begin <= ANALYSIS_SHORT && !is_last
                        && (is_ascii || !has_high(analysis->fold + begin, end - begin));
        if (LIKELY(is_plain)) {
            put_short_word(analysis, begin, end);
            continue;
        }
        uint32_t at = put_run(analysis, begin, end, window_end);
        if (is_last) {
            analysis->next_begin = at;
        }
    }
}

/* ---- tokens ---- */

static inline const uint8_t *key_of(const struct analysis *analysis,
                                    const struct analysis_word *word) {
    return word->is_raw ? analysis->text + word->begin
                        : analysis->fold + (word->begin - analysis->window_begin);
}

/* The slot of a short word where it is seen at the first probe; NULL otherwise. */
static inline const struct analysis_slot *first_probe(const struct analysis *analysis,
                                                      const struct analysis_word *word) {
    const struct analysis_table *table = &analysis->spellings;
    const struct analysis_slot *slot = &table->slots[word->hash & table->mask];
    uint32_t bytes = word->key_bytes;
    if (UNLIKELY(bytes > ANALYSIS_SHORT || word->is_raw)) {
        return NULL;
    }
    const uint8_t *at = analysis->fold + (word->begin - analysis->window_begin);
    uint64_t miss = ((get_le64(at) & key_masks[bytes][0]) ^ slot->key[0])
                    | ((get_le64(at + 8) & key_masks[bytes][1]) ^ slot->key[1])
                    | (bytes ^ slot->bytes);
    return miss == 0 ? slot : NULL;
}

static enum status term_of(struct analysis *analysis, const struct analysis_word *word,
                           uint32_t *out_term) {
    const struct analysis_slot *slot = first_probe(analysis, word);
    if (LIKELY(slot != NULL)) {
        *out_term = slot->term;
        return STATUS_OK;
    }
    struct analysis_key key = analysis_key_over(key_of(analysis, word), word->key_bytes);
    return analysis_admit(analysis, &key, out_term);
}

enum status analysis_next(struct analysis *analysis, struct analysis_token *tokens,
                          size_t capacity, size_t *out_count) {
    ASSERT(capacity >= 1);
    size_t count = 0;
    *out_count = 0;
    while (count < capacity) {
        if (analysis->word_next == analysis->word_count) {
            if (analysis->next_begin >= analysis->text_bytes) {
                break;
            }
            cut_window(analysis);
            continue;
        }
        uint32_t ahead = analysis->word_next + PROBE_AHEAD;
        if (ahead < analysis->word_count) {
            const struct analysis_table *table = &analysis->spellings;
            __builtin_prefetch(&table->slots[analysis->words[ahead].hash & table->mask]);
        }
        const struct analysis_word *word = &analysis->words[analysis->word_next++];
        uint32_t term;
        enum status status = term_of(analysis, word, &term);
        if (UNLIKELY(status != STATUS_OK)) {
            return status;
        }
        tokens[count] = (struct analysis_token){
            .term = term, .position = analysis->position, .begin = word->begin, .end = word->end };
        /* Without a branch: stop words take a position only, empty ones nothing. */
        count += term < ANALYSIS_EMPTY;
        analysis->position += term != ANALYSIS_EMPTY;
    }
    *out_count = count;
    return STATUS_OK;
}

uint32_t analysis_positions(const struct analysis *analysis) {
    return analysis->position;
}

uint32_t analysis_term_count(const struct analysis *analysis) {
    return analysis->term_count;
}

const uint8_t *analysis_term(const struct analysis *analysis, uint32_t term,
                             uint32_t *out_bytes) {
    ASSERT(term < analysis->term_count);
    *out_bytes = analysis->term_bytes[term][0];
    return analysis->term_bytes[term] + 1;
}

size_t analysis_memory_bytes(const struct analysis *analysis) {
    return sizeof(*analysis) + analysis_table_memory(&analysis->spellings)
           + analysis_table_memory(&analysis->terms) + analysis->store.total_bytes
           + analysis->term_capacity * sizeof(*analysis->term_bytes);
}

static const char *const lang_names[ANALYSIS_LANGS] = { "none", "en" };

bool analysis_lang_from_name(const char *name, enum analysis_lang *out_lang) {
    for (uint32_t lang = 0; lang < ANALYSIS_LANGS; lang++) {
        if (strcmp(name, lang_names[lang]) == 0) {
            *out_lang = (enum analysis_lang)lang;
            return true;
        }
    }
    return false;
}

const char *analysis_lang_name(enum analysis_lang lang) {
    ASSERT(lang < ANALYSIS_LANGS);
    return lang_names[lang];
}
