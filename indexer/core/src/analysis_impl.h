/*
 * analysis_impl.h - the parts of the analyser that its source files share.
 *
 * The text is read in windows.  A kernel folds a window's ASCII letters and marks
 * which bytes belong to words (letters, digits, and every byte from 0x80 up) and
 * which are not ASCII.  Words are cut from the marks; a run with bytes over 0x7f
 * goes through utf8proc.  A word is then looked up by its key: the folded bytes
 * when it is ASCII, its own bytes otherwise.
 *
 * Units:    bytes
 * Shapes:   a window is ANALYSIS_WINDOW bytes, a mask bit a byte, lowest first
 * Threads:  as analysis.h
 * Memory:   as analysis.h
 * Errors:   as analysis.h
 * Source:   as analysis.h
 * Depends:  base
 */
#ifndef INDEXER_ANALYSIS_IMPL_H
#define INDEXER_ANALYSIS_IMPL_H

#include <stdbool.h>

#include "analysis.h"

enum {
    ANALYSIS_BLOCK = 64,                                  /* bytes a kernel takes at a time */
    ANALYSIS_WINDOW = 4096,                               /* a multiple of ANALYSIS_BLOCK */
    ANALYSIS_WINDOW_BLOCKS = ANALYSIS_WINDOW / ANALYSIS_BLOCK,
    ANALYSIS_WORDS_MAX = ANALYSIS_WINDOW / 2 + 1,         /* words that fit a window */
    ANALYSIS_SHORT = 16,                                  /* keys kept inside their slot */
};

/* What a key can stand for beside a term. */
#define ANALYSIS_STOP UINT32_MAX            /* a stop word: a position, no token */
#define ANALYSIS_EMPTY (UINT32_MAX - 1)     /* folds to nothing: no position either */

/*
 * Fold `blocks` blocks: ASCII capitals of `text` become small letters in `fold`,
 * other bytes are copied; bit i of word[b] says that byte i of block b belongs to
 * a word, bit i of high[b] that it is not ASCII.  Returns the union of `high`.
 */
typedef uint64_t (*analysis_fold_kernel)(const uint8_t *text, size_t blocks, uint8_t *fold,
                                         uint64_t *word, uint64_t *high);

uint64_t analysis_fold_portable(const uint8_t *text, size_t blocks, uint8_t *fold, uint64_t *word,
                                uint64_t *high);
/* The vector twin for this machine now, or NULL. */
analysis_fold_kernel analysis_fold_vector(void);

/* Keys and what they stand for; open addressing, at most half full. */
struct analysis_slot {
    uint64_t key[2];      /* the bytes, zero-padded; of long keys the first 8 and their place */
    uint32_t hash;
    uint32_t term;
    uint32_t bytes;       /* 0: the slot is empty */
    uint32_t unused;
};

struct analysis_table {
    struct analysis_slot *slots;
    uint32_t mask;        /* slots - 1 */
    uint32_t count;
};

/* Bytes of long keys and of terms, in pieces that never move. */
struct analysis_piece;
struct analysis_store {
    struct analysis_piece *newest;
    size_t used;          /* of the newest piece */
    size_t total_bytes;
};

/* A key made ready for its probe. */
struct analysis_key {
    const uint8_t *bytes;
    uint32_t count;
    uint32_t hash;
    uint64_t word[2];     /* as in the slot */
};

/* A word that was cut but not looked up yet. */
struct analysis_word {
    uint32_t begin;
    uint32_t end;
    uint32_t hash;
    uint16_t key_bytes;
    uint16_t is_raw;      /* the key is the text's own bytes, not the folded ones */
};

struct analysis {
    enum analysis_lang lang;
    analysis_fold_kernel fold_window;
    struct sb_stemmer *stemmer;            /* NULL unless English */

    struct analysis_table spellings;       /* key of a word -> term */
    struct analysis_table terms;           /* folded or stemmed bytes -> term */
    struct analysis_store store;
    const uint8_t **term_bytes;            /* by number: a length byte, then the bytes */
    uint32_t term_count;
    uint32_t term_capacity;

    const uint8_t *text;
    uint32_t text_bytes;
    uint32_t window_begin;                 /* where the window in `fold` starts */
    uint32_t next_begin;                   /* where the next one does */
    uint32_t position;
    uint32_t word_next;                    /* words already given of this window */
    uint32_t word_count;
    struct analysis_word words[ANALYSIS_WORDS_MAX];
    uint32_t edges[ANALYSIS_WINDOW + 16];  /* begins and ends of runs, in turn */
    uint64_t word_mask[ANALYSIS_WINDOW_BLOCKS];
    uint64_t high_mask[ANALYSIS_WINDOW_BLOCKS];
    uint8_t fold[ANALYSIS_WINDOW + 64];    /* the kernel's output and room to read over its end */
};

/* ---- analysis_table.c ---- */
/* Make a key of at least 1 byte ready; `bytes` stays the caller's. */
struct analysis_key analysis_key_over(const uint8_t *bytes, uint32_t count);
MUST_CHECK enum status analysis_table_init(struct analysis_table *table, uint32_t slots);
void analysis_table_finish(struct analysis_table *table);
void analysis_table_clear(struct analysis_table *table);
/* The slot of the key, or NULL. */
const struct analysis_slot *analysis_table_find(const struct analysis_table *table,
                                                const struct analysis_key *key);
/* Add a key that is not there; long keys are copied to the store. */
MUST_CHECK enum status analysis_table_add(struct analysis_table *table,
                                          struct analysis_store *store,
                                          const struct analysis_key *key, uint32_t term);
size_t analysis_table_memory(const struct analysis_table *table);

/* `bytes` bytes that stay until the store is cleared, or NULL. */
uint8_t *analysis_store_take(struct analysis_store *store, size_t bytes);
void analysis_store_clear(struct analysis_store *store);

/* ---- analysis_unicode.c ---- */
/*
 * The character at text[at], or -1 for a byte that is not UTF-8; *out_bytes is its
 * length (1 when bad).  at < text_bytes.
 */
int32_t analysis_decode(const uint8_t *text, size_t text_bytes, size_t at, uint32_t *out_bytes);

/* How a character takes part in words. */
enum analysis_class { ANALYSIS_GAP, ANALYSIS_LETTER, ANALYSIS_MARK, ANALYSIS_ALONE };
enum analysis_class analysis_class_of(int32_t character);

/* Where the word that starts at `begin` (a letter or a character alone) ends. */
size_t analysis_word_end(const uint8_t *text, size_t text_bytes, size_t begin);

/* Bytes of the longest prefix of at most ANALYSIS_TERM_BYTES_MAX that ends between characters. */
uint32_t analysis_cut(const uint8_t *bytes, size_t count);

/* Fold a valid UTF-8 word; returns the bytes written, at most ANALYSIS_TERM_BYTES_MAX. */
uint32_t analysis_fold_word(const uint8_t *word, uint32_t count,
                            uint8_t out[ANALYSIS_TERM_BYTES_MAX]);

/* ---- analysis_english.c ---- */
bool analysis_is_stop_word(const uint8_t *word, uint32_t count);
/* A folded word of so many bytes is its own stem. */
bool analysis_is_too_short_to_stem(uint32_t count);

/* ---- analysis_term.c ---- */
/* What a word with this key stands for, admitting it when it is new. */
MUST_CHECK enum status analysis_admit(struct analysis *analysis, const struct analysis_key *key,
                                      uint32_t *out_term);

#endif
