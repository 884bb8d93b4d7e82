/*
 * analysis.h - text to terms: words found, folded, stemmed and numbered.
 *
 * An analyser reads one document after another and gives its words as small
 * numbers.  A number stands for a term, the folded (and, for English, stemmed)
 * word; numbers are dense, in order of first sight, so that a builder keeps plain
 * arrays and needs no table of its own.  Each distinct spelling is folded and
 * stemmed once; after that a word costs one probe.
 *
 * A word is a run of letters, digits and the marks that follow them (Unicode
 * general categories L, N, M), save that each Han or Hiragana character is a word
 * by itself, so that phrases find text without spaces.  Folding is NFKD, case
 * folding, removal of ignorable characters and, over Latin and Greek letters, of
 * accents, then NFC.  Bytes that are not UTF-8 separate words.  A word over
 * ANALYSIS_TERM_BYTES_MAX bytes is cut there, at a character.
 * English: stop words take a position and give no token; words of one or two
 * bytes stay as they are; the rest is stemmed by Porter's rules.  The rules are
 * docs/formats/analysis.md.
 *
 * Units:    begin and end are bytes from the start of the text; positions count
 *           words from 0
 * Shapes:   none
 * Threads:  an analyser belongs to one thread at a time
 * Memory:   grows with the number of distinct words since create or reset; the
 *           text is borrowed from begin to the end of the document
 * Errors:   STATUS_NO_MEMORY; any bytes are a valid text
 * Source:   Unicode 15 through utf8proc, Porter 1980 through libstemmer
 * Depends:  base, sync
 */
#ifndef INDEXER_ANALYSIS_H
#define INDEXER_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"

enum {
    ANALYSIS_TERM_BYTES_MAX = 128,        /* longest term */
    ANALYSIS_TEXT_BYTES_MAX = 1 << 30,    /* longest text given to analysis_begin() */
};

/* Part of an index's manifest: the values are fixed. */
enum analysis_lang {
    ANALYSIS_NONE = 0,      /* fold only */
    ANALYSIS_ENGLISH = 1,   /* fold, drop stop words, stem */
    ANALYSIS_LANGS
};

/* Raised whenever the same text would give other terms; part of an index's manifest. */
enum { ANALYSIS_VERSION = 1 };

struct analysis;

struct analysis_token {
    uint32_t term;        /* number of the term */
    uint32_t position;    /* of the word in its text; rises strictly */
    uint32_t begin;       /* first byte of the word */
    uint32_t end;         /* one past its last byte */
};

/* An analyser without terms, or STATUS_NO_MEMORY and NULL. */
MUST_CHECK enum status analysis_create(enum analysis_lang lang, struct analysis **out_analysis);

/* NULL is ignored. */
void analysis_destroy(struct analysis *analysis);

/* Start a document.  Terms of earlier documents are kept. */
void analysis_begin(struct analysis *analysis, const void *text, size_t text_bytes);

/*
 * The next tokens of the document, at most `capacity` (at least 1); *out_count is 0
 * at its end and only there.  After STATUS_NO_MEMORY the document is lost, the
 * analyser is not.
 */
MUST_CHECK enum status analysis_next(struct analysis *analysis, struct analysis_token *tokens,
                                     size_t capacity, size_t *out_count);

/* Words met so far in this document, stop words counted: the next position. */
uint32_t analysis_positions(const struct analysis *analysis);

/* Terms known; their numbers are below this. */
uint32_t analysis_term_count(const struct analysis *analysis);

/* The bytes of a term, without a NUL; they stay in place until the next reset. */
const uint8_t *analysis_term(const struct analysis *analysis, uint32_t term, uint32_t *out_bytes);

/* Heap bytes held, for a caller that keeps a memory limit. */
size_t analysis_memory_bytes(const struct analysis *analysis);

/* Forget all terms.  Numbers start at 0 again. */
void analysis_reset(struct analysis *analysis);

/* "none" or "en"; false for anything else. */
bool analysis_lang_from_name(const char *name, enum analysis_lang *out_lang);
const char *analysis_lang_name(enum analysis_lang lang);

#endif
