/*
 * mutate_main.c - thousands of broken files, the same on every run.
 *
 *     NAME_mutate COUNT FOLDER [FIRST]
 *
 * Takes the seeds of FOLDER in order of name and breaks copies of them in COUNT ways that
 * follow from a number; each copy goes to the fuzz target.  A finding stops the program
 * with the number of the input, and giving it as FIRST with COUNT 1 shows it again.
 * Besides what the sanitizers see, a piece of memory not given back and an input that
 * takes ten seconds are findings.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mutate.h"
#include "sync/file.h"
#include "sync/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

enum { SEEDS_MAX = 4096, PATH_BYTES = 4096, LIMIT_S = 10 };

static uint64_t current;   /* number of the input being run */

static void name_the_input(void) {
    fprintf(stderr, "\nmutate: input %" PRIu64 "\n", current);
}

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "mutate: %s\n", what);
    exit(2);
}

/* Files of the folder in order of name; those too large are left out. */
static size_t load_seeds(const char *folder, struct mutate_seed *seeds) {
    struct sync_listing listing;
    struct diag diag;
    if (sync_folder_list(folder, SEEDS_MAX, &listing, &diag) != STATUS_OK) {
        give_up(diag.reason);
    }
    size_t count = 0;
    for (size_t i = 0; i < listing.count; i++) {
        char path[PATH_BYTES];
        struct sync_bytes file;
        snprintf(path, sizeof(path), "%s/%s", folder, listing.entries[i].name);
        if (listing.entries[i].kind == SYNC_ENTRY_FILE &&
            sync_file_read(path, MUTATE_BYTES_MAX, &file, &diag) == STATUS_OK) {
            seeds[count++] = (struct mutate_seed){ file.bytes, file.count };
        }
    }
    sync_listing_free(&listing);
    return count;
}

/* Run bytes in a piece of exactly their size, so that reading past the end is seen. */
static void run_exact(const uint8_t *bytes, size_t count) {
    uint8_t *exact = sync_alloc(count);
    if (exact == NULL) {
        give_up("out of memory");
    }
    memcpy(exact, bytes, count);
    uint64_t live = sync_memory_live();
    alarm(LIMIT_S);
    LLVMFuzzerTestOneInput(exact, count);
    alarm(0);
    if (sync_memory_live() != live) {
        fprintf(stderr, "mutate: input %" PRIu64 " left memory behind\n", current);
        abort();
    }
    sync_free(exact);
}

static void run_all(const struct mutate_seed *seeds, size_t seed_count, uint64_t first,
                    uint64_t count) {
    static struct mutate_file file;
    for (current = first; current < first + count; current++) {
        mutate_make(seeds, seed_count, current, &file);
        run_exact(file.bytes, file.count);
    }
}

int main(int argc, char **argv) {
    static struct mutate_seed seeds[SEEDS_MAX];
    if (argc < 3) {
        give_up("usage: NAME_mutate COUNT FOLDER [FIRST]");
    }
    if (__sanitizer_set_death_callback != NULL) {   /* in sanitizer builds only */
        __sanitizer_set_death_callback(name_the_input);
    }
    size_t seed_count = load_seeds(argv[2], seeds);
    if (seed_count == 0) {
        give_up("no seeds");
    }
    LLVMFuzzerTestOneInput(seeds[0].bytes, seeds[0].count);   /* what is made once is made here */
    uint64_t count = strtoull(argv[1], NULL, 10);
    run_all(seeds, seed_count, argc > 3 ? strtoull(argv[3], NULL, 10) : 0, count);
    for (size_t i = 0; i < seed_count; i++) {
        sync_free((void *)(uintptr_t)seeds[i].bytes);
    }
    printf("%" PRIu64 " mutated inputs of %zu seeds, nothing found\n", count, seed_count);
    return 0;
}
