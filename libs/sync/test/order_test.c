/*
 * order_test.c - in which order files are written, synced and named.
 *
 * What survives a power cut depends on that order alone, and no crash of a process
 * shows it.  The record of sync/fault.h is compared with the sequences that
 * sync/file.h promises; and so that the record cannot tell tales, this program has
 * its own fsync(), fdatasync(), rename() and unlink(), which note who really called.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "sync/fault.h"
#include "sync/file.h"

enum { PATH_BYTES = 256, STEPS = 32, TEXT_BYTES = 2048 };

static char folder[PATH_BYTES];
static char calls[TEXT_BYTES];   /* what the system was asked for since begin() */
static struct sync_step steps[STEPS];

static void note_call(const char *name) {
    size_t count = strlen(calls);
    snprintf(calls + count, sizeof(calls) - count, "%s\n", name);
}

static bool is_folder(int descriptor) {
    struct stat about;
    return fstat(descriptor, &about) == 0 && S_ISDIR(about.st_mode);
}

int fsync(int descriptor) {
    note_call(is_folder(descriptor) ? "folder sync" : "sync");
    return (int)syscall(SYS_fsync, descriptor);
}

int fdatasync(int descriptor) {
    note_call("sync");
    return (int)syscall(SYS_fdatasync, descriptor);
}

int rename(const char *from, const char *to) {
    note_call("rename");
    return (int)syscall(SYS_renameat2, -100, from, -100, to, 0);   /* -100: the working folder */
}

int unlink(const char *path) {
    note_call("remove");
    return (int)syscall(SYS_unlinkat, -100, path, 0);
}

static const char *in_folder(const char *name) {
    static char paths[4][PATH_BYTES + 128];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof(folder), "%s/weft-order-XXXXXX", base != NULL ? base : "/tmp");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[PATH_BYTES + 16];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

static void begin(void) {
    calls[0] = '\0';
    sync_record_begin(steps, STEPS);
}

static const char *const words[] = {
    [SYNC_STEP_OPEN] = "open", [SYNC_STEP_WRITE] = "write", [SYNC_STEP_SYNC] = "sync",
    [SYNC_STEP_RENAME] = "rename", [SYNC_STEP_REMOVE] = "remove",
    [SYNC_STEP_TRUNCATE] = "truncate", [SYNC_STEP_FOLDER_CREATE] = "folder create",
    [SYNC_STEP_FOLDER_REMOVE] = "folder remove", [SYNC_STEP_FOLDER_SYNC] = "folder sync",
};

/* "NAME" for a name as it is, "part" for a temporary one. */
static const char *plain(const char *name) {
    size_t count = strlen(name);
    return count > 5 && strcmp(name + count - 5, ".part") == 0 ? "part" : name;
}

/* The steps since begin(), one a line: "sync NAME", "rename NAME -> NAME". */
static const char *recorded(void) {
    static char text[TEXT_BYTES];
    size_t count = sync_record_end();
    assert_true(count <= STEPS);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const struct sync_step *step = &steps[i];
        size_t at = strlen(text);
        snprintf(text + at, sizeof(text) - at, "%s %s%s%s\n", words[step->kind],
                 plain(step->name), step->to[0] != '\0' ? " -> " : "", plain(step->to));
    }
    return text;
}

static const char *folder_name(void) {
    return strrchr(folder, '/') + 1;
}

static void a_replaced_file_is_synced_before_it_is_named_and_its_folder_after(void **state) {
    (void)state;
    char want[TEXT_BYTES];
    for (int round = 0; round < 2; round++) {   /* made, then replaced */
        begin();
        assert_int_equal(STATUS_OK, sync_file_replace(in_folder("f"), "new", 3, NULL));
        snprintf(want, sizeof(want), "open part\nwrite part\nsync part\nrename part -> f\n"
                 "folder sync %s\n", folder_name());
        assert_string_equal(want, recorded());
        assert_string_equal("sync\nrename\nfolder sync\n", calls);
    }
    assert_string_equal(steps[0].name, steps[2].name);   /* the file synced is the one named */
    assert_string_equal(steps[0].name, steps[3].name);
}

static void what_a_link_points_to_is_synced_in_its_own_folder(void **state) {
    (void)state;
    assert_int_equal(STATUS_OK, sync_folder_create(in_folder("real"), NULL));
    assert_int_equal(0, symlink("real/f", in_folder("link")));
    begin();
    assert_int_equal(STATUS_OK, sync_file_replace(in_folder("link"), "new", 3, NULL));
    assert_string_equal("open part\nwrite part\nsync part\nrename part -> f\nfolder sync real\n",
                        recorded());
}

static void a_file_in_the_working_folder_syncs_the_working_folder(void **state) {
    (void)state;
    char before[PATH_BYTES];
    char want[TEXT_BYTES];
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(0, chdir(folder));
    begin();
    enum status status = sync_file_replace("f", "new", 3, NULL);
    snprintf(want, sizeof(want), "open part\nwrite part\nsync part\nrename part -> f\n"
             "folder sync %s\n", folder_name());
    assert_string_equal(want, recorded());
    assert_int_equal(0, chdir(before));
    assert_int_equal(STATUS_OK, status);
}

static void an_output_given_up_is_removed_and_nothing_is_named(void **state) {
    (void)state;
    struct sync_output *output;
    begin();
    assert_int_equal(STATUS_OK, sync_output_open(in_folder("f"), &output, NULL));
    assert_int_equal(STATUS_OK, sync_output_write(output, "a", 1, NULL));
    sync_output_abort(output);
    assert_string_equal("open part\nwrite part\nremove part\n", recorded());
    assert_string_equal("remove\n", calls);
}

static void a_log_says_when_it_is_synced_and_cut(void **state) {
    (void)state;
    struct sync_file *file;
    begin();
    assert_int_equal(STATUS_OK, sync_file_open(in_folder("log"), SYNC_FILE_CREATE, &file, NULL));
    assert_int_equal(STATUS_OK, sync_file_append(file, "one", 3, NULL));
    assert_int_equal(STATUS_OK, sync_file_sync(file, NULL));
    assert_int_equal(STATUS_OK, sync_file_truncate(file, 1, NULL));
    assert_int_equal(STATUS_OK, sync_file_sync(file, NULL));
    sync_file_close(file);
    assert_int_equal(STATUS_OK, sync_file_open(in_folder("log"), SYNC_FILE_READ, &file, NULL));
    sync_file_close(file);   /* looking changes nothing */
    assert_string_equal("open log\nwrite log\nsync log\ntruncate log\nsync log\n", recorded());
    assert_string_equal("sync\nsync\n", calls);
}

static void names_made_and_removed_are_recorded_by_their_last_part(void **state) {
    (void)state;
    begin();
    assert_int_equal(STATUS_OK, sync_folder_create(in_folder("d/"), NULL));
    assert_int_equal(STATUS_OK, sync_folder_sync(in_folder("d//"), NULL));
    assert_int_equal(STATUS_OK, sync_folder_remove(in_folder("d"), NULL));
    assert_string_equal("folder create d\nfolder sync d\nfolder remove d\n", recorded());
    char name[100];
    memset(name, 'x', sizeof(name));
    name[99] = '\0';
    begin();
    assert_int_equal(STATUS_OK, sync_folder_create(in_folder(name), NULL));
    assert_int_equal(1, sync_record_end());
    assert_int_equal(SYNC_STEP_NAME_BYTES - 1, strlen(steps[0].name));
    assert_memory_equal(name, steps[0].name, SYNC_STEP_NAME_BYTES - 1);
}

static void what_failed_is_not_recorded(void **state) {
    (void)state;
    struct sync_file *file;
    assert_int_equal(STATUS_OK, sync_file_open(in_folder("log"), SYNC_FILE_CREATE, &file, NULL));
    begin();
    sync_fault_arm(SYNC_FAULT_FILE, 1, true);
    assert_int_equal(STATUS_IO, sync_file_sync(file, NULL));
    assert_int_equal(STATUS_IO, sync_file_truncate(file, 0, NULL));
    assert_int_equal(STATUS_IO, sync_file_rename(in_folder("log"), in_folder("l"), NULL));
    assert_true(sync_fault_disarm(SYNC_FAULT_FILE));
    assert_int_equal(STATUS_NOT_FOUND, sync_file_remove(in_folder("none"), NULL));
    assert_string_equal("", recorded());
    sync_file_close(file);
}

static void steps_beyond_the_room_are_counted_and_none_after_the_end(void **state) {
    (void)state;
    memset(steps, 0x55, sizeof(steps));
    struct sync_step untouched = steps[2];
    sync_record_begin(steps, 2);
    assert_int_equal(STATUS_OK, sync_file_replace(in_folder("f"), "new", 3, NULL));
    assert_int_equal(5, sync_record_end());
    assert_int_equal(SYNC_STEP_WRITE, steps[1].kind);
    assert_memory_equal(&untouched, &steps[2], sizeof(untouched));
    steps[0] = untouched;
    assert_int_equal(STATUS_OK, sync_file_replace(in_folder("f"), "newer", 5, NULL));
    assert_memory_equal(&untouched, &steps[0], sizeof(untouched));
    begin();
    assert_int_equal(0, sync_record_end());
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_replaced_file_is_synced_before_it_is_named_and_its_folder_after),
        CASE(what_a_link_points_to_is_synced_in_its_own_folder),
        CASE(a_file_in_the_working_folder_syncs_the_working_folder),
        CASE(an_output_given_up_is_removed_and_nothing_is_named),
        CASE(a_log_says_when_it_is_synced_and_cut),
        CASE(names_made_and_removed_are_recorded_by_their_last_part),
        CASE(what_failed_is_not_recorded),
        CASE(steps_beyond_the_room_are_counted_and_none_after_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
