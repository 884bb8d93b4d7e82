/* script_impl.h - the state of a parse, shared by script.c and script_item.c. */
#ifndef RENDERER_SCRIPT_IMPL_H
#define RENDERER_SCRIPT_IMPL_H

#include "script_read.h"

struct parser {
    struct renderer_reader reader;
    struct renderer_script_limits limits;
    struct renderer_script *script;
    struct renderer_point origin;     /* added to every coordinate of later items */
    uint32_t picture_capacity;
    uint32_t font_capacity;
    uint32_t entry_capacity;
    size_t line;                      /* offset of the line's first word */
};

/* The fields of an item whose kind was just read; adds it to the script. */
MUST_CHECK enum status renderer_script_item(struct parser *p, const struct renderer_word *kind);

#endif
