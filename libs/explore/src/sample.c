/* sample.c - cases on threads of the system. */
#include "sample.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "search.h"

enum {
    RUNS_DEFAULT = 1000,
    HANGS_AFTER_NS_UNIT = 1000000000,
    HANGS_AFTER_S = 20,
    NAP_MS = 5
};

/* Defined by libs/sync, which lies above this library, and may not be linked at all. */
const char *sync_body_name(void) __attribute__((weak));

bool sample_is_on_threads(void) {
    return sync_body_name != NULL && strcmp(sync_body_name(), "explore") != 0;
}

/* What the process that runs the case tells the one that watches it. */
struct shared {
    _Atomic uint64_t runs;
};

static uint64_t runs_of(const struct explore_plan *plan, uint64_t budget_ns) {
    if (plan->runs != 0 && plan->runs != UINT64_MAX) {
        return plan->runs < RUNS_DEFAULT || budget_ns != 0 ? plan->runs : RUNS_DEFAULT;
    }
    return budget_ns != 0 ? UINT64_MAX : RUNS_DEFAULT;
}

static _Noreturn void run_all(const struct explore_case *chosen, uint64_t budget_ns, int said,
                              struct shared *shared) {
    uint64_t runs = runs_of(&chosen->plan, budget_ns);
    uint64_t begun = search_clock_ns();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(said, STDERR_FILENO);
    for (uint64_t i = 0; i < runs; i++) {
        if (budget_ns != 0 && search_clock_ns() - begun >= budget_ns) {
            break;
        }
        if (chosen->reset != NULL) {
            chosen->reset();
        }
        chosen->body();
        atomic_fetch_add(&shared->runs, 1);
    }
    _exit(0);
}

/* The last line that the process said, without its newline. */
static void take_said(int said, char *text, size_t room) {
    char buffer[4096];
    size_t count = 0;
    ssize_t got;
    while ((got = read(said, buffer + count, sizeof(buffer) - 1 - count)) > 0) {
        count += (size_t)got;
        if (count >= sizeof(buffer) - 1) {
            count = 0;
        }
    }
    buffer[count] = '\0';
    while (count > 0 && buffer[count - 1] == '\n') {
        buffer[--count] = '\0';
    }
    const char *last = strrchr(buffer, '\n');
    snprintf(text, room, "%.*s", (int)room - 1, last != NULL ? last + 1 : buffer);
}

/* Waits for its end; false when it has not ended a run for too long, and was killed. */
static bool watch(pid_t child, const struct shared *shared, int *out_how) {
    uint64_t runs = 0;
    uint64_t since = search_clock_ns();
    for (;;) {
        pid_t ended = waitpid(child, out_how, WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR)) {
            return true;
        }
        uint64_t now = search_clock_ns();
        if (atomic_load(&shared->runs) != runs) {
            runs = atomic_load(&shared->runs);
            since = now;
        }
        if (now - since > (uint64_t)HANGS_AFTER_S * HANGS_AFTER_NS_UNIT) {
            kill(child, SIGKILL);
            waitpid(child, out_how, 0);
            return false;
        }
        poll(NULL, 0, NAP_MS);
    }
}

static bool judge(bool has_ended, int how, int said, char text[SAMPLE_TEXT_BYTES]) {
    char line[SAMPLE_TEXT_BYTES / 2];
    if (!has_ended) {
        snprintf(text, SAMPLE_TEXT_BYTES, "a run did not end within %d s", HANGS_AFTER_S);
        return false;
    }
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0) {
        return true;
    }
    take_said(said, line, sizeof(line));
    if (WIFSIGNALED(how)) {
        snprintf(text, SAMPLE_TEXT_BYTES, "%s%s%s", line, line[0] != '\0' ? "; " : "",
                 strsignal(WTERMSIG(how)));
    } else {
        snprintf(text, SAMPLE_TEXT_BYTES, "%s%sit ended with code %d", line,
                 line[0] != '\0' ? "; " : "", WEXITSTATUS(how));
    }
    return false;
}

bool sample_run(const struct explore_case *chosen, uint64_t budget_ns, uint64_t *out_runs,
                char text[SAMPLE_TEXT_BYTES]) {
    int ends[2] = { -1, -1 };
    int how = 0;
    struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fflush(NULL);
    pid_t child = shared != MAP_FAILED && pipe(ends) == 0 ? fork() : -1;
    if (child == 0) {
        close(ends[0]);
        run_all(chosen, budget_ns, ends[1], shared);
    }
    bool is_held = false;
    *out_runs = 0;
    snprintf(text, SAMPLE_TEXT_BYTES, "no process could be started");
    close(ends[1]);
    if (child > 0) {
        bool has_ended = watch(child, shared, &how);
        is_held = judge(has_ended, how, ends[0], text);
        *out_runs = atomic_load(&shared->runs) + !is_held;
    }
    close(ends[0]);
    if (shared != MAP_FAILED) {
        munmap(shared, sizeof(*shared));
    }
    return is_held;
}
