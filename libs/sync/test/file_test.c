/*
 * file_test.c - files as sync/file.h promises them, on a real folder.
 *
 * Contents are looked at with the C library's own calls.  Failure points are all
 * visited: the n-th operation fails, or the process dies in it, for n = 1, 2, ...
 * until nothing is left to fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sync/fault.h"
#include "sync/file.h"
#include "sync/memory.h"

enum { PATH_BYTES = 256, CONTENT_MAX = 1 << 17 };

static char folder[PATH_BYTES];
static uint64_t live_at_start;

static const char *in_folder(const char *name) {
    static char paths[4][PATH_BYTES + 64];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text) {
    FILE *file = fopen(in_folder(name), "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const char *contents(const char *name) {
    static char text[CONTENT_MAX];
    FILE *file = fopen(in_folder(name), "rb");
    if (file == NULL) {
        return NULL;
    }
    size_t count = fread(text, 1, sizeof(text) - 1, file);
    text[count] = '\0';
    fclose(file);
    return text;
}

/* Names in the folder, also hidden ones. */
static size_t names_in_folder(void) {
    struct sync_listing listing;
    assert_int_equal(STATUS_OK, sync_folder_list(folder, 1000, &listing, NULL));
    size_t count = listing.count;
    sync_listing_free(&listing);
    return count;
}

static int make_folder(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof(folder), "%s/weft-sync-XXXXXX", base != NULL ? base : "/tmp");
    live_at_start = sync_memory_live();
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[PATH_BYTES + 16];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command) == 0 && sync_memory_live() == live_at_start ? 0 : -1;
}

static void a_file_is_read_whole_and_ends_with_a_nul(void **state) {
    (void)state;
    static char big[100001];
    memset(big, 'x', sizeof(big) - 1);
    static const char *const rows[] = { "", "a", "hello", big };
    for (size_t i = 0; i < 4; i++) {
        put("f", rows[i]);
        struct sync_bytes bytes;
        size_t count = strlen(rows[i]);
        assert_int_equal(STATUS_OK, sync_file_read(in_folder("f"), count, &bytes, NULL));
        assert_int_equal(count, bytes.count);
        assert_memory_equal(rows[i], bytes.bytes, count + 1);
        sync_free(bytes.bytes);
    }
}

static void a_pipe_is_read_whole(void **state) {
    (void)state;
    int ends[2];
    char path[64];
    assert_int_equal(0, pipe(ends));
    assert_int_equal(5, write(ends[1], "piped", 5));
    close(ends[1]);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    struct sync_bytes bytes;
    assert_int_equal(STATUS_OK, sync_file_read(path, 1 << 20, &bytes, NULL));
    assert_string_equal("piped", (const char *)bytes.bytes);
    sync_free(bytes.bytes);
    close(ends[0]);
}

static void a_file_over_the_limit_is_refused_at_that_offset(void **state) {
    (void)state;
    put("f", "12345");
    struct sync_bytes bytes;
    struct diag diag = { 0 };
    assert_int_equal(STATUS_LIMIT, sync_file_read(in_folder("f"), 4, &bytes, &diag));
    assert_null(bytes.bytes);
    assert_int_equal(4, diag.offset);
    assert_int_equal(STATUS_LIMIT, sync_file_read("/dev/zero", 70000, &bytes, &diag));
    assert_int_equal(STATUS_LIMIT, sync_file_read(in_folder("f"), 0, &bytes, &diag));
}

static void a_file_that_cannot_be_read_says_why(void **state) {
    (void)state;
    struct sync_bytes bytes;
    struct sync_map map;
    struct diag diag = { 0 };
    assert_int_equal(STATUS_NOT_FOUND, sync_file_read(in_folder("none"), 9, &bytes, &diag));
    assert_string_equal("No such file or directory", diag.reason);
    assert_int_equal(STATUS_IO, sync_file_read(folder, 9, &bytes, &diag));
    assert_string_equal("Is a directory", diag.reason);
    assert_int_equal(STATUS_NOT_FOUND, sync_map_open(in_folder("none"), &map, &diag));
}

static void a_map_shows_the_bytes_and_an_empty_file_maps_to_something(void **state) {
    (void)state;
    struct sync_map map;
    put("f", "mapped");
    assert_int_equal(STATUS_OK, sync_map_open(in_folder("f"), &map, NULL));
    assert_int_equal(6, map.count);
    assert_memory_equal("mapped", map.bytes, 6);
    sync_map_close(&map);
    put("f", "");
    assert_int_equal(STATUS_OK, sync_map_open(in_folder("f"), &map, NULL));
    assert_int_equal(0, map.count);
    assert_non_null(map.bytes);
    sync_map_close(&map);
}

static void a_replaced_file_keeps_its_permissions(void **state) {
    (void)state;
    put("f", "old");
    assert_int_equal(0, chmod(in_folder("f"), 0640));
    assert_int_equal(STATUS_OK, sync_file_replace(in_folder("f"), "new", 3, NULL));
    struct stat about;
    assert_int_equal(0, stat(in_folder("f"), &about));
    assert_int_equal(0640, about.st_mode & 0777);
    assert_string_equal("new", contents("f"));
}

static void a_link_stays_a_link_and_its_target_is_replaced(void **state) {
    (void)state;
    put("target", "old");
    assert_int_equal(0, symlink(in_folder("target"), in_folder("link")));
    assert_int_equal(STATUS_OK, sync_file_replace(in_folder("link"), "new", 3, NULL));
    struct stat about;
    assert_int_equal(0, lstat(in_folder("link"), &about));
    assert_true(S_ISLNK(about.st_mode));
    assert_string_equal("new", contents("target"));
}

static void what_a_dangling_link_points_to_is_made(void **state) {
    (void)state;
    struct stat about;
    assert_int_equal(0, symlink("chained", in_folder("dangling")));
    assert_int_equal(0, symlink("made", in_folder("chained")));
    assert_int_equal(STATUS_OK, sync_file_replace(in_folder("dangling"), "new", 3, NULL));
    assert_int_equal(0, lstat(in_folder("dangling"), &about));
    assert_true(S_ISLNK(about.st_mode));
    assert_int_equal(0, lstat(in_folder("chained"), &about));
    assert_true(S_ISLNK(about.st_mode));
    assert_string_equal("new", contents("made"));
}

static void links_in_a_ring_are_refused_and_kept(void **state) {
    (void)state;
    struct stat about;
    struct diag diag = { 0 };
    assert_int_equal(0, symlink("ring", in_folder("ring")));
    assert_int_equal(STATUS_IO, sync_file_replace(in_folder("ring"), "new", 3, &diag));
    assert_string_equal("Too many levels of symbolic links", diag.reason);
    assert_int_equal(0, lstat(in_folder("ring"), &about));
    assert_true(S_ISLNK(about.st_mode));
}

static void the_same_file_is_known_by_any_name(void **state) {
    (void)state;
    put("one", "x");
    put("two", "x");
    assert_int_equal(0, symlink("one", in_folder("soft")));
    assert_int_equal(0, link(in_folder("one"), in_folder("hard")));
    char one[PATH_BYTES + 64];
    snprintf(one, sizeof(one), "%s", in_folder("one"));
    assert_true(sync_path_is_same(one, one));
    assert_true(sync_path_is_same(one, in_folder("soft")));
    assert_true(sync_path_is_same(one, in_folder("hard")));
    assert_true(sync_path_is_same(one, in_folder("./one")));
    assert_false(sync_path_is_same(one, in_folder("two")));
    assert_false(sync_path_is_same(one, in_folder("none")));
    assert_false(sync_path_is_same(in_folder("none"), one));
    assert_false(sync_path_is_same("/dev/null", "/dev/null"));   /* not an ordinary file */
}

static void a_device_is_written_in_place(void **state) {
    (void)state;
    assert_int_equal(STATUS_OK, sync_file_replace("/dev/null", "gone", 4, NULL));
    struct stat about;
    assert_int_equal(0, stat("/dev/null", &about));
    assert_true(S_ISCHR(about.st_mode));
}

static void a_pipe_without_a_name_is_written_in_place(void **state) {
    (void)state;
    int ends[2];
    char path[64], text[4] = "";
    assert_int_equal(0, pipe(ends));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
    assert_int_equal(0, symlink(path, in_folder("to-pipe")));
    assert_int_equal(STATUS_OK, sync_file_replace(in_folder("to-pipe"), "new", 3, NULL));
    assert_int_equal(3, read(ends[0], text, sizeof(text)));
    assert_string_equal("new", text);
    close(ends[0]);
    close(ends[1]);
}

static void a_full_disk_is_an_error(void **state) {
    (void)state;
    struct diag diag = { 0 };
    assert_int_equal(STATUS_IO, sync_file_replace("/dev/full", "x", 1, &diag));
    assert_string_equal("No space left on device", diag.reason);
}

static void a_folder_is_not_replaced_by_a_file(void **state) {
    (void)state;
    struct diag diag = { 0 };
    assert_int_equal(STATUS_IO, sync_file_replace(folder, "x", 1, &diag));
    assert_string_equal("Is a directory", diag.reason);
    assert_int_equal(STATUS_NOT_FOUND, sync_file_replace(in_folder("no/f"), "x", 1, &diag));
}

static void an_aborted_output_leaves_the_old_file_and_nothing_else(void **state) {
    (void)state;
    put("f", "old");
    size_t names = names_in_folder();
    struct sync_output *output;
    assert_int_equal(STATUS_OK, sync_output_open(in_folder("f"), &output, NULL));
    assert_int_equal(STATUS_OK, sync_output_write(output, "new", 3, NULL));
    assert_int_equal(names + 1, names_in_folder());
    assert_string_equal("old", contents("f"));
    sync_output_abort(output);
    assert_string_equal("old", contents("f"));
    assert_int_equal(names, names_in_folder());
    sync_output_abort(NULL);
}

static void two_outputs_of_one_path_do_not_mix(void **state) {
    (void)state;
    struct sync_output *a;
    struct sync_output *b;
    assert_int_equal(STATUS_OK, sync_output_open(in_folder("f"), &a, NULL));
    assert_int_equal(STATUS_OK, sync_output_open(in_folder("f"), &b, NULL));
    assert_int_equal(STATUS_OK, sync_output_write(a, "aaaa", 4, NULL));
    assert_int_equal(STATUS_OK, sync_output_write(b, "bb", 2, NULL));
    assert_int_equal(STATUS_OK, sync_output_commit(a, NULL));
    assert_string_equal("aaaa", contents("f"));
    assert_int_equal(STATUS_OK, sync_output_commit(b, NULL));
    assert_string_equal("bb", contents("f"));
}

static void a_replace_that_fails_anywhere_leaves_old_or_new(void **state) {
    (void)state;
    static const enum sync_fault_kind kinds[] = { SYNC_FAULT_FILE, SYNC_FAULT_MEMORY };
    for (size_t k = 0; k < 2; k++) {
        bool was_met = true;
        for (uint64_t nth = 1; was_met; nth++) {
            put("f", "old");
            size_t names = names_in_folder();
            uint64_t live = sync_memory_live();
            sync_fault_arm(kinds[k], nth, false);
            enum status status = sync_file_replace(in_folder("f"), "brand new", 9, NULL);
            was_met = sync_fault_disarm(kinds[k]);
            assert_int_equal(was_met, status != STATUS_OK);
            assert_int_equal(names, names_in_folder());
            assert_int_equal(live, sync_memory_live());
            const char *text = contents("f");
            assert_true(strcmp(text, "old") == 0 || strcmp(text, "brand new") == 0);
            assert_true(nth > 1 || strcmp(text, "old") == 0);
            assert_true(was_met ? nth < 20 : strcmp(text, "brand new") == 0 && nth > 2);
        }
    }
}

static void a_crash_at_any_operation_leaves_old_or_new(void **state) {
    (void)state;
    int code = SYNC_CRASH_EXIT;
    uint64_t nth = 1;
    for (; code == SYNC_CRASH_EXIT; nth++) {
        put("f", "old");
        pid_t child = fork();
        if (child == 0) {
            sync_fault_arm(SYNC_FAULT_CRASH, nth, false);
            _exit(sync_file_replace(in_folder("f"), "brand new", 9, NULL));
        }
        int result;
        assert_int_equal(child, waitpid(child, &result, 0));
        code = WEXITSTATUS(result);
        const char *text = contents("f");
        assert_true(strcmp(text, "old") == 0 || strcmp(text, "brand new") == 0);
    }
    assert_int_equal(STATUS_OK, code);
    assert_string_equal("brand new", contents("f"));
    assert_true(nth > 5);   /* open, write, sync, rename, sync the folder */
}

static void a_log_is_appended_read_and_cut(void **state) {
    (void)state;
    struct sync_file *file;
    char read[8] = { 0 };
    assert_int_equal(STATUS_OK, sync_file_open(in_folder("log"), SYNC_FILE_CREATE, &file, NULL));
    assert_int_equal(STATUS_OK, sync_file_append(file, "hello ", 6, NULL));
    assert_int_equal(STATUS_OK, sync_file_append(file, "world", 5, NULL));
    assert_int_equal(11, sync_file_size(file));
    assert_int_equal(STATUS_OK, sync_file_read_at(file, 6, read, 5, NULL));
    assert_string_equal("world", read);
    struct diag diag = { 0 };
    assert_int_equal(STATUS_BAD_DATA, sync_file_read_at(file, 7, read, 5, &diag));
    assert_int_equal(11, diag.offset);
    assert_int_equal(STATUS_OK, sync_file_truncate(file, 5, NULL));
    assert_int_equal(STATUS_OK, sync_file_append(file, "!", 1, NULL));
    assert_int_equal(STATUS_OK, sync_file_sync(file, NULL));
    sync_file_close(file);
    assert_string_equal("hello!", contents("log"));

    assert_int_equal(STATUS_OK, sync_file_open(in_folder("log"), SYNC_FILE_APPEND, &file, NULL));
    assert_int_equal(6, sync_file_size(file));
    assert_int_equal(STATUS_OK, sync_file_append(file, "?", 1, NULL));
    sync_file_close(file);
    assert_string_equal("hello!?", contents("log"));

    assert_int_equal(STATUS_OK, sync_file_open(in_folder("log"), SYNC_FILE_READ, &file, NULL));
    assert_int_equal(7, sync_file_size(file));
    sync_file_close(file);
    sync_file_close(NULL);
    assert_int_equal(STATUS_NOT_FOUND,
                     sync_file_open(in_folder("none"), SYNC_FILE_READ, &file, NULL));
}

static void a_torn_append_is_overwritten_by_the_next(void **state) {
    (void)state;
    struct sync_file *file;
    assert_int_equal(STATUS_OK, sync_file_open(in_folder("log"), SYNC_FILE_CREATE, &file, NULL));
    assert_int_equal(STATUS_OK, sync_file_append(file, "one", 3, NULL));
    sync_fault_arm(SYNC_FAULT_FILE, 1, false);
    assert_int_equal(STATUS_IO, sync_file_append(file, "twotwo", 6, NULL));
    assert_true(sync_fault_disarm(SYNC_FAULT_FILE));
    assert_string_equal("onetwo", contents("log"));   /* half of it got there */
    assert_int_equal(3, sync_file_size(file));
    assert_int_equal(STATUS_OK, sync_file_append(file, "2", 1, NULL));
    assert_int_equal(STATUS_OK, sync_file_truncate(file, sync_file_size(file), NULL));
    sync_file_close(file);
    assert_string_equal("one2", contents("log"));
}

static void a_lock_is_held_by_one_at_a_time(void **state) {
    (void)state;
    struct sync_lock_file first;
    struct sync_lock_file second;
    assert_int_equal(STATUS_OK, sync_lock_file_take(in_folder("lock"), &first, NULL));
    assert_int_equal(STATUS_BUSY, sync_lock_file_take(in_folder("lock"), &second, NULL));
    sync_lock_file_release(&second);
    sync_lock_file_release(&first);
    assert_int_equal(STATUS_OK, sync_lock_file_take(in_folder("lock"), &second, NULL));
    sync_lock_file_release(&second);
    sync_lock_file_release(&second);
}

static void a_folder_lists_its_names_in_byte_order(void **state) {
    (void)state;
    static const char *const names[] = { "B", "a", "a!", "b", "\xc3\xa9", "z" };
    assert_int_equal(STATUS_OK, sync_folder_create(in_folder("list"), NULL));
    assert_int_equal(STATUS_EXISTS, sync_folder_create(in_folder("list"), NULL));
    for (size_t i = 0; i < 6; i++) {
        char name[32];
        snprintf(name, sizeof(name), "list/%s", names[(i * 5) % 6]);
        put(name, "12");
    }
    assert_int_equal(0, symlink("z", in_folder("list/ln")));
    assert_int_equal(0, mkdir(in_folder("list/y"), 0777));
    struct sync_listing listing;
    assert_int_equal(STATUS_OK, sync_folder_list(in_folder("list"), 8, &listing, NULL));
    static const char *const want[] = { "B", "a", "a!", "b", "ln", "y", "z", "\xc3\xa9" };
    assert_int_equal(8, listing.count);
    for (size_t i = 0; i < 8; i++) {
        assert_string_equal(want[i], listing.entries[i].name);
    }
    assert_int_equal(SYNC_ENTRY_FILE, listing.entries[0].kind);
    assert_int_equal(2, listing.entries[0].byte_count);
    assert_int_equal(SYNC_ENTRY_LINK, listing.entries[4].kind);
    assert_int_equal(SYNC_ENTRY_FOLDER, listing.entries[5].kind);
    sync_listing_free(&listing);
    assert_int_equal(STATUS_LIMIT, sync_folder_list(in_folder("list"), 7, &listing, NULL));
    assert_int_equal(STATUS_NOT_FOUND, sync_folder_list(in_folder("no"), 7, &listing, NULL));
    assert_int_equal(STATUS_NOT_FOUND, sync_folder_list(in_folder("list/z"), 7, &listing, NULL));
    assert_int_equal(STATUS_EXISTS, sync_folder_remove(in_folder("list"), NULL));
}

static void a_listing_survives_every_failing_allocation(void **state) {
    (void)state;
    for (int i = 0; i < 70; i++) {
        char name[16];
        snprintf(name, sizeof(name), "n%d", i);
        put(name, "");
    }
    bool was_met = true;
    uint64_t nth = 1;
    for (; was_met; nth++) {
        struct sync_listing listing;
        uint64_t live = sync_memory_live();
        sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
        enum status status = sync_folder_list(folder, 1000, &listing, NULL);
        was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
        assert_int_equal(was_met ? STATUS_NO_MEMORY : STATUS_OK, status);
        sync_listing_free(&listing);
        assert_int_equal(live, sync_memory_live());
    }
    assert_true(nth > 70);
}

static void names_are_moved_removed_and_looked_at(void **state) {
    (void)state;
    put("a", "abc");
    assert_int_equal(STATUS_OK, sync_file_rename(in_folder("a"), in_folder("b"), NULL));
    assert_null(contents("a"));
    struct sync_entry entry;
    assert_int_equal(STATUS_OK, sync_path_kind(in_folder("b"), &entry, NULL));
    assert_int_equal(SYNC_ENTRY_FILE, entry.kind);
    assert_int_equal(3, entry.byte_count);
    assert_int_equal(STATUS_OK, sync_path_kind(folder, &entry, NULL));
    assert_int_equal(SYNC_ENTRY_FOLDER, entry.kind);
    assert_int_equal(STATUS_OK, sync_path_kind("/dev/null", &entry, NULL));
    assert_int_equal(SYNC_ENTRY_OTHER, entry.kind);
    assert_int_equal(STATUS_OK, sync_folder_sync(folder, NULL));
    assert_int_equal(STATUS_OK, sync_file_remove(in_folder("b"), NULL));
    assert_int_equal(STATUS_NOT_FOUND, sync_file_remove(in_folder("b"), NULL));
    assert_int_equal(STATUS_NOT_FOUND, sync_path_kind(in_folder("b"), &entry, NULL));
}

static void every_changing_operation_can_be_made_to_fail(void **state) {
    (void)state;
    put("x", "abc");
    struct sync_file *file;
    sync_fault_arm(SYNC_FAULT_FILE, 1, true);
    assert_int_equal(STATUS_IO, sync_file_open(in_folder("l"), SYNC_FILE_CREATE, &file, NULL));
    assert_int_equal(STATUS_IO, sync_file_rename(in_folder("x"), in_folder("y"), NULL));
    assert_int_equal(STATUS_IO, sync_file_remove(in_folder("x"), NULL));
    assert_int_equal(STATUS_IO, sync_folder_create(in_folder("d"), NULL));
    assert_int_equal(STATUS_IO, sync_folder_remove(in_folder("d"), NULL));
    assert_int_equal(STATUS_IO, sync_folder_sync(folder, NULL));
    assert_true(sync_fault_disarm(SYNC_FAULT_FILE));
    assert_string_equal("abc", contents("x"));
    assert_int_equal(STATUS_OK, sync_file_open(in_folder("x"), SYNC_FILE_APPEND, &file, NULL));
    sync_fault_arm(SYNC_FAULT_FILE, 1, true);
    assert_int_equal(STATUS_IO, sync_file_truncate(file, 0, NULL));
    assert_int_equal(STATUS_IO, sync_file_sync(file, NULL));
    sync_fault_disarm(SYNC_FAULT_FILE);
    assert_int_equal(3, sync_file_size(file));
    sync_file_close(file);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_file_is_read_whole_and_ends_with_a_nul),
        CASE(a_pipe_is_read_whole),
        CASE(a_file_over_the_limit_is_refused_at_that_offset),
        CASE(a_file_that_cannot_be_read_says_why),
        CASE(a_map_shows_the_bytes_and_an_empty_file_maps_to_something),
        CASE(a_replaced_file_keeps_its_permissions),
        CASE(a_link_stays_a_link_and_its_target_is_replaced),
        CASE(what_a_dangling_link_points_to_is_made),
        CASE(links_in_a_ring_are_refused_and_kept),
        CASE(the_same_file_is_known_by_any_name),
        CASE(a_device_is_written_in_place),
        CASE(a_pipe_without_a_name_is_written_in_place),
        CASE(a_full_disk_is_an_error),
        CASE(a_folder_is_not_replaced_by_a_file),
        CASE(an_aborted_output_leaves_the_old_file_and_nothing_else),
        CASE(two_outputs_of_one_path_do_not_mix),
        CASE(a_replace_that_fails_anywhere_leaves_old_or_new),
        CASE(a_crash_at_any_operation_leaves_old_or_new),
        CASE(a_log_is_appended_read_and_cut),
        CASE(a_torn_append_is_overwritten_by_the_next),
        CASE(a_lock_is_held_by_one_at_a_time),
        CASE(a_folder_lists_its_names_in_byte_order),
        CASE(a_listing_survives_every_failing_allocation),
        CASE(names_are_moved_removed_and_looked_at),
        CASE(every_changing_operation_can_be_made_to_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
