/*
 * source.h - where in the source the program was when it called.
 *
 * Functions and variables come from the program's own symbol table; files and lines
 * from addr2line where it is installed.  Nothing here is needed for a verdict.
 */
#ifndef EXPLORE_SOURCE_H
#define EXPLORE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_place {
    const void *caller;
    char function[64];     /* "" when not known */
    char file[160];        /* as the compiler was told, "" when not known */
    unsigned line;         /* 0 when not known */
};

struct source_map {
    struct source_place *places;   /* by caller */
    size_t count;
    struct source_file *files;     /* private: texts of source files, for source_line() */
    size_t file_count;
};

/* Finds the places of return addresses; NULL is none.  What cannot be found stays empty. */
void source_load(struct source_map *map, const void *const *callers, size_t count);
void source_finish(struct source_map *map);

/* Never NULL. */
const struct source_place *source_find(const struct source_map *map, const void *caller);

/* The file without its folders. */
const char *source_base(const struct source_place *place);

/*
 * A line of a source file, without its indentation and newline, when the file is found
 * from here or from the folder of the program or one above: its bytes and their number.
 */
const char *source_line(struct source_map *map, const char *file, unsigned line,
                        size_t *out_count);

/* The same with its indentation. */
const char *source_whole_line(struct source_map *map, const char *file, unsigned line,
                              size_t *out_count);

/* "name" or "name+8" of the static variable or function at an address; false: none. */
bool source_symbol(const void *address, char *out_name, size_t room);

/* First eight hex digits' worth of the program's build-id, or of a digest of its file. */
uint32_t source_build(void);

#endif
