/* thread.c - threads of an execution: begun, ended, waited for. */
#include <sys/mman.h>

#include "core.h"

/* Weak: a program may do without libs/sync. */
extern __typeof__(explore_body_thread_begins) explore_body_thread_begins __attribute__((weak));

enum { PAGE_BYTES = 4096, COLOUR_BYTES = 320 };

static void unmap_stack(struct thread *thread) {
    if (thread->stack != NULL) {
        munmap(thread->stack - CORE_GUARD_BYTES, thread->stack_bytes + CORE_GUARD_BYTES);
        thread->stack = NULL;
    }
}

/* Stacks are kept from execution to execution; only a larger wish maps a new one. */
static bool has_stack(struct thread *thread, size_t bytes) {
    if (thread->stack != NULL && thread->stack_bytes >= bytes) {
        return true;
    }
    unmap_stack(thread);
    bytes = (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
    char *low = mmap(NULL, bytes + CORE_GUARD_BYTES, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (low == MAP_FAILED) {
        return false;
    }
    if (mprotect(low + CORE_GUARD_BYTES, bytes, PROT_READ | PROT_WRITE) != 0) {
        munmap(low, bytes + CORE_GUARD_BYTES);
        return false;
    }
    thread->stack = low + CORE_GUARD_BYTES;
    thread->stack_bytes = bytes;
    return true;
}

void core_stacks_free(struct core *e) {
    for (uint32_t i = 0; i < CORE_THREADS; i++) {
        unmap_stack(&e->threads[i]);
    }
}

/* Of the address sanitizer: abandoned frames leave marks that the next execution must not meet. */
void __asan_unpoison_memory_region(const volatile void *memory, size_t bytes)
    __attribute__((weak));

/* The tops of stacks are coloured, so that they do not share cache sets. */
bool core_thread_arm(struct core *e, uint32_t number, struct core_start start) {
    struct thread *thread = &e->threads[number];
    size_t wanted = start.stack_bytes > CORE_STACK_BYTES ? start.stack_bytes : CORE_STACK_BYTES;
    if (!has_stack(thread, wanted)) {
        return false;
    }
    if (__asan_unpoison_memory_region != NULL) {
        __asan_unpoison_memory_region(thread->stack, thread->stack_bytes);
    }
    thread->body = start.body;
    thread->argument = start.argument;
    thread->number = (uint8_t)number;
    thread->joiners = 0;
    thread->blocked = BLOCKED_NOT;
    thread->has_timed_out = false;
    thread->is_joined = false;
    explore_fibre_arm(&thread->fibre, thread->stack,
                      thread->stack + thread->stack_bytes - (size_t)number * COLOUR_BYTES);
    if (number % CLOCK_LANES == 0 && number / CLOCK_LANES >= e->blocks) {
        core_widen(e);
    }
    core_clock_start(e, thread, number != 0 ? e->running : NULL);
    thread->first_yield = ++thread->yields;
    e->made[number] = 0;
    e->present |= CORE_BIT(number);
    e->enabled |= CORE_BIT(number);
    return true;
}

/* The end of a thread is no decision: it follows the thread's last step. */
void core_thread_main(void) {
    struct core *e = &explore_core;
    struct thread *self = e->running;
    struct step_values values = { .value = self->number };
    if (e->wants_steps) {
        core_tell(e, STEP_START, &values);
    }
    if (explore_body_thread_begins != NULL) {
        self->local = explore_local = explore_body_thread_begins(self->number);
    }
    self->body(self->argument);
    e->present &= ~CORE_BIT(self->number);
    e->enabled &= ~CORE_BIT(self->number);
    e->enabled |= self->joiners;
    e->timed &= ~self->joiners;
    e->yielded = 0;
    if (e->wants_steps) {
        core_tell(e, STEP_EXIT, &values);
    }
    core_leave(e);
}

/* Nor is a start: nobody else can see it, so it follows the starter's step before it. */
uint32_t explore_thread_start(void (*body)(void *), void *argument, size_t stack_bytes) {
    struct core *e = &explore_core;
    if (!e->is_running) {
        return 0;
    }
    e->pending[e->running->number] = (struct pending){ .kind = STEP_SPAWN };
    uint32_t number = e->thread_count;
    struct core_start start = { .body = body, .argument = argument, .stack_bytes = stack_bytes };
    if (number == CORE_THREADS || !core_thread_arm(e, number, start)) {
        return 0;
    }
    e->thread_count++;
    struct step_values values = { .value = number };
    core_made(e, STEP_SPAWN, true, &values);
    e->unstarted |= CORE_BIT(number);
    return number;
}

bool explore_thread_join(uint32_t number, uint64_t deadline_ns) {
    struct core *e = &explore_core;
    struct thread *self = e->running;
    ASSERT(e->is_running && number < e->thread_count);
    if (number == self->number || e->threads[number].is_joined) {
        core_fail(e, VERDICT_MISUSE, "thread %u joins %s", self->number,
                  number == self->number ? "itself" : "a thread that was joined");
    }
    self->has_timed_out = false;
    bool is_present = (e->present & CORE_BIT(number)) != 0;
    enum patience patience = is_present ? LOOKS_ONCE : WAITS;
    if (is_present && deadline_ns > e->now_ns) {
        patience = deadline_ns != EXPLORE_NO_DEADLINE ? WAITS_UNTIL_DEADLINE : WAITS;
        self->blocked = BLOCKED_JOIN;
        self->joined = (uint8_t)number;
        self->deadline_ns = deadline_ns;
        e->threads[number].joiners |= CORE_BIT(self->number);
        e->enabled &= ~CORE_BIT(self->number);
        e->timed |= deadline_ns != EXPLORE_NO_DEADLINE ? CORE_BIT(self->number) : 0;
    }
    if (is_present) {
        core_point(e, STEP_JOIN, number, 0, patience);
        self->blocked = BLOCKED_NOT;
    } else {   /* nobody else can see it: no decision */
        e->pending[self->number] = (struct pending){
            .kind = STEP_JOIN, .bytes = (uint8_t)patience, .object = number };
    }
    bool has_ended = (e->present & CORE_BIT(number)) == 0;
    if (has_ended) {
        e->threads[number].is_joined = true;
        core_clock_join(e, &self->clock, &e->threads[number].clock);
    }
    struct step_values values = { .value = number };
    core_made(e, has_ended ? STEP_JOIN : STEP_TIMED_OUT, false, &values);
    return has_ended;
}

uint32_t explore_thread_self(void) {
    return explore_core.is_running ? explore_core.running->number : 0;
}

void explore_thread_detach(uint32_t number) {
    explore_core.threads[number].is_joined = true;
}

void explore_panicked(uint32_t code) {
    struct core *e = &explore_core;
    struct step_values values = { .value = code };
    if (e->is_running && e->wants_steps) {
        core_tell(e, STEP_PANIC, &values);
    }
}
