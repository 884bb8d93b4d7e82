/*
 * html_memory.h - the memory that the parser gets, and the watch kept on it.
 *
 * gumbo does not look at failed allocations, frees its tree by recursion and may
 * take quadratic time on pages built for that.  All three are solved where it
 * asks for memory:  everything lies in blocks of ours that are freed at once, so
 * the tree is never walked to be freed; a request that cannot be met leaves the
 * parser by longjmp, which loses nothing for the same reason; and each new node
 * is an occasion to look how deep the one before it was put and what that cost.
 *
 * Units:    bytes; work is roughly one pointer visited
 * Shapes:   results are aligned to 8, which is what gumbo's structures need
 * Threads:  one parse on one thread
 * Memory:   blocks from sync_alloc(), all freed by html_memory_finish()
 * Errors:   a jump to `escape` with `failure` filled in
 * Source:   none
 * Depends:  base, sync, gumbo
 */
#ifndef HTML_MEMORY_H
#define HTML_MEMORY_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <gumbo.h>

#include "base/diag.h"

enum {
    HTML_SMALL_MAX = 512,          /* pieces up to here have a class each 16 bytes */
    HTML_CLASSES = HTML_SMALL_MAX / 16 + 1,
    HTML_SLABS_MAX = 40,           /* slabs double, so this is more than memory */
    HTML_BLOCK_BYTES = 64 << 10,
    HTML_ATTRIBUTE_WORK = 16,      /* one comparison of names, in pointers visited */
};
#define HTML_WORK_MAX ((uint64_t)1 << 32)   /* a few seconds at its worst */

/* A block from the system; pieces follow the head. */
struct html_block {
    struct html_block *next;
    struct html_block *previous;   /* for pieces with a block of their own */
    uint64_t byte_count;           /* of the whole block */
};

/* Room for nodes only, so that an address can be told to be a node's. */
struct html_slab {
    uint8_t *begin;
    uint8_t *end;
};

struct html_memory {
    jmp_buf escape;
    struct diag failure;           /* why the parser was left */
    size_t limit_bytes;
    size_t taken_bytes;            /* blocks held now */
    uint32_t depth_max;
    uint64_t work;
    uint64_t reached;              /* offset of the last element looked at */
    uint64_t attribute_run;        /* attributes since the last node */
    struct html_block *blocks;
    uint8_t *bump;                 /* rest of the newest small block */
    uint8_t *bump_end;
    void *free_pieces[HTML_CLASSES];
    struct html_slab slabs[HTML_SLABS_MAX];
    uint32_t slab_count;
    uint8_t *node_bump;
    uint8_t *node_bump_end;
    void *free_nodes;
    const GumboNode *newest;       /* node-sized piece handed out last, or NULL */
};

void html_memory_init(struct html_memory *memory, size_t limit_bytes, uint32_t depth_max);
void html_memory_finish(struct html_memory *memory);

/* gumbo's hooks; `user` is the struct html_memory, whose `escape` is set. */
void *html_memory_take(void *user, size_t bytes);
void html_memory_give(void *user, void *piece);

#endif
