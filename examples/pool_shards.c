/*
 * pool_shards.c - work on named shards in any order, and merge them in the order of
 * their names; or get the complete list of what went wrong, in that order too.
 *
 *     pool_shards [WORKERS]
 *
 * The merge sees small descriptions (where the longest word is, not the word): large
 * results stay where they are until the merge asks for them.
 *
 * uses: base sync workpool
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workpool/parallel.h"

enum { SHARDS = 4 };

/* A key of two fields: the same on every run, unlike an address or a counter. */
struct key {
    const char *book;
    int chapter;
};

struct shard {
    const char *text;   /* in */
    size_t words;       /* out */
    size_t longest_at;  /* out: an offset into the text */
    size_t longest;
};

static enum status count_words(const struct workpool_chunk *chunk) {
    struct shard *shard = chunk->context;
    size_t begin = 0;
    for (size_t i = 0;; i++) {
        unsigned char c = (unsigned char)shard->text[i];
        if (c >= 0x80) {
            return diag_fail(chunk->diag, STATUS_UNSUPPORTED, i, "letter outside ASCII");
        }
        if (isalpha(c)) {
            continue;
        }
        shard->words += i > begin;
        if (i - begin > shard->longest) {
            shard->longest = i - begin;
            shard->longest_at = begin;
        }
        begin = i + 1;
        if (c == '\0') {
            return STATUS_OK;
        }
    }
}

static const struct workpool_kind count_kind = { .name = "shards.count", .body = count_words };
static const struct workpool_kind *const kinds[] = { &count_kind };
static const struct workpool_kind_set shard_kinds = { kinds, 1 };
static const struct workpool_kind_set *const kind_sets[] = { &shard_kinds };

static int by_book_and_chapter(const void *a, const void *b) {
    const struct key *x = a;
    const struct key *y = b;
    int books = strcmp(x->book, y->book);
    return books != 0 ? books : (x->chapter > y->chapter) - (x->chapter < y->chapter);
}

static enum status print_all(const struct workpool_task *const *sorted, uint64_t count, void *out) {
    for (uint64_t i = 0; i < count; i++) {
        const struct key *key = sorted[i]->key;
        const struct shard *shard = sorted[i]->context;
        fprintf(out, "%s %d: %zu words, longest \"%.*s\"\n", key->book, key->chapter,
                shard->words, (int)shard->longest, shard->text + shard->longest_at);
    }
    return STATUS_OK;
}

static enum status run(struct workpool *pool, int64_t workers, const char *const texts[SHARDS]) {
    static const struct key keys[SHARDS] = { { "Weft", 2 }, { "Warp", 10 }, { "Weft", 1 },
                                             { "Warp", 9 } };
    struct shard shards[SHARDS] = { { .text = NULL } };
    struct workpool_task tasks[SHARDS];
    for (int i = 0; i < SHARDS; i++) {
        shards[i].text = texts[i];
        tasks[i] = (struct workpool_task){ .key = &keys[i], .kind = &count_kind,
                                           .context = &shards[i] };
    }
    struct workpool_errors errors;
    enum status status = workpool_run_parallel(&(struct workpool_parallel){
        .pool = pool, .max_workers = workers, .tasks = tasks, .count = SHARDS,
        .order = by_book_and_chapter, .merge = print_all, .out = stdout }, &errors);
    for (uint64_t i = 0; i < errors.count; i++) {
        const struct key *key = errors.errors[i].task->key;
        printf("%s %d: offset %d: %s\n", key->book, key->chapter, (int)errors.errors[i].offset,
               errors.errors[i].message);
    }
    workpool_errors_free(&errors);
    return status;
}

int main(int argc, char **argv) {
    int64_t workers = argc > 1 ? strtol(argv[1], NULL, 10) : 2;
    struct workpool_options options = { .name = "shards", .kind_sets = kind_sets,
                                        .kind_set_count = 1,
                                        .workers = workers > 0 ? (uint32_t)workers : 1 };
    struct workpool *pool;
    if (workpool_create(&options, &pool, NULL) != STATUS_OK) {
        return 1;
    }
    const char *broken[SHARDS] = { "many threads", "na\xc3\xafve", "one order", "caf\xc3\xa9" };
    const char *whole[SHARDS] = { "many threads", "naive", "one canonical order", "cafe" };
    bool is_right = run(pool, workers, broken) == STATUS_UNSUPPORTED &&
                    run(pool, workers, whole) == STATUS_OK;
    workpool_destroy(pool);
    return is_right ? 0 : 1;
}
