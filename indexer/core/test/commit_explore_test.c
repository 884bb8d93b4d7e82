/*
 * commit_explore_test.c - building, changing and committing an index under a scheduler
 * that tries everything, with files that fail and crashes at any step.
 *
 * The explorer chooses the number of workers, one being the plain choice, so that every
 * index of whatever schedule has the bytes of the first.  After a crash the folder must
 * open, and hold what it held before the commit or what it holds after.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/digest.h"
#include "explore/explore.h"
#include "indexer/index.h"
#include "sync/file.h"
#include "workpool/workpool.h"

enum { WORKERS_MOST = 3, PATH_BYTES = 512, ENTRIES_MOST = 100, TRIES_MOST = 3 };

static const struct { const char *id, *text; } poems[] = {
    { "blake", "Tyger Tyger, burning bright, in the forests of the night" },
    { "frost", "Two roads diverged in a yellow wood, and sorry I could not travel both" },
    { "keats", "Much have I travelled in the realms of gold" },
};

static char base[PATH_BYTES / 2];      /* of this process: executions follow each other in it */
static char folder[PATH_BYTES];

static const struct workpool_kind_set *const kind_sets[] = { &indexer_kinds };

static void empty_folder(void) {
    struct sync_listing listing;
    if (sync_folder_list(folder, ENTRIES_MOST, &listing, NULL) != STATUS_OK) {
        return;
    }
    for (size_t i = 0; i < listing.count; i++) {
        char path[2 * PATH_BYTES];
        snprintf(path, sizeof(path), "%s/%s", folder, listing.entries[i].name);
        if (unlink(path) != 0) {
            abort();
        }
    }
    sync_listing_free(&listing);
    rmdir(folder);
}

static enum status put(struct index_writer *writer, size_t poem) {
    const struct index_input input = {
        .id = (const uint8_t *)poems[poem].id, .id_bytes = strlen(poems[poem].id),
        .text = (const uint8_t *)poems[poem].text, .text_bytes = strlen(poems[poem].text) };
    return index_writer_put(writer, &input, NULL);
}

static enum status finish(struct index_writer *writer, enum status status) {
    if (status != STATUS_OK) {
        index_writer_abort(writer);
        return status;
    }
    return index_writer_commit(writer, NULL);
}

static enum status build(struct workpool *pool, size_t poem_count) {
    const struct index_options options = { .pool = pool };
    struct index_writer *writer;
    enum status status = index_build_begin(folder, &options, &writer, NULL);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < poem_count && status == STATUS_OK; i++) {
        status = put(writer, i);
    }
    return finish(writer, status);
}

static enum status change(struct workpool *pool) {
    const struct index_options options = { .pool = pool };
    struct index_writer *writer;
    enum status status = index_change_begin(folder, &options, &writer, NULL);
    if (status != STATUS_OK) {
        return status;
    }
    status = put(writer, 2);
    if (status == STATUS_OK) {
        status = index_writer_delete(writer, (const uint8_t *)"frost", 5, NULL);
    }
    return finish(writer, status);
}

/* Documents in the index.  Opening may meet the one failure of its kind, so it is tried again. */
static uint64_t documents(uint8_t out_digest[DIGEST_BYTES]) {
    for (int tries = 0; tries < TRIES_MOST; tries++) {
        struct index *index;
        struct index_statistics statistics;
        if (index_open(folder, &index, NULL) != STATUS_OK) {
            continue;
        }
        index_statistics_read(index, &statistics);
        enum status status = index_content_digest(index, out_digest, NULL);
        index_close(index);
        if (status == STATUS_OK) {
            return statistics.document_count;
        }
    }
    return UINT64_MAX;
}

static struct workpool *open_pool(void) {
    const struct workpool_options options = { .name = "explored",
                                              .workers = 1 + explore_choose(WORKERS_MOST),
                                              .kind_sets = kind_sets, .kind_set_count = 1 };
    struct workpool *pool = NULL;
    EXPLORE_CHECK(workpool_create(&options, &pool, NULL) == STATUS_OK);
    return pool;
}

static void build_has_the_same_bytes(void) {
    uint8_t digest[DIGEST_BYTES];
    struct workpool *pool = open_pool();
    EXPLORE_CHECK(build(pool, COUNT_OF(poems)) == STATUS_OK);
    EXPLORE_CHECK(documents(digest) == COUNT_OF(poems));
    explore_output(digest, sizeof(digest));
    EXPLORE_CHECK(change(pool) == STATUS_OK);
    EXPLORE_CHECK(documents(digest) == 2);
    explore_output(digest, sizeof(digest));
    workpool_destroy(pool);
}

/* A file operation that fails, or is cut short, leaves the old index or the new one. */
static void failed_change_leaves_an_index(void) {
    uint8_t digest[DIGEST_BYTES];
    enum status built = build(NULL, 2);
    uint64_t before = documents(digest);
    EXPLORE_CHECK(built != STATUS_OK || before == 2);
    if (built != STATUS_OK) {
        return;
    }
    enum status changed = change(NULL);
    uint64_t after = documents(digest);
    EXPLORE_CHECK(changed == STATUS_OK ? after == 2 : after == 2 && before == 2);
}

static void crash_leaves_the_old_index_or_the_new(void) {
    if (build(NULL, 2) == STATUS_OK) {
        (void)!change(NULL);
    }
}

/* Alone after the crash: what is there opens and is whole, and can be changed again. */
static void look_after_crash(void) {
    uint8_t digest[DIGEST_BYTES];
    char file[INDEX_FILE_NAME_BYTES];
    if (!index_is_at(folder)) {
        return;   /* before the first commit */
    }
    EXPLORE_CHECK(index_check(folder, file, NULL) == STATUS_OK);
    EXPLORE_CHECK(documents(digest) == 2);
    EXPLORE_CHECK(change(NULL) == STATUS_OK);
    EXPLORE_CHECK(documents(digest) == 2);
}

/* Each process of a search works in a folder of its own. */
static void reset(void) {
    snprintf(folder, sizeof(folder), "%s-%ld", base, (long)getpid());
    empty_folder();
}

int main(int argc, char **argv) {
    const char *temporary = getenv("TMPDIR");
    snprintf(base, sizeof(base), "%s/weft-commit-explore", temporary != NULL ? temporary : "/tmp");
    const struct explore_case cases[] = {
        { .name = "build_has_the_same_bytes", .body = build_has_the_same_bytes, .reset = reset,
          .plan = { .runs = 60 } },
        { .name = "failed_change_leaves_an_index", .body = failed_change_leaves_an_index,
          .reset = reset, .plan = { .runs = 150, .file_failures = 1, .allocation_failures = 1 } },
        { .name = "crash_leaves_the_old_index_or_the_new", .reset = reset,
          .body = crash_leaves_the_old_index_or_the_new, .recover = look_after_crash,
          .plan = { .runs = 150, .crashes = 1 } },
    };
    int code = explore_main(argc, argv, cases, COUNT_OF(cases));
    reset();
    return code;
}
