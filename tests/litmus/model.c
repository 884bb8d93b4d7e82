/*
 * model.c - the litmus tests under the scheduler and the memory model of libs/explore.
 *
 *     litmus-model [dpor | sc | random EXECUTIONS] < PROGRAMS
 *
 * Reads programs as table.py writes them, word by word, and explores each one until nothing
 * is left, or so many executions are made: "NAME|EXECUTIONS|CUT|OUTCOME:TIMES|...".  CUT
 * executions were given up since they repeated others.  It judges nothing: run.py compares.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "dpor.h"
#include "explore/explore.h"
#include "sync/atomic.h"
#include "sync/thread.h"

enum { THREADS_MAX = 4, OPERATIONS_MAX = 16, WORDS_MAX = 24 };
enum { OUTCOMES_MAX = 4096, TEXT_BYTES = 160 };

enum operation_kind { LOAD, STORE, ADD, SWAP, CAS, FENCE };

struct operation {
    enum operation_kind kind;
    enum sync_order order;
    int place;                 /* location, a letter from 'p' */
    int register_;             /* read into, a letter from 'a'; of a store: its source, or -1 */
    uint32_t value, desired;
};

struct program {
    char name[64];
    uint32_t threads;
    uint32_t counts[THREADS_MAX];
    struct operation operations[THREADS_MAX][OPERATIONS_MAX];
    uint32_t finals;
    int final[WORDS_MAX];
};

struct outcome {
    char text[TEXT_BYTES];
    uint64_t times;
};

static struct program program;
static struct sync_u32 places[26];
static uint32_t registers[26];
static bool is_read[26];
static uint32_t finals[WORDS_MAX];
static struct outcome outcomes[OUTCOMES_MAX];
static uint32_t outcome_count;

/* ---- the program that is explored ------------------------------------------------------- */

static void operate(const struct operation *op) {
    struct sync_u32 *word = &places[op->place];
    uint32_t value = op->value;
    switch (op->kind) {
    case LOAD: registers[op->register_] = sync_u32_load(word, op->order); break;
    case STORE:
        value = op->register_ >= 0 ? registers[op->register_] : value;
        sync_u32_store(word, value, op->order);
        break;
    case ADD: registers[op->register_] = sync_u32_add(word, value, op->order); break;
    case SWAP: registers[op->register_] = sync_u32_exchange(word, value, op->order); break;
    case CAS:
        (void)sync_u32_compare_exchange(word, &value, op->desired, op->order);
        registers[op->register_] = value;
        break;
    case FENCE: sync_fence(op->order); break;
    }
}

static void run_thread(void *argument) {
    uint32_t thread = (uint32_t)(uintptr_t)argument;
    for (uint32_t i = 0; i < program.counts[thread]; i++) {
        operate(&program.operations[thread][i]);
    }
}

static void run_program(void) {
    struct sync_thread threads[THREADS_MAX];
    struct sync_thread_options options = { .name = "litmus", .cpu = SYNC_CPU_ANY };
    for (uintptr_t i = 0; i < program.threads; i++) {
        enum status status = sync_thread_start(&threads[i], &options, run_thread, (void *)i);
        EXPLORE_CHECK(status == STATUS_OK);
    }
    for (uint32_t i = 0; i < program.threads; i++) {
        sync_thread_join(&threads[i]);
    }
    for (uint32_t i = 0; i < program.finals; i++) {
        finals[i] = sync_u32_load(&places[program.final[i]], SYNC_RELAXED);
    }
}

static void reset(void) {
    memset(places, 0, sizeof(places));
    memset(registers, 0, sizeof(registers));
}

/* ---- its outcomes ----------------------------------------------------------------------- */

static void note_outcome(void) {
    char text[TEXT_BYTES];
    int used = 0;
    text[0] = '\0';
    for (int i = 0; i < 26; i++) {
        if (is_read[i]) {
            used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%c=%u",
                             used != 0 ? " " : "", 'a' + i, (unsigned)registers[i]);
        }
    }
    for (uint32_t i = 0; i < program.finals; i++) {
        used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%c=%u",
                         used != 0 ? " " : "", 'a' + program.final[i], (unsigned)finals[i]);
    }
    uint32_t at = 0;
    while (at < outcome_count && strcmp(outcomes[at].text, text) != 0) {
        at++;
    }
    if (at == OUTCOMES_MAX) {
        fprintf(stderr, "litmus-model: %s: more than %d outcomes\n", program.name, OUTCOMES_MAX);
        exit(1);
    }
    if (at == outcome_count) {
        memcpy(outcomes[outcome_count++].text, text, sizeof(text));
    }
    outcomes[at].times++;
}

static void explore(struct strategy *strategy, const struct explore_plan *plan) {
    uint64_t runs = plan->runs != 0 ? plan->runs : UINT64_MAX;
    struct explore_case chosen = { .name = program.name, .body = run_program, .reset = reset,
                                   .plan = *plan };
    struct trace trace = { 0 };
    uint64_t executions = 0;
    uint64_t cut = 0;
    outcome_count = 0;
    memset(outcomes, 0, sizeof(outcomes));
    for (uint64_t run = 0; run < runs && strategy->begin(strategy->self, run); run++) {
        engine_run(&chosen, strategy, &trace);
        if (strategy->end != NULL) {
            strategy->end(strategy->self, &trace);
        }
        if (trace.verdict != VERDICT_HELD) {
            fprintf(stderr, "litmus-model: %s: %s: %s\n", program.name,
                    verdict_name(trace.verdict), trace.text);
            exit(1);
        }
        if (trace.is_pruned || (strategy->is_news != NULL && !strategy->is_news(strategy->self))) {
            cut++;
        } else {
            executions++;
            note_outcome();
        }
    }
    printf("%s|%llu|%llu", program.name, (unsigned long long)executions, (unsigned long long)cut);
    for (uint32_t i = 0; i < outcome_count; i++) {
        printf("|%s:%llu", outcomes[i].text, (unsigned long long)outcomes[i].times);
    }
    printf("\n");
    fflush(stdout);
    trace_finish(&trace);
}

/* ---- reading programs ------------------------------------------------------------------- */

static const char *next_word(char **line) {
    return strsep(line, " \n");
}

static enum sync_order order_of(const char *word) {
    static const struct { const char *name; enum sync_order order; } orders[] = {
        { "rlx", SYNC_RELAXED }, { "acq", SYNC_ACQUIRE }, { "rel", SYNC_RELEASE },
        { "ar", SYNC_ACQ_REL }, { "sc", SYNC_SEQ_CST } };
    for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
        if (strcmp(orders[i].name, word) == 0) {
            return orders[i].order;
        }
    }
    fprintf(stderr, "litmus-model: no order %s\n", word);
    exit(1);
}

static uint32_t number_of(const char *word) {
    return (uint32_t)strtoul(word, NULL, 10);
}

static void read_operation(const char *kind, char **line) {
    static const char *const names[] = { "load", "store", "add", "swap", "cas", "fence" };
    struct operation op = { .kind = LOAD, .register_ = -1 };
    uint32_t thread = program.threads - 1;
    while (strcmp(names[op.kind], kind) != 0) {
        if (op.kind++ == FENCE) {
            fprintf(stderr, "litmus-model: no operation %s\n", kind);
            exit(1);
        }
    }
    if (op.kind == STORE) {
        op.place = next_word(line)[0] - 'a';
        const char *value = next_word(line);
        if (value[0] >= 'a') {
            op.register_ = value[0] - 'a';
        } else {
            op.value = number_of(value);
        }
    } else if (op.kind != FENCE) {
        op.register_ = next_word(line)[0] - 'a';
        op.place = next_word(line)[0] - 'a';
        is_read[op.register_] = true;
        op.value = op.kind != LOAD ? number_of(next_word(line)) : 0;
        op.desired = op.kind == CAS ? number_of(next_word(line)) : 0;
    }
    op.order = order_of(next_word(line));
    program.operations[thread][program.counts[thread]++] = op;
}

/* False at the end of the input. */
static bool read_program(void) {
    char buffer[256];
    memset(&program, 0, sizeof(program));
    memset(is_read, 0, sizeof(is_read));
    while (fgets(buffer, sizeof(buffer), stdin) != NULL) {
        char *line = buffer;
        const char *word = next_word(&line);
        if (strcmp(word, "program") == 0) {
            snprintf(program.name, sizeof(program.name), "%s", next_word(&line));
        } else if (strcmp(word, "thread") == 0) {
            program.threads++;
        } else if (strcmp(word, "final") == 0) {
            while (line != NULL && (word = next_word(&line)) != NULL && word[0] != '\0') {
                program.final[program.finals++] = word[0] - 'a';
            }
        } else if (strcmp(word, "end") == 0) {
            return true;
        } else {
            read_operation(word, &line);
        }
    }
    return false;
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "dpor";
    bool is_random = strcmp(way, "random") == 0;
    struct explore_plan plan = { .strategy = is_random ? EXPLORE_RANDOM : EXPLORE_DPOR,
                                 .runs = is_random && argc > 2 ? number_of(argv[2]) : 0,
                                 .memory = strcmp(way, "sc") == 0 ? EXPLORE_MEMORY_SC
                                                                   : EXPLORE_MEMORY_WEAK };
    if (engine_create() != STATUS_OK) {
        fprintf(stderr, "litmus-model: out of memory\n");
        return 1;
    }
    while (read_program()) {
        struct strategy *strategy =
            is_random ? strategy_random_create(1) : strategy_dpor_create();
        if (strategy == NULL) {
            fprintf(stderr, "litmus-model: out of memory\n");
            return 1;
        }
        explore(strategy, &plan);
        strategy_destroy(strategy);
    }
    engine_destroy();
    return 0;
}
