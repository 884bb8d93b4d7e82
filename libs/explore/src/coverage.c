/* coverage.c - a sample of the schedules that were seen. */
#include "coverage.h"

#include <stddef.h>
#include <string.h>

#include "base/hash.h"

enum { SLOTS_FULL = COVERAGE_SLOTS / 4 * 3, SLOT_BITS = 14 };

/* Is a hash in the sample? */
static bool is_kept(uint64_t hash, uint32_t level) {
    return level == 0 || hash >> (64 - level) == 0;
}

/* `more`: it was seen again, here or by whoever is merged. */
static void put(struct coverage *coverage, uint64_t hash, bool more) {
    size_t at = (size_t)(hash >> 1) & (COVERAGE_SLOTS - 1);
    while (coverage->slots[at] != 0) {
        if (((coverage->slots[at] ^ hash) | 1) == 1) {
            coverage->slots[at] |= 1;
            return;
        }
        at = (at + 1) & (COVERAGE_SLOTS - 1);
    }
    coverage->slots[at] = (hash & ~UINT64_C(1)) | more;
    coverage->used++;
}

/* Keep every second hash. */
static void thin(struct coverage *coverage) {
    static uint64_t kept[COVERAGE_SLOTS];
    memcpy(kept, coverage->slots, sizeof(kept));
    memset(coverage->slots, 0, sizeof(coverage->slots));
    coverage->used = 0;
    coverage->level++;
    for (size_t i = 0; i < COVERAGE_SLOTS; i++) {
        if (kept[i] != 0 && is_kept(kept[i], coverage->level)) {
            put(coverage, kept[i], (kept[i] & 1) != 0);
        }
    }
}

static void keep(struct coverage *coverage, uint64_t hash, bool more) {
    if (is_kept(hash, coverage->level)) {
        put(coverage, hash, more);
        while (coverage->used >= SLOTS_FULL) {
            thin(coverage);
        }
    }
}

void coverage_add(struct coverage *coverage, const struct trace *trace) {
    size_t bytes = trace->decision_count * sizeof(trace->decisions[0]);
    uint64_t hash = hash_64(trace->decisions, bytes, trace->threads);
    coverage->runs++;
    keep(coverage, hash > 1 ? hash : 2, false);
}

void coverage_merge(struct coverage *coverage, const struct coverage *other) {
    while (coverage->level < other->level) {
        thin(coverage);
    }
    coverage->runs += other->runs;
    for (size_t i = 0; i < COVERAGE_SLOTS; i++) {
        if (other->slots[i] != 0) {
            keep(coverage, other->slots[i], (other->slots[i] & 1) != 0);
        }
    }
}

uint64_t coverage_different(const struct coverage *coverage) {
    uint64_t different = (uint64_t)coverage->used << coverage->level;
    return different < coverage->runs ? different : coverage->runs;
}

double coverage_unseen(const struct coverage *coverage) {
    uint64_t once = 0;
    if (coverage->runs == 0) {
        return 1;
    }
    for (size_t i = 0; i < COVERAGE_SLOTS; i++) {
        once += coverage->slots[i] != 0 && (coverage->slots[i] & 1) == 0;
    }
    double unseen = (double)(once << coverage->level) / (double)coverage->runs;
    return unseen < 1 ? unseen : 1;
}
