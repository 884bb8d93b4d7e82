/* source.c - from return addresses to files and lines, by asking addr2line. */
#include "source.h"

#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attr.h"
#include "source_impl.h"
#include "text.h"

enum {
    ADDRESSES_A_TIME = 400,    /* on one command line */
    ADDRESS_BYTES = 20,
    FILE_BYTES_MAX = 4 << 20
};

extern char **environ;

/* ---- the addresses ------------------------------------------------------------------ */

static int by_caller(const void *a, const void *b) {
    uintptr_t left = (uintptr_t)((const struct source_place *)a)->caller;
    uintptr_t right = (uintptr_t)((const struct source_place *)b)->caller;
    return left < right ? -1 : left > right;
}

/* Each once, in order. */
static void collect(struct source_map *map, const void *const *callers, size_t all) {
    map->places = calloc(all + 1, sizeof(*map->places));
    if (map->places == NULL) {
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < all; i++) {
        if (callers[i] != NULL) {
            map->places[count++].caller = callers[i];
        }
    }
    qsort(map->places, count, sizeof(*map->places), by_caller);
    for (size_t i = 0; i < count; i++) {
        if (map->count == 0 || map->places[map->count - 1].caller != map->places[i].caller) {
            map->places[map->count++].caller = map->places[i].caller;
        }
    }
}

const struct source_place *source_find(const struct source_map *map, const void *caller) {
    static const struct source_place nowhere;
    struct source_place key = { .caller = caller };
    const struct source_place *found =
        map->count == 0 ? NULL
                        : bsearch(&key, map->places, map->count, sizeof(key), by_caller);
    return found != NULL ? found : &nowhere;
}

const char *source_base(const struct source_place *place) {
    const char *slash = strrchr(place->file, '/');
    return slash != NULL ? slash + 1 : place->file;
}

/* ---- addr2line ---------------------------------------------------------------------- */

/* Everything that `arguments` prints, or nothing. */
static void run_and_read(char **arguments, struct text *output) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = -1;
    bool is_started = posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    char buffer[4096];
    ssize_t got;
    while (is_started && (got = read(ends[0], buffer, sizeof(buffer))) > 0) {
        text_put(output, buffer, (size_t)got);
    }
    close(ends[0]);
    if (is_started) {
        waitpid(child, NULL, 0);
    }
}

/* The inlined wrappers of libs/sync are not where anybody would look. */
static bool is_ours(const char *file) {
    return strstr(file, "/include/sync/") != NULL || strstr(file, "/weft/sync/") != NULL ||
           strstr(file, "stdatomic.h") != NULL;
}

/* "FILE:LINE" or "FILE:LINE (discriminator N)"; "??:0" or "??:?" are unknown. */
static bool read_place(const char *at, size_t count, const char *function, size_t name_count,
                       struct source_place *place) {
    char line[256];
    snprintf(line, sizeof(line), "%.*s", (int)count, at);
    char *note = strstr(line, " (");
    if (note != NULL) {
        *note = '\0';
    }
    char *colon = strrchr(line, ':');
    if (colon == NULL || line[0] == '?' || is_ours(line)) {
        return false;
    }
    *colon = '\0';
    place->line = (unsigned)strtoul(colon + 1, NULL, 10);
    snprintf(place->file, sizeof(place->file), "%.*s", (int)sizeof(place->file) - 1, line);
    snprintf(place->function, sizeof(place->function), "%.*s", (int)name_count, function);
    return true;
}

/*
 * One address: "0x..." on a line of its own, then pairs of lines, function and place, from
 * the innermost inlined function out.  Takes the first that is the program's.
 */
static const char *read_address(const char *at, struct source_place *place) {
    bool is_found = false;
    const char *function = strchr(at, '\n');
    while (function != NULL && function[1] != '\0' && strncmp(function + 1, "0x", 2) != 0) {
        function++;
        const char *where = strchr(function, '\n');
        const char *end = where != NULL ? strchr(where + 1, '\n') : NULL;
        if (end == NULL) {
            return NULL;
        }
        if (!is_found) {
            is_found = read_place(where + 1, (size_t)(end - where - 1), function,
                                  (size_t)(where - function), place);
        }
        function = end;
    }
    return function != NULL && function[1] != '\0' ? function + 1 : NULL;
}

static bool ask(const char *tool, const char *file, struct source_place *places, size_t count) {
    char addresses[ADDRESSES_A_TIME][ADDRESS_BYTES];
    char *arguments[ADDRESSES_A_TIME + 8];
    char *fixed[] = { (char[]){ "-a" }, (char[]){ "-f" }, (char[]){ "-i" }, (char[]){ "-e" } };
    char name[64];
    char path[64];
    size_t used = 0;
    snprintf(name, sizeof(name), "%s", tool);
    snprintf(path, sizeof(path), "%s", file);
    arguments[used++] = name;
    for (size_t i = 0; i < COUNT_OF(fixed); i++) {
        arguments[used++] = fixed[i];
    }
    arguments[used++] = path;
    for (size_t i = 0; i < count; i++) {   /* the call is before its return address */
        uintptr_t address = (uintptr_t)places[i].caller - source_base_address() - 1;
        snprintf(addresses[i], ADDRESS_BYTES, "0x%" PRIxPTR, address);
        arguments[used++] = addresses[i];
    }
    arguments[used] = NULL;
    struct text output = { .bytes = NULL };
    run_and_read(arguments, &output);
    const char *at = text_string(&output);
    bool has_answer = strncmp(at, "0x", 2) == 0;
    for (size_t i = 0; has_answer && at != NULL && i < count; i++) {
        at = read_address(at, &places[i]);
    }
    text_finish(&output);
    return has_answer;
}

void source_load(struct source_map *map, const void *const *callers, size_t count) {
    *map = (struct source_map){ .places = NULL };
    collect(map, callers, count);
    char file[64];
    snprintf(file, sizeof(file), "/proc/%ld/exe", (long)getpid());
    for (size_t from = 0; from < map->count; from += ADDRESSES_A_TIME) {
        size_t left = map->count - from;
        size_t now = left < ADDRESSES_A_TIME ? left : ADDRESSES_A_TIME;
        if (!ask("addr2line", file, map->places + from, now)) {
            (void)ask("llvm-addr2line", file, map->places + from, now);
        }
    }
    for (size_t i = 0; i < map->count; i++) {
        struct source_place *place = &map->places[i];
        if (place->function[0] == '\0' || place->function[0] == '?') {
            place->function[0] = '\0';
            source_symbol((const char *)place->caller - 1, place->function,
                          sizeof(place->function));
        }
    }
}

/* ---- the texts ---------------------------------------------------------------------- */

static bool read_file(const char *path, struct source_file *file) {
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size <= FILE_BYTES_MAX) {
        file->bytes = malloc((size_t)status.st_size + 1);
        ssize_t got = file->bytes != NULL
                          ? read(descriptor, file->bytes, (size_t)status.st_size) : -1;
        file->count = got > 0 ? (size_t)got : 0;
    }
    close(descriptor);
    return file->bytes != NULL;
}

/* From here, then from the folder of the program and those above it. */
static void find_file(struct source_file *file) {
    char folder[512];
    char path[1024];
    if (read_file(file->path, file) || file->path[0] == '/') {
        return;
    }
    ssize_t count = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
    folder[count > 0 ? count : 0] = '\0';
    for (char *slash = strrchr(folder, '/'); slash != NULL && slash != folder;
         slash = strrchr(folder, '/')) {
        *slash = '\0';
        snprintf(path, sizeof(path), "%s/%s", folder, file->path);
        if (read_file(path, file)) {
            return;
        }
    }
}

static struct source_file *file_of(struct source_map *map, const char *path) {
    for (size_t i = 0; i < map->file_count; i++) {
        if (strcmp(map->files[i].path, path) == 0) {
            return &map->files[i];
        }
    }
    struct source_file *files = realloc(map->files, (map->file_count + 1) * sizeof(*files));
    if (files == NULL) {
        return NULL;
    }
    map->files = files;
    struct source_file *file = &files[map->file_count];
    *file = (struct source_file){ .path = strdup(path) };
    if (file->path == NULL) {
        return NULL;
    }
    map->file_count++;
    find_file(file);
    return file;
}

const char *source_whole_line(struct source_map *map, const char *path, unsigned line,
                              size_t *out_count) {
    struct source_file *file = path[0] != '\0' && line > 0 ? file_of(map, path) : NULL;
    if (file == NULL || file->bytes == NULL) {
        return NULL;
    }
    const char *at = file->bytes;
    const char *end = file->bytes + file->count;
    for (unsigned i = 1; i < line && at != NULL; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at != NULL ? at + 1 : NULL;
    }
    if (at == NULL || at == end) {
        return NULL;
    }
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    *out_count = (size_t)((stop != NULL ? stop : end) - at);
    return at;
}

const char *source_line(struct source_map *map, const char *path, unsigned line,
                        size_t *out_count) {
    const char *at = source_whole_line(map, path, line, out_count);
    while (at != NULL && *out_count > 0 && (*at == ' ' || *at == '\t')) {
        at++;
        (*out_count)--;
    }
    return at;
}

void source_finish(struct source_map *map) {
    for (size_t i = 0; i < map->file_count; i++) {
        free(map->files[i].path);
        free(map->files[i].bytes);
    }
    free(map->files);
    free(map->places);
    *map = (struct source_map){ .places = NULL };
}
