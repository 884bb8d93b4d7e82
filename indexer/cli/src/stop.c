/*
 * stop.c - note the signal, let the writer clean up, die of the signal.
 *
 * A second signal does not hurry the first: supervisors send one to the process and one
 * to its group, and dying between the two would leave the clean-up half done.  SIGQUIT and
 * SIGKILL are for those who cannot wait; the next writer then cleans up.
 */
#include "stop.h"

#include <signal.h>
#include <stddef.h>

#include "base/attr.h"

static struct sync_u32 wish;   /* the signal's number */

static void note(int number) {
    sync_u32_store(&wish, (uint32_t)number, SYNC_RELAXED);
}

const struct sync_u32 *stop_watch(void) {
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct sigaction before;
        struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };
        sigemptyset(&action.sa_mask);
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
            (void)!sigaction(numbers[i], &action, NULL);
        }
    }
    return &wish;
}

void stop_obey(void) {
    int number = (int)sync_u32_load(&wish, SYNC_RELAXED);
    if (number != 0) {
        (void)!signal(number, SIG_DFL);
        (void)!raise(number);
    }
}
