/*
 * check_test.c - index_check() finds any single flipped byte of any file, and
 * what an index would not say by itself: files swapped, cut or gone.
 */
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_any_flipped_byte_of_any_file),
        cmocka_unit_test(finds_a_file_that_is_gone_or_another),
        cmocka_unit_test(a_log_cut_short_is_the_index_before_its_last_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
