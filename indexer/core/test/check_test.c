/*
 * check_test.c - index_check() finds any single flipped byte of any file, and
 * what an index would not say by itself: files swapped, cut or gone.
 */
#include "base/endian.h"
#include "base/hash.h"
#include "model.h"

/* An index with two segments, something deleted, and a log. */
static char *make_index(struct model *model) {
    struct index_options options = { 0 };
    struct index_writer *writer;
    char *folder = model_folder();
    char *long_text = malloc((1 << 20) + 100);
    assert_non_null(long_text);
    for (size_t i = 0; i < (1 << 20) + 99; i++) {
        long_text[i] = i % 300 == 0 ? ' ' : 'a';   /* few words, cut at the longest term */
    }
    long_text[(1 << 20) + 99] = '\0';
    /* The long document makes the first change a segment, the first segment being larger. */
    *model = model_make(51, 60, 25, 40);
    model->documents[0].text = realloc(model->documents[0].text, 1);
    model->documents[0].text[0] = '\0';
    options.omits_text = true;
    assert_int_equal(STATUS_OK, model_build(model, folder, &options, NULL));
    assert_int_equal(STATUS_OK, index_change_begin(folder, &options, &writer, NULL));
    model_put(writer, &(struct model_document){ .id = "large", .text = long_text });
    assert_int_equal(STATUS_OK, index_writer_commit(writer, NULL));
    assert_int_equal(STATUS_OK, index_change_begin(folder, &options, &writer, NULL));
    const char *id = model->documents[3].id;
    assert_int_equal(STATUS_OK, index_writer_delete(writer, (const uint8_t *)id, strlen(id), NULL));
    model_put(writer, &(struct model_document){ .id = "small", .text = (char *)"in the log" });
    assert_int_equal(STATUS_OK, index_writer_commit(writer, NULL));
    free(long_text);
    model_check(folder);
    return folder;
}

static void read_file(const char *path, struct sync_bytes *file) {
    assert_int_equal(STATUS_OK, sync_file_read(path, 1 << 30, file, NULL));
}

static void write_file(const char *path, const uint8_t *bytes, size_t count) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(count, fwrite(bytes, 1, count, file));
    assert_int_equal(0, fclose(file));
}

static void flip_every_byte(const char *folder, const char *name) {
    char path[512], where[INDEX_FILE_NAME_BYTES];
    struct sync_bytes file;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    read_file(path, &file);
    for (size_t at = 0; at < file.count; at++) {
        struct diag diag = { STATUS_OK, 0, NULL };
        file.bytes[at] ^= 1u << (at + at / 8) % 8;
        write_file(path, file.bytes, file.count);
        enum status status = index_check(folder, where, &diag);
        if (status != STATUS_BAD_DATA && status != STATUS_UNSUPPORTED) {
            print_error("%s: flipped byte %zu: %s\n", name, at, status_name(status));
        }
        assert_true(status == STATUS_BAD_DATA || status == STATUS_UNSUPPORTED);
        assert_non_null(diag.reason);
        assert_true(strlen(where) > 0);
        file.bytes[at] ^= 1u << (at + at / 8) % 8;
    }
    write_file(path, file.bytes, file.count);
    sync_free(file.bytes);
}

static void finds_any_flipped_byte_of_any_file(void **state) {
    (void)state;
    struct model model;
    struct sync_listing listing;
    char *folder = make_index(&model);
    size_t files = 0;
    assert_int_equal(STATUS_OK, sync_folder_list(folder, 100, &listing, NULL));
    for (size_t i = 0; i < listing.count; i++) {
        if (strcmp(listing.entries[i].name, "lock") != 0) {
            flip_every_byte(folder, listing.entries[i].name);
            files++;
        }
    }
    assert_in_range(files, 3, 4);   /* manifest, one or two segments, log */
    sync_listing_free(&listing);
    model_check(folder);
    model_remove(folder);
    model_free(&model);
}

static void finds_a_file_that_is_gone_or_another(void **state) {
    (void)state;
    struct model model;
    struct sync_listing listing;
    char where[INDEX_FILE_NAME_BYTES], path[512], other[512];
    char *folder = make_index(&model);
    assert_int_equal(STATUS_OK, sync_folder_list(folder, 100, &listing, NULL));
    for (size_t i = 0; i < listing.count; i++) {
        if (strstr(listing.entries[i].name, ".seg") != NULL) {
            snprintf(path, sizeof(path), "%s/%s", folder, listing.entries[i].name);
            snprintf(other, sizeof(other), "%s/aside", folder);
            assert_int_equal(0, rename(path, other));
            assert_int_equal(STATUS_NOT_FOUND, index_check(folder, where, NULL));
            assert_string_equal(listing.entries[i].name, where);
            write_file(path, (const uint8_t *)"", 0);
            assert_int_equal(STATUS_BAD_DATA, index_check(folder, where, NULL));
            assert_int_equal(0, rename(other, path));
        }
    }
    sync_listing_free(&listing);
    model_check(folder);
    model_remove(folder);
    model_free(&model);
}

static void a_log_cut_short_is_the_index_before_its_last_change(void **state) {
    (void)state;
    struct model model;
    struct sync_listing listing;
    char path[512] = "";
    struct sync_bytes log;
    char *folder = make_index(&model);
    assert_int_equal(STATUS_OK, sync_folder_list(folder, 100, &listing, NULL));
    for (size_t i = 0; i < listing.count; i++) {
        if (strstr(listing.entries[i].name, ".log") != NULL) {
            snprintf(path, sizeof(path), "%s/%s", folder, listing.entries[i].name);
        }
    }
    sync_listing_free(&listing);
    read_file(path, &log);
    for (size_t count = 0; count <= log.count; count++) {
        struct index *index;
        struct index_statistics statistics;
        write_file(path, log.bytes, count);
        model_check(folder);
        assert_int_equal(STATUS_OK, index_open(folder, &index, NULL));
        index_statistics_read(index, &statistics);
        assert_int_equal(count == log.count ? 1 : 0, statistics.tail_count);
        index_close(index);
    }
    sync_free(log.bytes);
    model_remove(folder);
    model_free(&model);
}

/* ---- the tail of a log ---- */

enum { PAGE = 4096, FILLER_WORDS = 900 };

static void add_group(const char *folder, const struct model *model, size_t from, size_t to) {
    struct index_options options = { 0 };
    struct index_writer *writer;
    assert_int_equal(STATUS_OK, index_change_begin(folder, &options, &writer, NULL));
    for (size_t i = from; i < to; i++) {
        model_put(writer, &model->documents[i]);
    }
    assert_int_equal(STATUS_OK, index_writer_commit(writer, NULL));
}

static uint64_t tail_count(const char *folder) {
    struct index *index;
    struct index_statistics statistics;
    assert_int_equal(STATUS_OK, index_open(folder, &index, NULL));
    index_statistics_read(index, &statistics);
    index_close(index);
    return statistics.tail_count;
}

/* Documents of a few pages each, and an index that holds none of them yet. */
static char *make_paged(struct model *model, size_t count) {
    struct sync_sequence sequence = { 91 };
    struct model empty = { 0 };
    struct index_options options = { 0 };
    char *folder = model_folder();
    *model = model_make(90, count, 1, 1);
    for (size_t i = 0; i < count; i++) {
        free(model->documents[i].text);
        model->documents[i].text = model_text(&sequence, FILLER_WORDS, 500);
    }
    assert_int_equal(STATUS_OK, model_build(&empty, folder, &options, NULL));
    return folder;
}

/* The last group's pages from `kept` on are as the power left them; the group is not there. */
static void expect_torn(const char *folder, const char *path, const struct sync_bytes *log,
                        const struct model *model, uint64_t counted) {
    write_file(path, log->bytes, log->count);
    model_check(folder);
    assert_int_equal(counted, tail_count(folder));
    add_group(folder, model, model->document_count - 1, model->document_count);
    model_check(folder);
    assert_int_equal(counted + 1, tail_count(folder));
}

static void a_group_with_pages_missing_is_as_if_it_had_not_been_written(void **state) {
    (void)state;
    struct model model;
    char path[512];
    struct sync_bytes log;
    char *folder = make_paged(&model, 6);
    for (size_t first = 0; first < 3; first += 2) {
        struct model empty = { 0 };
        struct index_options options = { 0 };
        assert_int_equal(STATUS_OK, model_build(&empty, folder, &options, NULL));
        size_t kept = 0;
        if (first > 0) {
            add_group(folder, &model, 0, first);
            model_find_log(folder, path);
            read_file(path, &log);
            kept = log.count;
            sync_free(log.bytes);
        }
        add_group(folder, &model, first, 5);
        model_find_log(folder, path);
        read_file(path, &log);
        for (size_t at = (log.count - 1) / PAGE * PAGE; at > kept; at -= PAGE) {
            memset(log.bytes + at, 0, log.count - at);
            expect_torn(folder, path, &log, &model, first);
            memset(log.bytes + at, 0xa5, log.count - at);   /* what a disk held before */
            expect_torn(folder, path, &log, &model, first);
        }
        if (first == 0) {
            memset(log.bytes, 0, PAGE);   /* nothing of a new log came down, or not its begin */
            expect_torn(folder, path, &log, &model, first);
        }
        sync_free(log.bytes);
    }
    model_remove(folder);
    model_free(&model);
}

static void a_bad_record_with_a_sound_group_behind_is_damage_with_its_place(void **state) {
    (void)state;
    struct model model;
    char path[512], where[INDEX_FILE_NAME_BYTES];
    struct sync_bytes first, log;
    char *folder = make_paged(&model, 3);
    add_group(folder, &model, 0, 1);
    model_find_log(folder, path);
    read_file(path, &first);
    add_group(folder, &model, 1, 2);
    read_file(path, &log);
    enum { HEADER = 24, COMMIT = 13 };   /* of docs/formats/index.md */
    const size_t begins[] = { 0, HEADER, first.count - COMMIT, first.count, log.count - COMMIT,
                              log.count };
    for (size_t at = 0; at < log.count; at += at < 200 || at > log.count - 200 ? 1 : 97) {
        struct diag diag = { STATUS_OK, 0, NULL };
        size_t record = 0;
        while (begins[record + 1] <= at) {
            record++;
        }
        log.bytes[at] ^= 0x10;
        write_file(path, log.bytes, log.count);
        assert_int_equal(STATUS_BAD_DATA, index_check(folder, where, &diag));
        assert_int_equal(begins[record], diag.offset);
        log.bytes[at] ^= 0x10;
    }
    sync_free(first.bytes);
    sync_free(log.bytes);
    model_remove(folder);
    model_free(&model);
}

/* An index with one document in the log, whose commit record begins `before` a sector's end. */
static char *make_across(size_t before, char path[512], struct sync_bytes *log) {
    enum { SECTOR = 512, COMMIT = 13 };
    struct model empty = { 0 };
    struct index_options options = { 0 };
    char text[2 * SECTOR + 1];
    struct model_document document = { .id = "one", .text = text };
    struct model model = { .documents = &document, .document_count = 1 };
    char *folder = model_folder();
    memset(text, 'a', sizeof(text));
    for (size_t bytes = 2 * SECTOR;; bytes--) {
        text[bytes] = '\0';
        assert_int_equal(STATUS_OK, model_build(&empty, folder, &options, NULL));
        add_group(folder, &model, 0, 1);
        model_find_log(folder, path);
        read_file(path, log);
        if ((log->count - COMMIT + before) % SECTOR == 0) {
            return folder;
        }
        sync_free(log->bytes);
    }
}

static void a_commit_record_across_two_sectors_may_have_lost_either(void **state) {
    (void)state;
    enum { COMMIT = 13 };
    for (size_t before = 1; before < COMMIT; before++) {
        char path[512], where[INDEX_FILE_NAME_BYTES];
        struct sync_bytes log;
        uint8_t wanted[COMMIT];
        char *folder = make_across(before, path, &log);
        uint8_t *record = log.bytes + log.count - COMMIT;
        memcpy(wanted, record, COMMIT);
        for (int lost = 1; lost < 4; lost++) {
            memset(record, 0, (lost & 1) != 0 ? before : 0);
            memset(record + before, 0, (lost & 2) != 0 ? COMMIT - before : 0);
            write_file(path, log.bytes, log.count);
            model_check(folder);
            assert_int_equal(0, tail_count(folder));
            memcpy(record, wanted, COMMIT);
        }
        for (size_t at = 0; at < COMMIT; at++) {
            record[at] ^= 0x20;
            write_file(path, log.bytes, log.count);
            assert_int_equal(STATUS_BAD_DATA, index_check(folder, where, NULL));
            record[at] ^= 0x20;
        }
        sync_free(log.bytes);
        model_remove(folder);
    }
}

/* ---- the manifest ---- */

static void a_manifest_longer_than_its_list_is_refused(void **state) {
    (void)state;
    struct model model;
    char path[512], where[INDEX_FILE_NAME_BYTES];
    struct sync_bytes file;
    char *folder = make_index(&model);
    snprintf(path, sizeof(path), "%s/manifest", folder);
    read_file(path, &file);
    for (size_t more = 1; more < 40; more++) {
        struct diag diag = { STATUS_OK, 0, NULL };
        size_t list = file.count - 4;
        uint8_t *longer = calloc(1, file.count + more);
        assert_non_null(longer);
        memcpy(longer, file.bytes, list);
        put_le32(longer + list + more, hash_crc32c(0, longer, list + more));
        write_file(path, longer, file.count + more);
        assert_int_equal(STATUS_BAD_DATA, index_check(folder, where, &diag));
        assert_string_equal("manifest", where);
        assert_int_equal(list, diag.offset);
        free(longer);
    }
    sync_free(file.bytes);
    model_remove(folder);
    model_free(&model);
}

/* ---- merging ---- */

/* Flip a bit at `at` of the file; the same again puts it right. */
static void flip(const char *path, size_t at) {
    struct sync_bytes file;
    read_file(path, &file);
    file.bytes[at] ^= 4;
    write_file(path, file.bytes, file.count);
    sync_free(file.bytes);
}

static void segment_of(const char *folder, char name[INDEX_FILE_NAME_BYTES], char path[512],
                       size_t *count) {
    struct sync_listing listing;
    assert_int_equal(STATUS_OK, sync_folder_list(folder, 100, &listing, NULL));
    for (size_t i = 0; i < listing.count; i++) {
        if (strstr(listing.entries[i].name, ".seg") != NULL) {
            snprintf(name, INDEX_FILE_NAME_BYTES, "%s", listing.entries[i].name);
            snprintf(path, 512, "%s/%s", folder, name);
            *count = (size_t)listing.entries[i].byte_count;
        }
    }
    sync_listing_free(&listing);
}

/* Every part but the footer, which opening verifies. */
static void damage_is_not_merged_into_what_looks_sound(void **state) {
    (void)state;
    struct model model = model_make(93, 60, 25, 40);
    struct index_options options = { 0 };
    char path[512], name[INDEX_FILE_NAME_BYTES], where[INDEX_FILE_NAME_BYTES];
    char before[DIGEST_TEXT_BYTES], after[DIGEST_TEXT_BYTES];
    size_t count = 0;
    char *folder = model_folder();
    assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
    segment_of(folder, name, path, &count);
    add_group(folder, &model, 0, 1);
    for (size_t at = 16; at < count - 216; at += 31) {
        struct diag diag = { STATUS_OK, 0, NULL };
        flip(path, at);
        model_digest(folder, before);
        assert_int_equal(STATUS_BAD_DATA, index_compact_naming(folder, &options, where, &diag));
        assert_non_null(diag.reason);
        /* Looking up what the log replaces may find it first, and cannot tell the file. */
        assert_true(strcmp(name, where) == 0 || strstr(where, ".log") != NULL);
        model_digest(folder, after);
        assert_string_equal(before, after);
        flip(path, at);
    }
    assert_int_equal(STATUS_OK, index_compact_naming(folder, &options, where, NULL));
    assert_string_equal("", where);
    model_check(folder);
    model_remove(folder);
    model_free(&model);
}

static void a_change_does_not_merge_damage_either(void **state) {
    (void)state;
    struct model model = model_make(94, 60, 25, 40);
    struct model large = model_make(95, 12, 20000, 400);
    struct index_options options = { 0 };
    char path[512], name[INDEX_FILE_NAME_BYTES], where[INDEX_FILE_NAME_BYTES];
    struct index *index;
    struct index_statistics statistics;
    size_t count = 0;
    char *folder = model_folder();
    for (int is_damaged = 0; is_damaged < 2; is_damaged++) {
        assert_int_equal(STATUS_OK, model_build(&model, folder, &options, NULL));
        segment_of(folder, name, path, &count);
        if (is_damaged) {
            flip(path, 40);   /* in the text */
        }
        add_group(folder, &large, 0, large.document_count);
        assert_int_equal(STATUS_OK, index_open(folder, &index, NULL));
        index_statistics_read(index, &statistics);
        index_close(index);
        assert_int_equal(is_damaged ? 2 : 1, statistics.segment_count);
        assert_int_equal(is_damaged ? STATUS_BAD_DATA : STATUS_OK,
                         index_check(folder, where, NULL));
    }
    assert_string_equal(name, where);
    model_remove(folder);
    model_free(&model);
    model_free(&large);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_any_flipped_byte_of_any_file),
        cmocka_unit_test(finds_a_file_that_is_gone_or_another),
        cmocka_unit_test(a_log_cut_short_is_the_index_before_its_last_change),
        cmocka_unit_test(a_group_with_pages_missing_is_as_if_it_had_not_been_written),
        cmocka_unit_test(a_bad_record_with_a_sound_group_behind_is_damage_with_its_place),
        cmocka_unit_test(a_commit_record_across_two_sectors_may_have_lost_either),
        cmocka_unit_test(a_manifest_longer_than_its_list_is_refused),
        cmocka_unit_test(damage_is_not_merged_into_what_looks_sound),
        cmocka_unit_test(a_change_does_not_merge_damage_either),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
