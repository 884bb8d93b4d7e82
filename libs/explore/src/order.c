/* order.c - clocks of all threads, locks and stores together. */
#include "core.h"

/* A new thread knows what its starter knew. */
void core_clock_start(struct core *e, struct thread *thread, struct thread *starter) {
    if (starter == NULL) {
        core_clock_zero(e, &thread->clock);
    } else {
        core_clock_copy(e, &thread->clock, &starter->clock);
        core_next_epoch(e, starter);
    }
    clock_lane_set(thread->clock.known, thread->number, 0);
    core_next_epoch(e, thread);
    thread->has_fence = false;
    thread->has_unfenced = false;
}

static void zero_block(struct clock *clock, uint32_t block) {
    clock_blocks_fill(&clock->known[block], 0, 1);
    clock_blocks_fill(&clock->seen[block], 0, 1);
}

void core_widen(struct core *e) {
    uint32_t block = e->blocks++;
    ASSERT(block < CLOCK_BLOCKS);
    for (uint32_t i = 0; i < e->thread_count; i++) {
        zero_block(&e->threads[i].clock, block);
        zero_block(&e->threads[i].fence, block);
        zero_block(&e->threads[i].unfenced, block);
    }
    for (uint32_t i = 0; i < e->object_count; i++) {
        zero_block(&e->objects[i].clock, block);
        clock_blocks_fill(&e->objects[i].accesses[block], 0, 1);
        clock_blocks_fill(&e->objects[i].writes[block], 0, 1);
    }
    for (uint32_t i = 1; i <= e->store_count; i++) {
        zero_block(&e->stores[i].release, block);
        clock_blocks_fill(&e->stores[i].seen_by[block], CLOCK_UNSET, 1);
    }
    zero_block(&e->fences, block);
}

static void split(struct core *e, struct clock *clock) {
    clock_blocks_copy(clock->seen, clock->known, e->blocks);
    clock->fence_step = 0;
}

void core_fences_begin(struct core *e) {
    e->has_fences = true;
    for (uint32_t i = 0; i < e->thread_count; i++) {
        split(e, &e->threads[i].clock);
        split(e, &e->threads[i].fence);
        split(e, &e->threads[i].unfenced);
    }
    for (uint32_t i = 0; i < e->object_count; i++) {
        split(e, &e->objects[i].clock);
    }
    for (uint32_t i = 1; i <= e->store_count; i++) {
        split(e, &e->stores[i].release);
    }
    core_clock_zero(e, &e->fences);
}
