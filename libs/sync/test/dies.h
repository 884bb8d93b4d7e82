/* dies.h - does a misuse stop the program, and with which words? */
#ifndef SYNC_TEST_DIES_H
#define SYNC_TEST_DIES_H

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Run it in a child; true when that was aborted after printing `words`. */
static inline bool dies_saying(void (*misuse)(void), const char *words) {
    int ends[2];
    char text[2048];
    size_t count = 0;
    if (pipe(ends) != 0) {
        return false;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = { 0, 0 };
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], 2);
        close(ends[0]);
        alarm(20);
        misuse();
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t got = 1; got > 0 && count < sizeof(text) - 1; count += got > 0 ? (size_t)got : 0) {
        got = read(ends[0], text + count, sizeof(text) - 1 - count);
    }
    text[count] = '\0';
    close(ends[0]);
    int result = 0;
    waitpid(child, &result, 0);
    bool is_as_told = WIFSIGNALED(result) && WTERMSIG(result) == SIGABRT &&
                      strstr(text, words) != NULL;
    if (!is_as_told) {
        printf("result %x, wanted \"%s\", said: %s\n", (unsigned)result, words, text);
    }
    return is_as_told;
}

#endif
