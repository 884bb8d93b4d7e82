/* engine.c - one execution after another. */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/hash.h"
#include "core.h"
#include "files.h"
#include "explore/explore.h"
#include "race.h"
#include "sc.h"

enum { SLOTS_START = 1 << 12, STEPS_DEFAULT = 20000, EARLY_TIMEOUTS_DEFAULT = 2 };

struct core explore_core;
void *explore_local;
bool explore_locks_are_real;

static bool is_made;

/* Address space, which becomes memory where it is used. */
static void *reserve(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

enum status engine_create(void) {
    struct core *e = &explore_core;
    if (is_made) {
        return STATUS_EXISTS;
    }
    memset(e, 0, sizeof(*e));
    e->objects = reserve(CORE_OBJECTS_MAX * sizeof(*e->objects));
    e->stores = reserve(CORE_STORES_MAX * sizeof(*e->stores));
    e->slots = calloc(SLOTS_START, sizeof(*e->slots));
    e->slot_mask = SLOTS_START - 1;
    core_schedule_create();
    is_made = true;
    if (e->objects == NULL || e->stores == NULL || e->slots == NULL || !core_heap_create() ||
        !core_race_create() || !core_signals_create()) {
        engine_destroy();
        return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

void engine_destroy(void) {
    struct core *e = &explore_core;
    if (!is_made) {
        return;
    }
    core_stacks_free(e);
    core_heap_destroy();
    core_race_destroy();
    core_signals_destroy();
    sc_finish();
    if (e->objects != NULL) {
        munmap(e->objects, CORE_OBJECTS_MAX * sizeof(*e->objects));
    }
    if (e->stores != NULL) {
        munmap(e->stores, CORE_STORES_MAX * sizeof(*e->stores));
    }
    free(e->slots);
    memset(e, 0, sizeof(*e));
    is_made = false;
}

void trace_finish(struct trace *trace) {
    free(trace->decisions);
    free(trace->steps);
    *trace = (struct trace){ 0 };
}

/* Run numbers mark what belongs to this execution; when they wrap, old marks go. */
static void next_run_number(struct core *e) {
    e->runs++;
    if (++e->run == 0) {
        memset(e->slots, 0, (size_t)(e->slot_mask + 1) * sizeof(*e->slots));
        e->run = 1;
    }
}

static void begin(struct core *e, const struct explore_plan *plan) {
    next_run_number(e);
    e->enabled = e->yielded = e->timed = e->deadlined = e->present = 0;
    e->dice = e->strategy->dice;
    e->steps = 0;
    e->steps_max = plan->steps != 0 ? plan->steps : STEPS_DEFAULT;
    e->object_count = 0;
    e->store_count = 0;
    e->thread_count = 0;
    e->blocks = 1;
    e->is_weak = plan->memory == EXPLORE_MEMORY_WEAK;
    e->has_fences = false;
    e->is_possible = NULL;
    sc_begin(e, e->is_weak && plan->strategy == EXPLORE_DPOR);
    e->early_timeouts_left =
        plan->early_timeouts != 0 ? plan->early_timeouts : EARLY_TIMEOUTS_DEFAULT;
    e->allocation_failures_left = plan->allocation_failures;
    e->file_failures_left = plan->file_failures;
    e->crashes_left = plan->crashes;
    e->spurious_wakes_left = plan->spurious_wakes;
    explore_locks_are_real = plan->has_real_locks;
    e->is_watching = core_race_is_wanted();
    e->keeps_clocks = e->is_weak || e->is_watching;
    e->wants_steps = e->strategy->step != NULL || e->trace->is_detailed;
    e->attention = e->wants_steps ? 0 : e->steps_max;
    e->unstarted = 0;
    e->decider = NULL;
    e->now_ns = 0;
    e->random = 0;
    memset(e->made, 0, sizeof(e->made));
    core_heap_begin();
    core_race_begin(e);
}

static void trace_empty(struct trace *trace) {
    trace->decision_count = 0;
    trace->step_count = 0;
    trace->verdict = VERDICT_HELD;
    trace->text[0] = '\0';
    trace->digest = 0;
    trace->preemptions = 0;
    trace->threads = 0;
    trace->is_pruned = 0;
}

static void run_body(void *argument) {
    const struct explore_case *chosen = argument;
    chosen->body();
}

static void run_recover(void *argument) {
    const struct explore_case *chosen = argument;
    chosen->recover();
}

static void on_assert(const char *file, unsigned line, const char *what) {
    struct core *e = &explore_core;
    if (e->is_running) {
        core_fail(e, VERDICT_ASSERTION, "%s:%u: %s", file, line, what);
    }
}

/* What comes after a crash is another process: no thread, word or access of the first is left. */
static void begin_recover(struct core *e) {
    next_run_number(e);
    e->enabled = e->yielded = e->timed = e->deadlined = e->present = 0;
    e->unstarted = 0;
    e->decider = NULL;
    e->has_crashed = false;
    e->crashes_left = 0;
    core_heap_begin();
    core_race_begin(e);
}

/* Thread 0 and all it starts, until one of them ends the execution. */
static void execute(struct core *e, void (*body)(void *)) {
    struct core_start start = { .body = body, .argument = (void *)(uintptr_t)e->chosen };
    e->thread_count = 0;
    bool is_armed = core_thread_arm(e, 0, start);
    ASSERT(is_armed);
    e->thread_count = 1;
    e->running = &e->threads[0];
    e->is_running = true;
    explore_fibre_enter(&e->host, &e->running->fibre, core_thread_main);
    e->is_running = false;
    explore_local = NULL;
}

static void judge_end(struct core *e) {
    struct trace *trace = e->trace;
    uint64_t left = core_heap_end();
    trace->threads = e->thread_count;
    if (trace->verdict != VERDICT_HELD || trace->is_pruned || e->has_crashed) {
        return;
    }
    for (uint32_t i = 1; i < e->thread_count; i++) {
        if (!e->threads[i].is_joined) {
            trace->verdict = VERDICT_LEAK;
            snprintf(trace->text, sizeof(trace->text), "thread %u was never joined", i);
            return;
        }
    }
    if (left != 0) {
        trace->verdict = VERDICT_LEAK;
        snprintf(trace->text, sizeof(trace->text), "%llu pieces of memory were not freed",
                 (unsigned long long)left);
    }
}

void engine_run(const struct explore_case *chosen, const struct strategy *strategy,
                struct trace *trace) {
    struct core *e = &explore_core;
    ASSERT(is_made && !e->is_running);
    e->chosen = chosen;
    e->strategy = strategy;
    e->trace = trace;
    trace_empty(trace);
    if (chosen->reset != NULL) {
        chosen->reset();
    }
    begin(e, &chosen->plan);
    bool has_files = chosen->plan.crashes > 0 || chosen->plan.file_failures > 0;
    if (has_files) {
        files_note();
    }
    assert_handler_set(on_assert);
    execute(e, run_body);
    judge_end(e);
    if (has_files && (e->has_crashed || trace->verdict != VERDICT_HELD)) {
        files_close_new();
    }
    if (e->has_crashed && chosen->recover != NULL) {
        begin_recover(e);
        execute(e, run_recover);
        judge_end(e);
    }
    e->has_crashed = false;
    assert_handler_set(NULL);
    if (!trace->is_detailed) {
        trace->step_count = e->steps;
    }
}

void explore_fail(const char *file, unsigned line, const char *what) {
    assert_failed(file, line, what);
}

uint32_t explore_choose(uint32_t count) {
    struct core *e = &explore_core;
    ASSERT(count >= 1 && count <= UINT8_MAX);
    if (!e->is_running || count == 1) {
        return 0;
    }
    return core_decide(e, DECIDE_PROGRAM, count, NULL);
}

void explore_output(const void *bytes, size_t count) {
    struct core *e = &explore_core;
    if (e->is_running) {
        e->trace->digest = hash_64(bytes, count, e->trace->digest);
    }
}
