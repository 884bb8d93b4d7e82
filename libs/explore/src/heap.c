/*
 * heap.c - the heap of an execution: addresses are the same in every one, nothing is
 * used again before long, and whatever is left goes at the end.
 *
 * Small pieces are cut from one region in order.  Freed ones wait in a queue of their
 * size, oldest first, and are cut out of it again only when the region is well used.
 * Large ones come from the system.  Pieces of main() are the system's too.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core.h"
#include "race.h"

#define REGION_BYTES ((size_t)1 << 30)
#define REUSE_FROM_BYTES ((size_t)32 << 20)   /* of the region used: below it nothing is reused */
#define KEEP_BYTES ((size_t)8 << 20)          /* of the region stay mapped between executions */

enum { SMALL_MAX = 1 << 16, CLASS_STEP = 16, CLASSES = SMALL_MAX / CLASS_STEP + 1 };

/* Before every piece. */
struct head {
    struct head *next;      /* pieces in use are a list, in both directions */
    struct head *before;
    size_t bytes;
    uint32_t run;           /* the execution it belongs to; 0: none */
    uint16_t offset;        /* from what the system gave to the piece; 0: of the region */
    uint16_t is_live;
};

_Static_assert(sizeof(struct head) % 16 == 0, "pieces stay aligned");

struct queue {
    struct head *first;
    struct head *last;
    uint32_t run;
};

enum { UNIT = CLASS_STEP, UNITS_A_WORD = 64 };

static struct {
    char *region;
    uint64_t *freed;        /* a bit for each 16 bytes of the region */
    size_t freed_end;       /* bytes of the region that it may speak of */
    size_t used;
    size_t most_used;
    struct head live;       /* the list's own end */
    uint64_t count;         /* pieces in use, of this execution */
    uint64_t outside;       /* pieces in use that no execution owns */
    struct queue queues[CLASSES];
} heap;

bool core_heap_create(void) {
    memset(&heap, 0, sizeof(heap));
    void *region = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    heap.region = region != MAP_FAILED ? region : NULL;
    void *freed = mmap(NULL, REGION_BYTES / UNIT / 8, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    heap.freed = freed != MAP_FAILED ? freed : NULL;
    return heap.region != NULL && heap.freed != NULL;
}

void core_heap_destroy(void) {
    if (heap.region != NULL) {
        munmap(heap.region, REGION_BYTES);
    }
    if (heap.freed != NULL) {
        munmap(heap.freed, REGION_BYTES / UNIT / 8);
    }
    memset(&heap, 0, sizeof(heap));
}

void core_heap_begin(void) {
    for (size_t i = 0; i < (heap.freed_end + UNIT * UNITS_A_WORD - 1) / (UNIT * UNITS_A_WORD);
         i++) {
        heap.freed[i] = 0;
    }
    heap.freed_end = 0;
    heap.used = 0;
    heap.count = 0;
    heap.live.next = heap.live.before = &heap.live;
}

static void set_freed(const struct head *head, bool is_freed) {
    size_t begin = (size_t)((const char *)(head + 1) - heap.region) / UNIT;
    size_t end = begin + (head->bytes + UNIT - 1) / UNIT;
    heap.freed_end = end * UNIT > heap.freed_end ? end * UNIT : heap.freed_end;
    while (begin < end) {
        size_t place = begin % UNITS_A_WORD;
        size_t count = UNITS_A_WORD - place < end - begin ? UNITS_A_WORD - place : end - begin;
        uint64_t bits = (UINT64_MAX >> (UNITS_A_WORD - count)) << place;
        uint64_t *word = &heap.freed[begin / UNITS_A_WORD];
        *word = is_freed ? *word | bits : *word & ~bits;
        begin += count;
    }
}

bool core_heap_is_freed(uintptr_t address) {
    uintptr_t at = address - (uintptr_t)heap.region;
    return at < heap.freed_end &&
           (heap.freed[at / UNIT / UNITS_A_WORD] >> at / UNIT % UNITS_A_WORD & 1) != 0;
}

static void release(struct head *head) {
    if (head->offset != 0) {
        free((char *)(head + 1) - head->offset);
    }
}

uint64_t core_heap_end(void) {
    uint64_t left = heap.count;
    for (struct head *head = heap.live.next; head != &heap.live;) {
        struct head *next = head->next;
        release(head);
        head = next;
    }
    if (heap.used > KEEP_BYTES) {
        madvise(heap.region + KEEP_BYTES, heap.used - KEEP_BYTES, MADV_DONTNEED);
    }
    core_heap_begin();
    return left;
}

static void link_live(struct head *head) {
    head->next = heap.live.next;
    head->before = &heap.live;
    head->next->before = head;
    heap.live.next = head;
    heap.count++;
}

static struct head *from_system(size_t bytes, size_t align) {
    size_t offset = (sizeof(struct head) + align - 1) & ~(align - 1);
    if (bytes > SIZE_MAX / 2) {
        return NULL;
    }
    char *base = aligned_alloc(align, (offset + bytes + align - 1) & ~(align - 1));
    if (base == NULL) {
        return NULL;
    }
    struct head *head = (struct head *)(void *)(base + offset) - 1;
    *head = (struct head){ .bytes = bytes, .offset = (uint16_t)offset };
    return head;
}

static struct head *from_queue(uint32_t run, size_t bytes) {
    struct queue *queue = &heap.queues[bytes / CLASS_STEP];
    if (queue->run != run || queue->first == NULL) {
        return NULL;
    }
    struct head *head = queue->first;
    queue->first = head->next;
    return head;
}

static struct head *from_region(uint32_t run, size_t bytes, size_t align) {
    size_t room = (bytes + CLASS_STEP - 1) & ~(size_t)(CLASS_STEP - 1);
    struct head *head = NULL;
    if (heap.used >= REUSE_FROM_BYTES && align == CLASS_STEP) {
        head = from_queue(run, room);
    }
    if (head == NULL) {
        size_t at = (heap.used + sizeof(struct head) + align - 1) & ~(align - 1);
        if (at + room > REGION_BYTES) {
            return NULL;
        }
        heap.used = at + room;
        head = (struct head *)(void *)(heap.region + at) - 1;
    }
    *head = (struct head){ .bytes = bytes };
    return head;
}

static bool is_refused(struct core *e) {
    if (e->allocation_failures_left == 0 || core_decide(e, DECIDE_MEMORY, 2, NULL) == 0) {
        return false;
    }
    e->allocation_failures_left--;
    return true;
}

void *explore_allocate(size_t bytes, size_t align) {
    struct core *e = &explore_core;
    struct head *head;
    if (!e->is_running) {
        head = from_system(bytes, align);
        heap.outside += head != NULL;
    } else if (is_refused(e)) {
        return NULL;
    } else {
        head = bytes <= SMALL_MAX - CLASS_STEP ? from_region(e->run, bytes, align) : NULL;
        head = head != NULL ? head : from_system(bytes, align);
        if (head != NULL) {
            head->run = e->run;
            link_live(head);
            if (e->is_watching && (head->offset != 0 || heap.used >= REUSE_FROM_BYTES)) {
                core_race_allocate(e, head + 1, bytes);
                if (head->offset == 0) {
                    set_freed(head, false);
                }
            }
        }
    }
    if (head == NULL) {
        return NULL;
    }
    head->is_live = 1;
    return head + 1;
}

static void put_in_queue(uint32_t run, struct head *head) {
    size_t room = (head->bytes + CLASS_STEP - 1) & ~(size_t)(CLASS_STEP - 1);
    struct queue *queue = &heap.queues[room / CLASS_STEP];
    head->next = NULL;
    if (queue->run != run || queue->first == NULL) {
        *queue = (struct queue){ .first = head, .last = head, .run = run };
        return;
    }
    queue->last->next = head;
    queue->last = head;
}

void explore_free(void *memory) {
    struct core *e = &explore_core;
    if (memory == NULL) {
        return;
    }
    struct head *head = (struct head *)memory - 1;
    if (head->run == 0) {
        heap.outside--;
        release(head);
        return;
    }
    if (!e->is_running || head->run != e->run) {
        return;   /* of an execution that is over: it went with it */
    }
    if (!head->is_live) {
        core_fail(e, VERDICT_MISUSE, "thread %u frees memory that was freed",
                  e->running->number);
    }
    if (e->is_watching) {
        core_race_free(e, memory, head->bytes);
        if (head->offset == 0) {
            set_freed(head, true);
        }
    }
    head->is_live = 0;
    head->before->next = head->next;
    head->next->before = head->before;
    heap.count--;
    if (head->offset != 0) {
        release(head);
    } else {
        put_in_queue(e->run, head);
    }
}

void *explore_resize(void *memory, size_t bytes) {
    void *resized = explore_allocate(bytes, CLASS_STEP);
    if (resized != NULL && memory != NULL) {
        size_t before = ((struct head *)memory - 1)->bytes;
        memcpy(resized, memory, before < bytes ? before : bytes);
        explore_free(memory);
    }
    return resized;
}

uint64_t explore_memory_live(void) {
    return heap.outside + (explore_core.is_running ? heap.count : 0);
}
