/*
 * explore/watch.h - lets the explorer see what the C library writes and reads for a program.
 *
 * Code whose data races are to be found is compiled with
 *
 *     -fsanitize=thread -include explore/watch.h -fno-builtin-memcpy -fno-builtin-memmove
 *     -fno-builtin-memset
 *
 * The compiler then tells of its own accesses; these three functions it would make without
 * a word, so they get another name.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  any
 * Memory:   none
 * Errors:   none
 * Source:   none
 * Depends:  none
 */
#ifndef EXPLORE_WATCH_H
#define EXPLORE_WATCH_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) __asm__("__tsan_memcpy");
void *memmove(void *to, const void *from, size_t bytes) __asm__("__tsan_memmove");
void *memset(void *to, int byte, size_t bytes) __asm__("__tsan_memset");

#endif
