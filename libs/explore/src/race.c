/* race.c - data races, and accesses of freed memory. */
#include "race.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core.h"
#include "source.h"

enum {
    PAGE_BITS = 12,
    PAGE_CELLS = 1 << (PAGE_BITS - 3),
    RECORDS_MAX = 1 << 20,        /* beyond the first of a cell, in one execution */
    SHARED_MAX = 1 << 18,
    NEAR = 256                    /* pages that are found at once */
};

struct page {
    uintptr_t number;             /* address >> PAGE_BITS */
    struct page *next;            /* of the same hash */
    struct cell cells[PAGE_CELLS];
};

/* The reads of some bytes since the last write, by thread. */
struct shared {
    clock_block epochs[CLOCK_BLOCKS];
    const void *callers[TRACE_THREADS_MAX];
};

static struct {
    bool is_wanted;
    uintptr_t address;            /* of the access that is looked at */
    struct page *near[NEAR];
    struct page **table;
    size_t table_mask;
    size_t page_count;
    struct record *records;       /* from 1 */
    uint32_t record_count;
    struct shared *shared;        /* from 1 */
    uint32_t shared_count;
} race;

static void *reserve(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

bool core_race_create(void) {
    enum { TABLE_START = 1 << 10 };
    race.table = calloc(TABLE_START, sizeof(*race.table));
    race.table_mask = TABLE_START - 1;
    race.records = reserve(RECORDS_MAX * sizeof(*race.records));
    race.shared = reserve(SHARED_MAX * sizeof(*race.shared));
    return race.table != NULL && race.records != NULL && race.shared != NULL;
}

void core_race_destroy(void) {
    for (size_t i = 0; race.table != NULL && i <= race.table_mask; i++) {
        for (struct page *page = race.table[i]; page != NULL;) {
            struct page *next = page->next;
            free(page);
            page = next;
        }
    }
    free(race.table);
    if (race.records != NULL) {
        munmap(race.records, RECORDS_MAX * sizeof(*race.records));
    }
    if (race.shared != NULL) {
        munmap(race.shared, SHARED_MAX * sizeof(*race.shared));
    }
    bool is_wanted = race.is_wanted;
    memset(&race, 0, sizeof(race));
    race.is_wanted = is_wanted;
}

void core_race_begin(struct core *e) {
    (void)e;
    race.record_count = 0;
    race.shared_count = 0;
}

bool core_race_is_wanted(void) {
    return race.is_wanted;
}

void engine_watch(bool is_wanted) {
    race.is_wanted = is_wanted;
}

/* ---- cells ---- */

static size_t hash_of(uintptr_t number) {
    return (size_t)(((uint64_t)number * UINT64_C(0x9e3779b97f4a7c15)) >> 24);
}

static void grow_table(void) {
    size_t mask = 4 * (race.table_mask + 1) - 1;
    struct page **table = calloc(mask + 1, sizeof(struct page *));
    ASSERT(table != NULL);
    for (size_t i = 0; i <= race.table_mask; i++) {
        for (struct page *page = race.table[i]; page != NULL;) {
            struct page *next = page->next;
            struct page **at = &table[hash_of(page->number) & mask];
            page->next = *at;
            *at = page;
            page = next;
        }
    }
    free(race.table);
    race.table = table;
    race.table_mask = mask;
}

static struct page *find_page(uintptr_t number) {
    struct page *page = race.table[hash_of(number) & race.table_mask];
    while (page != NULL && page->number != number) {
        page = page->next;
    }
    return page;
}

static NO_INLINE struct page *make_page(uintptr_t number) {
    struct page *page = find_page(number);
    if (page == NULL) {
        page = calloc(1, sizeof(*page));
        ASSERT(page != NULL);
        if (race.page_count++ > race.table_mask) {
            grow_table();
        }
        struct page **at = &race.table[hash_of(number) & race.table_mask];
        page->number = number;
        page->next = *at;
        *at = page;
    }
    race.near[number % NEAR] = page;
    return page;
}

static ALWAYS_INLINE struct cell *cell_at(uintptr_t address) {
    uintptr_t number = address >> PAGE_BITS;
    struct page *page = race.near[number % NEAR];
    if (UNLIKELY(page == NULL || page->number != number)) {
        page = make_page(number);
    }
    return &page->cells[address >> 3 & (PAGE_CELLS - 1)];
}

static ALWAYS_INLINE void refresh(const struct core *e, struct cell *cell, uintptr_t address) {
    if (cell->run != e->run) {
        cell->run = e->run;
        cell->atomic = 0;
        cell->is_freed = core_heap_is_freed(address);
        cell->record = (struct record){ .bytes = 0 };
    }
}

static void refuse_freed(struct core *e, const struct cell *cell) {
    if (cell->is_freed) {
        core_fail(e, VERDICT_MISUSE, "thread %u uses a word or lock in freed memory",
                  e->running->number);
    }
}

struct cell *core_cell_of(struct core *e, const struct object *object) {
    uintptr_t address = (uintptr_t)object->address;
    struct cell *cell = cell_at(address);
    refresh(e, cell, address);
    refuse_freed(e, cell);
    cell->atomic |= (uint8_t)(1u << (address & 7));
    return cell;
}

/* ---- races ---- */

/* " in FUNCTION", or nothing when it is not known. */
static const char *say_place(const void *caller, char *text, size_t room) {
    char name[40];
    text[0] = '\0';
    if (caller != NULL && source_symbol((const char *)caller - 1, name, sizeof(name))) {
        snprintf(text, room, " in %s", name);
    }
    return text;
}

static _Noreturn void found(struct core *e, bool is_write, const void *caller, uint32_t other,
                            bool was_write, const void *other_caller) {
    char what[40];
    char here[48];
    char there[48];
    if (!source_symbol((const void *)race.address, what, sizeof(what))) {
        snprintf(what, sizeof(what), "memory");
    }
    core_fail(e, VERDICT_RACE, "thread %u %s %s%s, thread %u %s it%s; neither happens first",
              e->running->number, is_write ? "writes" : "reads", what,
              say_place(caller, here, sizeof(here)), other, was_write ? "wrote" : "read",
              say_place(other_caller, there, sizeof(there)));
}

static uint32_t new_record(struct core *e) {
    if (race.record_count + 1 == RECORDS_MAX) {
        core_fail(e, VERDICT_LIVELOCK, "more than %d records of accesses", RECORDS_MAX);
    }
    return ++race.record_count;
}

static void share(struct core *e, struct record *record) {
    if (race.shared_count + 1 == SHARED_MAX) {
        core_fail(e, VERDICT_LIVELOCK, "more than %d shared reads", SHARED_MAX);
    }
    uint32_t at = ++race.shared_count;
    clock_blocks_fill(race.shared[at].epochs, 0, CLOCK_BLOCKS);
    clock_lane_set(race.shared[at].epochs, record->read_thread, record->read_epoch);
    race.shared[at].callers[record->read_thread] = record->read_caller;
    record->shared = at;
    record->read_epoch = 0;
}

static void check_reads(struct core *e, const struct record *record, const void *caller) {
    const clock_block *known = e->running->clock.known;
    if (record->read_epoch > clock_lane(known, record->read_thread)) {
        found(e, true, caller, record->read_thread, false, record->read_caller);
    }
    const struct shared *shared = &race.shared[record->shared];
    for (uint32_t i = 0; record->shared != 0 && i < e->thread_count; i++) {
        if (clock_lane(shared->epochs, i) > clock_lane(known, i)) {
            found(e, true, caller, i, false, shared->callers[i]);
        }
    }
}

/* One access to all the bytes of one record. */
static void apply(struct core *e, struct record *record, bool is_write, const void *caller) {
    struct thread *self = e->running;
    const clock_block *known = self->clock.known;
    if (record->write_epoch > clock_lane(known, record->write_thread)) {
        found(e, is_write, caller, record->write_thread, true, record->write_caller);
    }
    if (is_write) {
        check_reads(e, record, caller);
        record->write_thread = self->number;
        record->write_epoch = core_epoch(self);
        record->write_caller = caller;
        record->read_epoch = 0;
        record->shared = 0;
        return;
    }
    bool is_alone = record->shared == 0 &&
                    record->read_epoch <= clock_lane(known, record->read_thread);
    if (is_alone) {
        record->read_thread = self->number;
        record->read_epoch = core_epoch(self);
        record->read_caller = caller;
        return;
    }
    if (record->shared == 0) {
        share(e, record);
    }
    clock_lane_set(race.shared[record->shared].epochs, self->number, core_epoch(self));
    race.shared[record->shared].callers[self->number] = caller;
}

static bool is_alike(const struct record *a, const struct record *b) {
    return a->write_epoch == b->write_epoch && a->write_thread == b->write_thread &&
           a->read_epoch == b->read_epoch && a->read_thread == b->read_thread &&
           a->shared == b->shared && a->write_caller == b->write_caller &&
           a->read_caller == b->read_caller;
}

/* Bytes with the accesses of `state` join those that are like them, or lead the list. */
static void place(struct core *e, struct cell *cell, struct record state, uint8_t bytes) {
    struct record *free_one = NULL;
    for (struct record *at = &cell->record;; at = &race.records[at->next]) {
        if (at->bytes != 0 && is_alike(at, &state)) {
            at->bytes |= bytes;
            return;
        }
        free_one = at->bytes == 0 ? at : free_one;
        if (at->next == 0) {
            break;
        }
    }
    uint32_t next = cell->record.next;
    if (free_one == NULL) {
        next = new_record(e);
        race.records[next] = cell->record;
    } else if (free_one != &cell->record) {
        uint32_t after = free_one->next;
        *free_one = cell->record;
        free_one->next = after;
    }
    cell->record = state;
    cell->record.bytes = bytes;
    cell->record.next = next;
}

/* What becomes of some of a record's bytes: those that stay keep the reads they share. */
static struct record split(struct core *e, struct record *record, uint8_t bytes) {
    struct record part = *record;
    record->bytes = (uint8_t)(record->bytes & ~bytes);
    if (part.shared != 0) {
        if (race.shared_count + 1 == SHARED_MAX) {
            core_fail(e, VERDICT_LIVELOCK, "more than %d shared reads", SHARED_MAX);
        }
        part.shared = ++race.shared_count;
        race.shared[part.shared] = race.shared[record->shared];
    }
    return part;
}

static void access_records(struct core *e, struct cell *cell, uint8_t bytes, bool is_write,
                           const void *caller) {
    struct record parts[8];
    uint8_t part_bytes[8];
    uint32_t part_count = 0;
    uint8_t left = bytes;
    for (struct record *record = &cell->record;; record = &race.records[record->next]) {
        uint8_t common = record->bytes & bytes;
        if (common != 0 && common == record->bytes) {
            apply(e, record, is_write, caller);
        } else if (common != 0) {
            parts[part_count] = split(e, record, common);
            apply(e, &parts[part_count], is_write, caller);
            part_bytes[part_count++] = common;
        }
        left = (uint8_t)(left & ~common);
        if (left == 0 || record->next == 0) {
            break;
        }
    }
    for (uint32_t i = 0; i < part_count; i++) {
        place(e, cell, parts[i], part_bytes[i]);
    }
    if (left != 0) {
        struct record fresh = { .bytes = 0 };
        apply(e, &fresh, is_write, caller);
        place(e, cell, fresh, left);
    }
}

/* ---- words and locks ---- */

/*
 * A lock's memory is written or freed: by one who knows of every use before.  Otherwise the
 * use could have come after it, in an execution that need not be looked for.
 */
static void meet_lock(struct core *e, const struct object *lock, const void *caller) {
    const clock_block *known = e->running->clock.known;
    if (lock->owner != CORE_NOBODY) {
        core_fail(e, VERDICT_MISUSE, "thread %u writes over lock %u, which is held",
                  e->running->number, lock->number);
    }
    for (uint32_t i = 0; i < e->thread_count; i++) {
        if (clock_lane(lock->accesses, i) > clock_lane(known, i)) {
            char here[48];
            core_fail(e, VERDICT_RACE,
                      "thread %u writes over or frees lock %u%s, thread %u used it; "
                      "neither happens first", e->running->number, lock->number,
                      say_place(caller, here, sizeof(here)), i);
        }
    }
}

/* A plain access where a word or lock is: it has to know of all that was done with it. */
static void meet_object(struct core *e, struct object *object, bool is_write,
                        const void *caller) {
    object->checked = 0;
    if (object->kind == OBJECT_LOCK) {
        if (is_write) {
            meet_lock(e, object, caller);
        }
        return;
    }
    if (object->newest == 0) {
        return;
    }
    const clock_block *known = e->running->clock.known;
    const clock_block *epochs = is_write ? object->accesses : object->writes;
    for (uint32_t i = 0; i < e->thread_count; i++) {
        if (clock_lane(epochs, i) > clock_lane(known, i)) {
            found(e, is_write, caller, i, clock_lane(object->writes, i) > clock_lane(known, i),
                  NULL);
        }
    }
    if (is_write && object->first_sleeper == CORE_NOBODY) {
        object->newest = 0;   /* begins anew with what is written */
    }
}

static void meet_objects(struct core *e, struct cell *cell, uintptr_t word, uint8_t bytes,
                         bool is_write, const void *caller) {
    for (uint32_t i = 0; i < 8; i++) {
        if ((cell->atomic >> i & 1) == 0) {
            continue;
        }
        struct address_slot *slot = core_slot(e, (const void *)(word + i));
        if (slot->run != e->run) {
            continue;
        }
        struct object *object = &e->objects[slot->object];
        uint32_t width = object->bytes;
        if ((((1u << width) - 1) << i & bytes) != 0) {
            meet_object(e, object, is_write, caller);
        }
    }
}

void core_race_check_atomic(struct core *e, struct object *word, bool is_write) {
    struct cell *cell = word->cell;
    uint32_t shift = (uint32_t)((uintptr_t)word->address & 7);
    uint8_t bytes = (uint8_t)(((1u << word->bytes) - 1) << shift);
    const struct record *record = &cell->record;
    race.address = (uintptr_t)word->address;
    if (cell->run == e->run) {
        refuse_freed(e, cell);   /* it went while the thread was about to use it */
    }
    while (cell->run == e->run) {
        if ((record->bytes & bytes) != 0) {
            if (record->write_epoch > clock_lane(e->running->clock.known, record->write_thread)) {
                found(e, is_write, NULL, record->write_thread, true, record->write_caller);
            }
            if (is_write) {
                check_reads(e, record, NULL);
            }
        }
        if (record->next == 0) {
            break;
        }
        record = &race.records[record->next];
    }
    if (is_write || record->read_epoch == 0) {
        word->checked |= CORE_BIT(e->running->number);
    }
}

/* ---- accesses ---- */

static NO_INLINE void access_slowly(struct core *e, struct cell *cell, uintptr_t word,
                                    uint8_t bytes, bool is_write, const void *caller) {
    refresh(e, cell, word);
    race.address = word + (uintptr_t)__builtin_ctz(bytes);
    if (cell->is_freed) {
        char here[48];
        core_fail(e, VERDICT_MISUSE, "thread %u %s freed memory%s", e->running->number,
                  is_write ? "writes" : "reads", say_place(caller, here, sizeof(here)));
    }
    if (cell->atomic != 0) {
        meet_objects(e, cell, word, bytes, is_write, caller);
    }
    access_records(e, cell, bytes, is_write, caller);
}

static ALWAYS_INLINE void access_word(struct core *e, uintptr_t address, uint8_t bytes,
                                      bool is_write, const void *caller) {
    struct cell *cell = cell_at(address);
    const struct record *record = &cell->record;
    const struct thread *self = e->running;
    int32_t epoch = core_epoch(self);
    bool is_same = cell->run == e->run && (record->bytes & bytes) == bytes && cell->atomic == 0 &&
                   !cell->is_freed;
    if (is_same && record->write_epoch == epoch && record->write_thread == self->number) {
        return;
    }
    if (!is_write && is_same && record->read_epoch == epoch &&
        record->read_thread == self->number) {
        return;
    }
    access_slowly(e, cell, address & ~(uintptr_t)7, bytes, is_write, caller);
}

void core_access(const void *memory, size_t count, bool is_write, const void *caller) {
    struct core *e = &explore_core;
    if (UNLIKELY(!e->is_running || !e->is_watching)) {
        return;
    }
    uintptr_t address = (uintptr_t)memory;
    uintptr_t shift = address & 7;
    if (LIKELY(shift + count <= 8)) {
        access_word(e, address, (uint8_t)(((1u << count) - 1) << shift), is_write, caller);
        return;
    }
    while (count > 0) {
        shift = address & 7;
        size_t part = count < 8 - shift ? count : 8 - shift;
        access_word(e, address, (uint8_t)(((1u << part) - 1) << shift), is_write, caller);
        address += part;
        count -= part;
    }
}

/* ---- memory that comes and goes ---- */

void core_race_allocate(struct core *e, const void *memory, size_t bytes) {
    uintptr_t end = (uintptr_t)memory + bytes;
    for (uintptr_t at = (uintptr_t)memory & ~(uintptr_t)7; at < end; at += 8) {
        struct page *page = find_page(at >> PAGE_BITS);
        if (page == NULL) {
            at |= (1 << PAGE_BITS) - 8;
            continue;
        }
        struct cell *cell = &page->cells[at >> 3 & (PAGE_CELLS - 1)];
        if (cell->run == e->run) {
            cell->run = 0;
        }
    }
}

/* An object in memory that goes is not found any more. */
static void forget_objects(struct core *e, const struct cell *cell, uintptr_t word) {
    for (uint32_t i = 0; i < 8; i++) {
        if ((cell->atomic >> i & 1) == 0) {
            continue;
        }
        struct address_slot *slot = core_slot(e, (const void *)(word + i));
        if (slot->run == e->run) {
            const struct object *object = &e->objects[slot->object];
            if (object->owner != CORE_NOBODY || object->first_sleeper != CORE_NOBODY) {
                core_fail(e, VERDICT_MISUSE, "thread %u frees %s %u, which %s",
                          e->running->number,
                          object->kind == OBJECT_LOCK ? "lock" : "word", object->number,
                          object->kind == OBJECT_LOCK ? "is held" : "a thread sleeps on");
            }
            slot->address = &explore_core;   /* no word's or lock's */
        }
    }
}

/*
 * A write of every byte, after which none may come.  Cells that nobody used yet learn from
 * the heap that their memory is gone.
 */
void core_race_free(struct core *e, const void *memory, size_t bytes) {
    const void *caller = __builtin_return_address(0);
    uintptr_t end = (uintptr_t)memory + bytes;
    struct page *page = NULL;
    for (uintptr_t at = (uintptr_t)memory; at < end; at += 8) {
        if (page == NULL || page->number != at >> PAGE_BITS) {
            page = find_page(at >> PAGE_BITS);
        }
        if (page == NULL) {
            at |= (1 << PAGE_BITS) - 8;
            continue;
        }
        struct cell *cell = &page->cells[at >> 3 & (PAGE_CELLS - 1)];
        if (cell->run == e->run) {
            size_t part = end - at < 8 ? end - at : 8;
            access_slowly(e, cell, at, (uint8_t)((1u << part) - 1), true, caller);
            forget_objects(e, cell, at);
            cell->is_freed = true;
        }
    }
}
