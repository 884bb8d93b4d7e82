/* progress.c - a line on the terminal that fills from left to right. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli_impl.h"

enum { BAR_CELLS = 32, PERMILLE = 1000 };

static void draw(const struct cli_progress *progress, uint64_t permille) {
    char bar[BAR_CELLS + 1];
    size_t full = (size_t)(permille * BAR_CELLS / PERMILLE);
    memset(bar, '.', BAR_CELLS);
    memset(bar, '#', full);
    bar[BAR_CELLS] = '\0';
    fprintf(stderr, "\r%s [%s] %3llu%%", progress->what, bar, (unsigned long long)permille / 10);
    fflush(stderr);
}

void cli_progress_begin(struct cli_progress *progress, const char *what, uint64_t total) {
    *progress = (struct cli_progress){ .what = what, .total = total,
                                       .is_terminal = isatty(STDERR_FILENO) == 1 };
    if (progress->is_terminal) {
        draw(progress, 0);
    }
}

void cli_progress_step(struct cli_progress *progress, uint64_t done) {
    if (!progress->is_terminal || progress->total == 0) {
        return;
    }
    if (done > progress->total) {
        done = progress->total;
    }
    /* In floating point because done * 1000 may not fit; only a picture depends on it. */
    uint64_t permille = (uint64_t)((double)done * PERMILLE / (double)progress->total);
    if (permille / 10 != progress->shown_permille / 10) {
        progress->shown_permille = permille;
        draw(progress, permille);
    }
}

void cli_progress_end(struct cli_progress *progress) {
    if (progress->is_terminal) {
        fputs("\r\033[K", stderr);   /* leave the line as if nothing had been there */
        fflush(stderr);
    }
    progress->is_terminal = false;
}
