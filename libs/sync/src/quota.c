/*
 * quota.c - the share of the machine's CPU time that control groups leave us.
 *
 * Version 2 has one tree, with `cpu.max` in each group ("QUOTA PERIOD", or "max
 * PERIOD"); version 1 has a tree of the cpu controller, with one file for each number,
 * -1 for no limit.  A group is bound by all groups above it, and a container may see
 * its own group as the root or not at all, so every level that is there is asked.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sync/thread.h"

enum { TEXT_BYTES = 8192 };

static bool read_text(const char *path, char text[TEXT_BYTES]) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = descriptor >= 0 ? read(descriptor, text, TEXT_BYTES - 1) : -1;
    if (descriptor >= 0) {
        close(descriptor);
    }
    text[count > 0 ? count : 0] = '\0';
    return count > 0;
}

static bool read_file(const char *folder, const char *name, char text[TEXT_BYTES]) {
    char path[PATH_MAX];
    int count = snprintf(path, sizeof(path), "%s/%s", folder, name);
    return count > 0 && (size_t)count < sizeof(path) && read_text(path, text);
}

static uint32_t cpus_for(int64_t quota, int64_t period) {
    if (quota <= 0 || period <= 0) {
        return SYNC_CPUS_MAX;
    }
    int64_t cpus = quota / period + (quota % period != 0);
    return cpus < SYNC_CPUS_MAX ? (uint32_t)cpus : SYNC_CPUS_MAX;
}

/* The limit that one group sets by itself; "max" is no number, and so no limit. */
static uint32_t limit_of(const char *group, bool is_v2) {
    char text[TEXT_BYTES];
    int64_t quota = -1;
    int64_t period = -1;
    if (is_v2) {
        return read_file(group, "cpu.max", text) &&
                       sscanf(text, "%" SCNd64 " %" SCNd64, &quota, &period) == 2
                   ? cpus_for(quota, period) : SYNC_CPUS_MAX;
    }
    return read_file(group, "cpu.cfs_quota_us", text) &&
                   sscanf(text, "%" SCNd64, &quota) == 1 &&
                   read_file(group, "cpu.cfs_period_us", text) &&
                   sscanf(text, "%" SCNd64, &period) == 1
               ? cpus_for(quota, period) : SYNC_CPUS_MAX;
}

/* The least limit of the group at `path` under `tree` and of those above it. */
static uint32_t limit_up_from(const char *tree, const char *path, bool is_v2) {
    char group[PATH_MAX];
    size_t tree_bytes = strlen(tree);
    int count = snprintf(group, sizeof(group), "%s%s", tree, path);
    if (count < 0 || (size_t)count >= sizeof(group)) {
        return SYNC_CPUS_MAX;
    }
    uint32_t least = limit_of(group, is_v2);
    for (char *slash = strrchr(group, '/'); slash != NULL && slash >= group + tree_bytes;
         slash = strrchr(group, '/')) {
        *slash = '\0';
        uint32_t limit = limit_of(group, is_v2);
        least = limit < least ? limit : least;
    }
    return least;
}

/* Is `cpu` one of the controllers "a,b,c"? */
static bool has_cpu(const char *controllers, size_t bytes) {
    for (size_t at = 0; at < bytes;) {
        const char *comma = memchr(controllers + at, ',', bytes - at);
        size_t end = comma != NULL ? (size_t)(comma - controllers) : bytes;
        if (end - at == 3 && memcmp(controllers + at, "cpu", 3) == 0) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

/* A line "NUMBER:CONTROLLERS:PATH" of /proc/self/cgroup; version 2 names no controllers. */
static uint32_t limit_of_line(const char *root, const char *line) {
    const char *first = strchr(line, ':');
    const char *second = first != NULL ? strchr(first + 1, ':') : NULL;
    if (second == NULL || second[1] != '/') {
        return SYNC_CPUS_MAX;
    }
    size_t bytes = (size_t)(second - first) - 1;
    bool is_v2 = bytes == 0;
    if (!is_v2 && !has_cpu(first + 1, bytes)) {
        return SYNC_CPUS_MAX;
    }
    const char *trees[] = { is_v2 ? "" : "/cpu", is_v2 ? "/unified" : "/cpu,cpuacct" };
    uint32_t least = SYNC_CPUS_MAX;
    for (int i = 0; i < 2; i++) {
        char tree[PATH_MAX];
        snprintf(tree, sizeof(tree), "%s/sys/fs/cgroup%s", root, trees[i]);
        uint32_t limit = limit_up_from(tree, second + 1, is_v2);
        least = limit < least ? limit : least;
    }
    return least;
}

uint32_t sync_cpu_quota(const char *root) {
    char path[PATH_MAX];
    char text[TEXT_BYTES];
    uint32_t least = SYNC_CPUS_MAX;
    snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
    if (!read_text(path, text)) {
        return least;
    }
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        uint32_t limit = limit_of_line(root, line);
        least = limit < least ? limit : least;
    }
    return least;
}
