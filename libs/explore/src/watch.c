/* watch.c - failures that neither a step nor a signal shows. */
#include "watch.h"

#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "core.h"
#include "source.h"
#include "source_impl.h"

enum {
    HANGS_AFTER_S = 10,
    HANGS_AGAIN_S = 2,
    FRAMES = 16,
    NAME_BYTES = 64
};

static struct {
    bool has_timer;
    uint64_t runs;          /* when the timer looked last */
    uint64_t steps;
    unsigned quiet_s;       /* since when nothing has moved */
    bool has_hung;          /* then it is believed sooner */
} watch;

/* The first frame of the program behind the handler and what is between. */
void watch_function(char *out_name, size_t room) {
    void *frames[FRAMES];
    int count = backtrace(frames, FRAMES);
    int others = 0;   /* frames of the C library: what the handler returns to, then callees */
    snprintf(out_name, room, "a library");
    for (int i = 0; i < count; i++) {
        const char *at = frames[i];
        if (!source_is_program((uintptr_t)at)) {
            others++;
        } else if (others > 0 && source_symbol(others > 1 ? at - 1 : at, out_name, room)) {
            return;
        }
    }
}

static void on_timer(int number) {
    struct core *e = &explore_core;
    (void)number;
    if (!e->is_running || e->runs != watch.runs || e->steps != watch.steps) {
        watch.runs = e->runs;
        watch.steps = e->steps;
        watch.quiet_s = 0;
        return;
    }
    if (++watch.quiet_s >= (watch.has_hung ? HANGS_AGAIN_S : HANGS_AFTER_S)) {
        char function[NAME_BYTES];
        watch.quiet_s = 0;
        watch.has_hung = true;
        watch_function(function, sizeof(function));
        core_fail(e, VERDICT_LIVELOCK, "no step for seconds of computing: a loop without an end "
                                       "in %s, thread %u", function, e->running->number);
    }
}

static void on_exit_of_process(void) {
    static const char text[] = "exit() was called in an execution: a case returns instead\n";
    if (explore_core.is_running) {
        if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0) {
            _exit(1);
        }
        _exit(1);
    }
}

static bool is_free(int number) {
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
           now.sa_handler == SIG_DFL;
}

/* Virtual time: a machine that is busy with others does not make a hang. */
void watch_again(void) {
    struct itimerval every = { .it_interval = { .tv_sec = 1 }, .it_value = { .tv_sec = 1 } };
    if (watch.has_timer) {
        setitimer(ITIMER_VIRTUAL, &every, NULL);
    }
}

void watch_begin(void) {
    static bool is_told;
    struct sigaction timer = { .sa_handler = on_timer,
                               .sa_flags = SA_ONSTACK | SA_NODEFER | SA_RESTART };
    if (!is_told) {
        is_told = atexit(on_exit_of_process) == 0;
    }
    watch.has_timer = is_free(SIGVTALRM) && sigaction(SIGVTALRM, &timer, NULL) == 0;
    watch_again();
}

void watch_end(void) {
    struct itimerval never = { .it_value = { .tv_sec = 0 } };
    if (watch.has_timer) {
        setitimer(ITIMER_VIRTUAL, &never, NULL);
        signal(SIGVTALRM, SIG_DFL);
    }
    memset(&watch, 0, sizeof(watch));
}
