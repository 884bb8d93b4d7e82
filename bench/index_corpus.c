/* index_corpus.c - documents from a file, or made up. */
#include "index_corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/file.h"
#include "sync/memory.h"
#include "sync/random.h"

enum {
    MADE_BYTES = 48 << 20,
    MADE_WORDS = 300000,        /* in the vocabulary */
    MADE_WORD_BYTES = 24,
    MADE_DOCUMENT_WORDS = 900,  /* at most */
    MADE_TOPICS = 2000,         /* neighbourhoods of the vocabulary */
    ID_BYTES = 9,
};

static void out_of_memory(void) {
    fputs("index_bench: out of memory\n", stderr);
    exit(1);
}

static void add(struct index_corpus *corpus, size_t *room, const char *id, size_t id_bytes,
                const char *text, size_t text_bytes) {
    if (corpus->document_count == *room) {
        *room = *room * 2 + 1024;
        corpus->documents = sync_resize(corpus->documents, *room * sizeof(*corpus->documents));
        if (corpus->documents == NULL) {
            out_of_memory();
        }
    }
    corpus->documents[corpus->document_count++] =
        (struct index_corpus_document){ id, id_bytes, text, text_bytes };
    corpus->text_bytes += text_bytes;
}

/* Word `rank` of the vocabulary: syllables that spell the rank, frequent words short. */
static size_t spell(char *out, uint64_t rank) {
    static const char consonants[] = "tnsrhldcmpfgbvkw";
    static const char vowels[] = "eaiou";
    size_t bytes = 0;
    uint64_t left = rank + 1;
    while (left > 0) {
        uint64_t syllable = left % 80;
        out[bytes++] = consonants[syllable % 16];
        out[bytes++] = vowels[syllable / 16];
        if ((rank * 7 + bytes) % 3 == 0) {
            out[bytes] = consonants[(rank + bytes) % 16];
            bytes++;
        }
        left /= 80;
    }
    return bytes;
}

/* About 1 / k: a rank below a bound whose logarithm is even. */
static uint64_t draw(struct sync_sequence *sequence) {
    static const uint64_t bounds[] = { 8, 40, 200, 1000, 5000, 25000, 125000, MADE_WORDS };
    uint64_t step = sync_sequence_below(sequence, sizeof(bounds) / sizeof(bounds[0]));
    return sync_sequence_below(sequence, bounds[step]);
}

static size_t make_text(struct sync_sequence *sequence, char *out) {
    size_t words = 20 + sync_sequence_below(sequence, MADE_DOCUMENT_WORDS);
    uint64_t topic = sync_sequence_below(sequence, MADE_TOPICS) * (MADE_WORDS / MADE_TOPICS);
    size_t bytes = 0;
    for (size_t i = 0; i < words; i++) {
        bool is_topical = sync_sequence_below(sequence, 6) == 0;
        uint64_t rank = is_topical ? topic + sync_sequence_below(sequence, 12) : draw(sequence);
        bytes += spell(out + bytes, rank);
        out[bytes++] = i + 1 == words ? '.' : ' ';
    }
    out[bytes] = '\0';
    return bytes;
}

static void make_up(struct index_corpus *corpus) {
    struct sync_sequence sequence = { 20261120 };
    size_t most = ID_BYTES + 1 + (size_t)(MADE_DOCUMENT_WORDS + 20) * MADE_WORD_BYTES + 1;
    size_t room = 0;
    char *at = corpus->memory = sync_alloc((size_t)MADE_BYTES + most);
    if (at == NULL) {
        out_of_memory();
    }
    for (unsigned number = 0; corpus->text_bytes < MADE_BYTES - most; number++) {
        if (at + most > corpus->memory + MADE_BYTES + most) {
            break;
        }
        snprintf(at, ID_BYTES + 1, "%09u", number);
        char *text = at + ID_BYTES + 1;
        size_t bytes = make_text(&sequence, text);
        add(corpus, &room, at, ID_BYTES, text, bytes);
        at = text + bytes + 1;
    }
}

static void read_lines(struct index_corpus *corpus, struct sync_bytes *file) {
    size_t room = 0;
    char *end = (char *)file->bytes + file->count;
    for (char *line = (char *)file->bytes; line < end;) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop != NULL ? stop : end;
        *stop = '\0';
        char *tab = memchr(line, '\t', (size_t)(stop - line));
        if (tab != NULL && tab > line) {
            add(corpus, &room, line, (size_t)(tab - line), tab + 1, (size_t)(stop - tab - 1));
        }
        line = stop + 1;
    }
    corpus->memory = (char *)file->bytes;
}

void index_corpus_load(struct index_corpus *out_corpus) {
    const char *path = getenv("WEFT_INDEX_CORPUS");
    *out_corpus = (struct index_corpus){ 0 };
    if (path == NULL) {
        make_up(out_corpus);
        return;
    }
    struct sync_bytes file;
    struct diag diag = { STATUS_OK, 0, NULL };
    if (sync_file_read(path, (size_t)4 << 30, &file, &diag) != STATUS_OK) {
        fprintf(stderr, "index_bench: %s: %s\n", path, diag.reason);
        exit(1);
    }
    read_lines(out_corpus, &file);
}

void index_corpus_free(struct index_corpus *corpus) {
    sync_free(corpus->documents);
    sync_free(corpus->memory);
    *corpus = (struct index_corpus){ 0 };
}
