/* source_impl.h - what the files of source.h share. */
#ifndef EXPLORE_SOURCE_IMPL_H
#define EXPLORE_SOURCE_IMPL_H

#include <stdint.h>

#include "source.h"

/* What the loader added to the addresses of the program's file. */
uintptr_t source_base_address(void);

/* Is it code or data of the program itself, not of a shared library? */
bool source_is_program(uintptr_t address);

/* A source file that was looked for; `bytes` is NULL when it was not found. */
struct source_file {
    char *path;
    char *bytes;
    size_t count;
};

#endif
