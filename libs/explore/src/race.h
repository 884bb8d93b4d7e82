/* race.h - accesses of the program, as the compiler tells of them. */
#ifndef EXPLORE_RACE_H
#define EXPLORE_RACE_H

#include <stdbool.h>
#include <stddef.h>

/* The program reads or writes `bytes` at `address`, from the code at `caller`. */
void core_access(const void *address, size_t bytes, bool is_write, const void *caller);

#endif
