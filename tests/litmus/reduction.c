/*
 * reduction.c - does the partial order reduction lose anything?
 *
 *     litmus-reduction [SEED [PROGRAMS [FAMILY]]]
 *
 * Small random programs of locks, words, sleeping, waking and time are explored twice: with
 * source sets and sleep sets, and by trying every option of every decision.  Both must end in
 * the same set of verdicts and values.  Prints a line for each family of programs, what went
 * wrong, and "N passed, N failed".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpor.h"
#include "engine.h"
#include "explore/body.h"
#include "explore/explore.h"
#include "sync/random.h"

enum { THREADS_MAX = 3, OPERATIONS_MAX = 7, WORDS = 2, LOCKS = 2, TEXT_BYTES = 96 };
enum { OUTCOMES_MAX = 8192, EXECUTIONS_MAX = 400000 };

enum operation_kind {
    LOCK, UNLOCK, TRY, LOCK_UNTIL,
    LOAD, STORE, ADD, SWAP_IF, FENCE,
    WAIT, WAIT_UNTIL, WAKE_ONE, WAKE_ALL,
    SLEEP, CLOCK, SPIN, CHOOSE,
    OPERATION_KINDS
};

static const char *const kind_names[OPERATION_KINDS] = {
    "lock", "unlock", "try", "lock-until", "load", "store", "add", "swap-if", "fence",
    "wait", "wait-until", "wake-one", "wake-all", "sleep", "clock", "spin", "choose" };

struct operation {
    uint8_t kind;        /* enum operation_kind */
    uint8_t object;
    uint8_t value;
    uint8_t order;
};

struct program {
    uint32_t threads;
    uint32_t counts[THREADS_MAX];
    struct operation operations[THREADS_MAX][OPERATIONS_MAX];
};

/* What the operations of a family are drawn from. */
struct family {
    const char *name;
    const char *kinds;          /* a letter an operation kind, 'a' + kind; repeated: more often */
    enum explore_memory memory;
    uint32_t operations;        /* at most, of all threads */
    bool is_sc;                 /* every order is seq_cst */
    bool is_start_free;         /* it matters when thread 0 starts the others */
    uint32_t spurious_wakes;
};

static const struct family families[] = {
    { .name = "locks", .kinds = "aaaacee", .operations = 8, .is_sc = true,
      .memory = EXPLORE_MEMORY_SC },
    { .name = "words, one order", .kinds = "eeffgh", .operations = 8, .is_sc = true,
      .memory = EXPLORE_MEMORY_SC },
    { .name = "words, weak", .kinds = "eeffghi", .operations = 7 },
    { .name = "sleepers", .kinds = "eefjjlm", .operations = 8, .is_sc = true,
      .memory = EXPLORE_MEMORY_SC },
    { .name = "sleepers, weak", .kinds = "efgjlm", .operations = 6 },
    { .name = "spurious wakes", .kinds = "efjjlm", .operations = 7, .is_sc = true,
      .memory = EXPLORE_MEMORY_SC, .spurious_wakes = 1 },
    { .name = "time", .kinds = "adefkklno", .operations = 6, .is_sc = true,
      .memory = EXPLORE_MEMORY_SC },
    { .name = "spinning", .kinds = "effgpp", .operations = 4, .is_sc = true,
      .memory = EXPLORE_MEMORY_SC, .is_start_free = true },
    { .name = "all", .kinds = "aacdefghijklmnoq", .operations = 6 },
};

struct outcome {
    char text[TEXT_BYTES];
};

struct outcomes {
    struct outcome items[OUTCOMES_MAX];
    uint32_t count;
};

static struct program program;
static uint32_t words[WORDS];
static uint32_t locks[LOCKS];
static uint8_t results[THREADS_MAX][OPERATIONS_MAX];

/* ---- the program that is explored ------------------------------------------------------- */

static uint32_t operate(const struct operation *op, bool *holds) {
    uint32_t *word = &words[op->object];
    struct explore_swap swap = { .expected = 0, .desired = op->value, .order = op->order,
                                 .failure = __ATOMIC_RELAXED };
    switch ((enum operation_kind)op->kind) {
    case LOCK:
        holds[op->object] = explore_lock_acquire(&locks[op->object], EXPLORE_NO_DEADLINE);
        return 1;
    case LOCK_UNTIL:
        return holds[op->object] = explore_lock_acquire(&locks[op->object], op->value);
    case TRY: return holds[op->object] = explore_lock_try(&locks[op->object]);
    case UNLOCK:
        if (holds[op->object]) {
            explore_lock_release(&locks[op->object]);
            holds[op->object] = false;
        }
        return 0;
    case LOAD: return (uint32_t)explore_load(word, 4, op->order);
    case STORE: explore_store(word, 4, op->value, op->order); return 0;
    case ADD: return (uint32_t)explore_modify(word, 4, EXPLORE_ADD, op->value, op->order);
    case SWAP_IF: (void)explore_compare_exchange(word, 4, &swap); return (uint32_t)swap.found;
    case FENCE: explore_fence(op->order); return 0;
    case WAIT: return explore_wait(word, 0, EXPLORE_NO_DEADLINE);
    case WAIT_UNTIL: return explore_wait(word, 0, op->value);
    case WAKE_ONE: explore_wake(word, 1); return 0;
    case WAKE_ALL: explore_wake(word, UINT32_MAX); return 0;
    case SLEEP: explore_sleep(op->value); return 0;
    case CLOCK: return (uint32_t)explore_clock_ns();
    case SPIN:
        for (uint32_t tries = 0; tries < 3; tries++) {
            if (explore_load(word, 4, op->order) != 0) {
                return tries;
            }
            explore_yield();
        }
        return 9;
    case CHOOSE: return explore_choose(2);
    case OPERATION_KINDS: break;
    }
    return 0;
}

static void run_thread(void *argument) {
    uint32_t thread = (uint32_t)(uintptr_t)argument;
    bool holds[LOCKS] = { false };
    for (uint32_t i = 0; i < program.counts[thread]; i++) {
        results[thread][i] = (uint8_t)(1 + operate(&program.operations[thread][i], holds));
    }
}

static void run_program(void) {
    uint32_t numbers[THREADS_MAX];
    for (uintptr_t i = 0; i < program.threads; i++) {
        numbers[i] = explore_thread_start(run_thread, (void *)i, 0);
    }
    for (uint32_t i = 0; i < program.threads; i++) {
        (void)explore_thread_join(numbers[i], EXPLORE_NO_DEADLINE);
    }
}

static void reset(void) {
    memset(words, 0, sizeof(words));
    memset(results, 0, sizeof(results));
}

/* ---- every option of every decision ----------------------------------------------------- */

struct branch {
    uint8_t option, count;
};

static struct {
    struct branch branches[4096];
    uint32_t count, at;
    bool has_begun;
} plain;

static bool plain_begin(void *self, uint64_t run) {
    (void)self;
    (void)run;
    plain.at = 0;
    while (plain.has_begun && plain.count > 0) {
        struct branch *last = &plain.branches[plain.count - 1];
        if (++last->option < last->count) {
            return true;
        }
        plain.count--;
    }
    bool is_first = !plain.has_begun;
    plain.has_begun = true;
    return is_first;
}

/* Thread 0 only starts and joins, which matters to nobody but who yields: it goes when it can. */
static uint32_t plain_choose(void *self, const struct choice *choice) {
    const struct family *family = self;
    bool is_first = choice->kind == DECIDE_THREAD && !family->is_start_free;
    for (uint32_t i = 0; is_first && i < choice->count; i++) {
        if (choice->threads[i] == 0) {
            return i;
        }
    }
    if (plain.at == plain.count) {
        plain.branches[plain.count++] = (struct branch){ .count = (uint8_t)choice->count };
    }
    return plain.branches[plain.at++].option;
}

/* ---- outcomes --------------------------------------------------------------------------- */

static void note(struct outcomes *outcomes, const struct trace *trace) {
    char text[TEXT_BYTES];
    int used = snprintf(text, sizeof(text), "%.10s", verdict_name(trace->verdict));
    for (uint32_t thread = 0; thread < program.threads; thread++) {
        used += snprintf(text + used, sizeof(text) - (size_t)used, " |");
        for (uint32_t i = 0; i < program.counts[thread]; i++) {
            uint8_t result = results[thread][i];
            used += snprintf(text + used, sizeof(text) - (size_t)used, result != 0 ? " %u" : " -",
                             result - 1u);
        }
    }
    snprintf(text + used, sizeof(text) - (size_t)used, " ; %u %u", (unsigned)words[0],
             (unsigned)words[1]);
    for (uint32_t i = 0; i < outcomes->count; i++) {
        if (strcmp(outcomes->items[i].text, text) == 0) {
            return;
        }
    }
    if (outcomes->count < OUTCOMES_MAX) {
        memcpy(outcomes->items[outcomes->count++].text, text, sizeof(text));
    }
}

static bool contains(const struct outcomes *outcomes, const char *text) {
    for (uint32_t i = 0; i < outcomes->count; i++) {
        if (strcmp(outcomes->items[i].text, text) == 0) {
            return true;
        }
    }
    return false;
}

/* Runs all of it; returns how many executions, or 0: more than EXECUTIONS_MAX. */
static uint64_t explore(struct strategy *strategy, const struct family *family,
                        struct outcomes *outcomes) {
    static struct trace trace;
    struct explore_case chosen = {
        .name = "random", .body = run_program, .reset = reset,
        .plan = { .strategy = EXPLORE_DPOR, .memory = family->memory, .early_timeouts = 1,
                  .steps = 400, .spurious_wakes = family->spurious_wakes } };
    uint64_t executions = 0;
    outcomes->count = 0;
    for (uint64_t run = 0; strategy->begin(strategy->self, run); run++) {
        if (run == EXECUTIONS_MAX) {
            return 0;
        }
        engine_run(&chosen, strategy, &trace);
        if (strategy->end != NULL) {
            strategy->end(strategy->self, &trace);
        }
        if (!trace.is_pruned) {
            executions++;
            note(outcomes, &trace);
        }
    }
    return executions;
}

/* ---- random programs -------------------------------------------------------------------- */

static void draw_operation(struct sync_sequence *chance, const struct family *family,
                           struct operation *op) {
    static const uint8_t loads[] = { __ATOMIC_RELAXED, __ATOMIC_ACQUIRE, __ATOMIC_SEQ_CST };
    static const uint8_t stores[] = { __ATOMIC_RELAXED, __ATOMIC_RELEASE, __ATOMIC_SEQ_CST };
    op->kind = (uint8_t)(family->kinds[sync_sequence_below(chance, strlen(family->kinds))] - 'a');
    op->object = (uint8_t)sync_sequence_below(chance, 2);
    op->value = (uint8_t)(1 + sync_sequence_below(chance, 2));
    uint64_t order = sync_sequence_below(chance, 3);
    bool is_load = op->kind == LOAD || op->kind == SPIN;
    op->order = family->is_sc ? __ATOMIC_SEQ_CST : is_load ? loads[order] : stores[order];
    if (op->kind == FENCE) {
        op->order = order == 0 ? __ATOMIC_ACQ_REL : __ATOMIC_SEQ_CST;
    } else if ((op->kind == ADD || op->kind == SWAP_IF) && order == 1 && !family->is_sc) {
        op->order = __ATOMIC_ACQ_REL;
    }
    if (op->kind == LOCK_UNTIL || op->kind == WAIT_UNTIL || op->kind == SLEEP) {
        op->value = (uint8_t)(10 * op->value);
    }
}

static void add(uint32_t thread, struct operation op) {
    if (program.counts[thread] < OPERATIONS_MAX) {
        program.operations[thread][program.counts[thread]++] = op;
    }
}

/* Locks are given back at once, or by another operation on them, or never. */
static void draw(struct sync_sequence *chance, const struct family *family) {
    memset(&program, 0, sizeof(program));
    program.threads = 2 + (uint32_t)sync_sequence_below(chance, 2);
    bool is_held[THREADS_MAX][LOCKS] = { { false } };
    uint32_t left = program.threads + (uint32_t)sync_sequence_below(chance, family->operations -
                                                                               program.threads + 1);
    for (uint32_t turn = 0; left > 0; turn++, left--) {
        uint32_t thread = turn < program.threads
                              ? turn : (uint32_t)sync_sequence_below(chance, program.threads);
        struct operation op;
        draw_operation(chance, family, &op);
        bool is_lock = op.kind == LOCK || op.kind == TRY || op.kind == LOCK_UNTIL;
        if (is_lock && is_held[thread][op.object]) {   /* not twice at once */
            op.kind = UNLOCK;
            is_held[thread][op.object] = is_lock = false;
        }
        add(thread, op);
        if (is_lock && sync_sequence_below(chance, 3) == 0) {
            is_held[thread][op.object] = true;
        } else if (is_lock) {
            add(thread, (struct operation){ .kind = UNLOCK, .object = op.object });
        }
    }
}

static void print_program(void) {
    for (uint32_t thread = 0; thread < program.threads; thread++) {
        printf("    thread %u:", thread + 1);
        for (uint32_t i = 0; i < program.counts[thread]; i++) {
            const struct operation *op = &program.operations[thread][i];
            printf(" %s %c %u (%u);", kind_names[op->kind], "xy"[op->object], op->value,
                   op->order);
        }
        printf("\n");
    }
}

/* ---- comparing -------------------------------------------------------------------------- */

struct tally {
    uint32_t same, different, skipped;
    uint64_t reduced, all;
};

static void print_missing(const char *what, const struct outcomes *in, const struct outcomes *of) {
    uint32_t shown = 0;
    for (uint32_t i = 0; i < of->count && shown < 4; i++) {
        if (!contains(in, of->items[i].text)) {
            printf("    %s: %s\n", what, of->items[i].text);
            shown++;
        }
    }
}

static bool is_same(const struct outcomes *a, const struct outcomes *b) {
    for (uint32_t i = 0; i < a->count; i++) {
        if (!contains(b, a->items[i].text)) {
            return false;
        }
    }
    return a->count == b->count;
}

static void compare(const struct family *family, uint64_t number, struct tally *tally) {
    static struct outcomes reduced, all;
    struct strategy every = { .self = (void *)(uintptr_t)family, .begin = plain_begin,
                              .choose = plain_choose };
    memset(&plain, 0, sizeof(plain));
    uint64_t of_all = explore(&every, family, &all);
    if (of_all == 0) {
        tally->skipped++;
        return;
    }
    struct strategy *dpor = strategy_dpor_create();
    if (dpor == NULL) {
        fprintf(stderr, "litmus-reduction: out of memory\n");
        exit(1);
    }
    uint64_t of_reduced = explore(dpor, family, &reduced);
    strategy_destroy(dpor);
    tally->reduced += of_reduced;
    tally->all += of_all;
    if (is_same(&reduced, &all)) {
        tally->same++;
        return;
    }
    tally->different++;
    printf("FAIL %s, program %llu: %u outcomes of %u\n", family->name, (unsigned long long)number,
           reduced.count, all.count);
    print_program();
    print_missing("missing", &reduced, &all);
    print_missing("extra", &all, &reduced);
}

int main(int argc, char **argv) {
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t programs = argc > 2 ? strtoull(argv[2], NULL, 10) : 100;
    uint32_t passed = 0;
    uint32_t failed = 0;
    if (engine_create() != STATUS_OK) {
        fprintf(stderr, "litmus-reduction: out of memory\n");
        return 1;
    }
    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
        const struct family *family = &families[i];
        struct tally tally = { 0 };
        if (argc > 3 && strcmp(argv[3], family->name) != 0) {
            continue;
        }
        for (uint64_t number = 0; number < programs; number++) {
            struct sync_sequence chance = { .state = seed * 1000003 + number * 31 + i };
            draw(&chance, family);
            compare(family, number, &tally);
        }
        printf("%-18s %3u programs alike, %u not, %u too large; %8llu executions, %6llu with "
               "reduction\n", family->name, tally.same, tally.different, tally.skipped,
               (unsigned long long)tally.all, (unsigned long long)tally.reduced);
        fflush(stdout);
        passed += tally.same;
        failed += tally.different;
    }
    printf("%u passed, %u failed\n", passed, failed);
    engine_destroy();
    return failed != 0;
}
