/* workers.c - a search by several processes. */
#include "workers.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "token.h"
#include "watch.h"

enum { NAP_NS = 20000000 };

/* What a process and its parent share. */
struct slot {
    _Atomic uint64_t runs;
    enum status status;
    bool is_done;
    struct search_result result;         /* finding.choices is not valid here: */
    uint8_t choices[TOKEN_CHOICES_MAX];
};

struct shared {
    _Atomic uint64_t limit;              /* the lowest number of a failure so far */
    struct slot slots[];
};

struct team {
    const struct search *search;
    struct shared *shared;
    size_t bytes;
    uint32_t count;
    uint64_t begun_ns;
    pid_t *pids;
};

static void publish(void *context, const struct search_result *result) {
    struct slot *slot = context;
    atomic_store_explicit(&slot->runs, result->runs, memory_order_relaxed);
}

static void lower(_Atomic uint64_t *limit, uint64_t number) {
    uint64_t now = atomic_load(limit);
    while (number < now && !atomic_compare_exchange_weak(limit, &now, number)) {
    }
}

static _Noreturn void work(const struct team *team, uint32_t index) {
    struct slot *slot = &team->shared->slots[index];
    struct search search = *team->search;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    watch_again();
    search.part = index;
    search.parts = team->count;
    search.limit = &team->shared->limit;
    search.tell = publish;
    search.context = slot;
    slot->status = search_case(&search, &slot->result);
    struct finding *finding = &slot->result.finding;
    if (finding->is_there) {
        if (finding->count > TOKEN_CHOICES_MAX) {
            finding->count = TOKEN_CHOICES_MAX;
        }
        if (finding->choices != NULL) {
            memcpy(slot->choices, finding->choices, finding->count);
        }
        bool is_bounded = search.chosen.plan.strategy == EXPLORE_BOUNDED;
        lower(&team->shared->limit, is_bounded ? finding->preemptions : finding->run);
    }
    publish(slot, &slot->result);
    slot->is_done = true;
    _exit(0);
}

/* False: it could not be started, or it died; what it was to do is not done. */
static bool wait_for_all(const struct team *team) {
    uint32_t left = team->count;
    bool is_fine = true;
    while (left > 0) {
        int how;
        pid_t pid = waitpid(-1, &how, WNOHANG);
        if (pid > 0) {
            for (uint32_t i = 0; i < team->count; i++) {
                if (team->pids[i] == pid) {
                    left--;
                    is_fine = is_fine && WIFEXITED(how) && WEXITSTATUS(how) == 0;
                }
            }
            continue;
        }
        if (pid < 0 && errno != EINTR) {
            return false;
        }
        static struct search_result sum;
        sum.runs = 0;
        for (uint32_t i = 0; i < team->count; i++) {
            sum.runs += atomic_load_explicit(&team->shared->slots[i].runs, memory_order_relaxed);
        }
        sum.elapsed_ns = search_clock_ns() - team->begun_ns;
        if (team->search->tell != NULL) {
            team->search->tell(team->search->context, &sum);
        }
        nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL);
    }
    return is_fine;
}

static enum status take_finding(const struct slot *slot, struct search_result *result) {
    struct finding *finding = &result->finding;
    *finding = slot->result.finding;
    finding->choices = malloc(finding->count + 1);
    if (finding->choices == NULL) {
        finding->count = 0;
        return STATUS_NO_MEMORY;
    }
    memcpy(finding->choices, slot->choices, finding->count);
    return STATUS_OK;
}

/* Which failure would one process alone have found first? */
static bool is_before(const struct slot *a, const struct slot *b, bool is_bounded) {
    const struct finding *left = &a->result.finding;
    const struct finding *right = &b->result.finding;
    if (!is_bounded) {
        return left->run < right->run;
    }
    if (left->preemptions != right->preemptions) {
        return left->preemptions < right->preemptions;
    }
    size_t both = left->count < right->count ? left->count : right->count;
    int order = memcmp(a->choices, b->choices, both);   /* behind the shorter are zeros */
    return order < 0 || (order == 0 && left->count < right->count);
}

static enum status merge(const struct team *team, struct search_result *result) {
    const struct slot *first = NULL;
    enum status status = STATUS_OK;
    bool is_bounded = team->search->chosen.plan.strategy == EXPLORE_BOUNDED;
    result->is_exhausted = true;
    for (uint32_t i = 0; i < team->count; i++) {
        const struct slot *slot = &team->shared->slots[i];
        status = status == STATUS_OK ? slot->status : status;
        result->runs += slot->result.runs;
        result->cut += slot->result.cut;
        result->again += slot->result.again;
        result->is_exhausted = result->is_exhausted && slot->result.is_exhausted;
        coverage_merge(&result->coverage, &slot->result.coverage);
        if (slot->result.finding.is_there &&
            (first == NULL || is_before(slot, first, is_bounded))) {
            first = slot;
        }
    }
    return status == STATUS_OK && first != NULL ? take_finding(first, result) : status;
}

/* A process that died without a word: its executions are known only by their numbers. */
static void take_death(const struct team *team, struct search_result *result) {
    struct finding *finding = &result->finding;
    *finding = (struct finding){ .is_there = true, .verdict = VERDICT_CRASHED };
    for (uint32_t i = 0; i < team->count; i++) {
        if (!team->shared->slots[i].is_done) {
            finding->run = i;
            snprintf(finding->text, sizeof(finding->text),
                     "process %u of %u died after some %llu executions; --processes 1 shows how",
                     i, team->count,
                     (unsigned long long)atomic_load(&team->shared->slots[i].runs));
            return;
        }
    }
}

/* All or none. */
static bool start_all(const struct team *team) {
    fflush(NULL);
    for (uint32_t i = 0; i < team->count; i++) {
        team->pids[i] = fork();
        if (team->pids[i] == 0) {
            work(team, i);
        }
        if (team->pids[i] < 0) {
            while (i-- > 0) {
                kill(team->pids[i], SIGKILL);
                waitpid(team->pids[i], NULL, 0);
            }
            return false;
        }
    }
    return true;
}

enum status workers_run(const struct search *search, uint32_t count,
                        struct search_result *result) {
    memset(result, 0, sizeof(*result));
    struct team team = { .search = search, .count = count, .begun_ns = search_clock_ns(),
                         .bytes = sizeof(struct shared) + count * sizeof(struct slot) };
    if (count <= 1 || !search_has_parts(search->chosen.plan.strategy)) {
        return search_case(search, result);
    }
    void *shared = mmap(NULL, team.bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    team.pids = calloc(count, sizeof(*team.pids));
    if (shared == MAP_FAILED || team.pids == NULL) {
        free(team.pids);
        return STATUS_NO_MEMORY;
    }
    team.shared = shared;
    atomic_store(&team.shared->limit, UINT64_MAX);
    enum status status = STATUS_LIMIT;
    if (start_all(&team)) {
        bool is_fine = wait_for_all(&team);
        status = merge(&team, result);
        if (!is_fine && !result->finding.is_there) {
            take_death(&team, result);
        }
    }
    result->elapsed_ns = search_clock_ns() - team.begun_ns;
    munmap(shared, team.bytes);
    free(team.pids);
    return status;
}
