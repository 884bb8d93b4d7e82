/* html_memory.c - size classes over blocks, node slabs, and the watch; see html_memory.h. */
#include "html_memory.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/attr.h"
#include "sync/memory.h"

/* Before each piece: its class, or one of these. */
enum { CLASS_NODE = HTML_CLASSES, CLASS_LARGE = HTML_CLASSES + 1 };
enum { HEAD_BYTES = 8, NODE_STRIDE = HEAD_BYTES + sizeof(GumboNode) };

/* A large piece's own head ends at the piece, like every head. */
struct large_head {
    struct html_block block;
    uint64_t class;
};
_Static_assert(sizeof(struct large_head) == sizeof(struct html_block) + HEAD_BYTES, "heads differ");
_Static_assert(sizeof(GumboNode) % 8 == 0, "nodes must pack");

void html_memory_init(struct html_memory *memory, size_t limit_bytes, uint32_t depth_max) {
    memset(memory, 0, sizeof(*memory));
    memory->limit_bytes = limit_bytes;
    memory->depth_max = depth_max;
}

void html_memory_finish(struct html_memory *memory) {
    struct html_block *block = memory->blocks;
    while (block != NULL) {
        struct html_block *next = block->next;
        sync_free(block);
        block = next;
    }
    memory->blocks = NULL;
}

_Noreturn static void leave(struct html_memory *memory, enum status status, const char *reason) {
    uint64_t offset = status == STATUS_LIMIT ? memory->reached : DIAG_NO_OFFSET;
    (void)diag_fail(&memory->failure, status, offset, reason);
    longjmp(memory->escape, 1);
}

static struct html_block *block_take(struct html_memory *memory, size_t bytes) {
    if (bytes > memory->limit_bytes - memory->taken_bytes) {
        leave(memory, STATUS_LIMIT, "the page takes too much memory to parse");
    }
    struct html_block *block = sync_alloc(bytes);
    if (block == NULL) {
        leave(memory, STATUS_NO_MEMORY, "no memory to parse the page");
    }
    memory->taken_bytes += bytes;
    block->byte_count = bytes;
    block->previous = NULL;
    block->next = memory->blocks;
    if (block->next != NULL) {
        block->next->previous = block;
    }
    memory->blocks = block;
    return block;
}

static void block_give(struct html_memory *memory, struct html_block *block) {
    memory->taken_bytes -= block->byte_count;
    if (block->previous != NULL) {
        block->previous->next = block->next;
    } else {
        memory->blocks = block->next;
    }
    if (block->next != NULL) {
        block->next->previous = block->previous;
    }
    sync_free(block);
}

static bool is_node_piece(const struct html_memory *memory, const GumboNode *node) {
    uintptr_t at = (uintptr_t)node;
    for (uint32_t i = memory->slab_count; i-- > 0;) {
        uintptr_t begin = (uintptr_t)memory->slabs[i].begin;
        if (at >= begin && at < (uintptr_t)memory->slabs[i].end) {
            return (at - begin) % NODE_STRIDE == HEAD_BYTES;
        }
    }
    return false;
}

/*
 * Whether `node`, a node-sized piece, is a node that stands in the tree.  The piece may
 * also hold a string or a vector: addresses in it are followed only once they are
 * known to be a node-sized piece's.  A string has no NUL among its first four
 * bytes and a vector begins with an address, so neither has a type.
 */
static bool is_in_tree(const struct html_memory *memory, const GumboNode *node) {
    const GumboNode *parent = node->parent;
    if ((unsigned)node->type > GUMBO_NODE_TEMPLATE || !is_node_piece(memory, parent)) {
        return false;
    }
    bool is_parent = parent->type == GUMBO_NODE_DOCUMENT || parent->type == GUMBO_NODE_ELEMENT ||
                     parent->type == GUMBO_NODE_TEMPLATE;
    return is_parent && node->index_within_parent < parent->v.element.children.length;
}

/* Siblings that gumbo shifts when a node goes elsewhere than to their end. */
static uint64_t placing_work(const GumboNode *node) {
    return node->parent->v.element.children.length - 1 - node->index_within_parent;
}

/* Look at the node handed out before this one, which by now is in the tree. */
static void watch_newest(struct html_memory *memory) {
    const GumboNode *node = memory->newest;
    if (node == NULL || !is_in_tree(memory, node)) {
        return;
    }
    if (node->type == GUMBO_NODE_ELEMENT) {
        memory->reached = node->v.element.start_pos.offset;
    }
    memory->work += placing_work(node);
    uint32_t depth = 0;
    for (const GumboNode *up = node; is_in_tree(memory, up); up = up->parent) {
        depth++;
        if (depth > memory->depth_max) {
            leave(memory, STATUS_LIMIT, "elements nested too deep");
        }
    }
    memory->work += depth;
}

static void watch_work(struct html_memory *memory, size_t bytes) {
    if (bytes == sizeof(GumboNode)) {
        watch_newest(memory);
        memory->attribute_run = 0;
    } else if (bytes == sizeof(GumboAttribute)) {
        /* Each is compared, as a string, with all before it. */
        memory->work += HTML_ATTRIBUTE_WORK * memory->attribute_run++;
    }
    if (memory->work > HTML_WORK_MAX) {
        leave(memory, STATUS_LIMIT, "the page takes too much effort to parse");
    }
}

static void node_slab_add(struct html_memory *memory) {
    size_t nodes = (size_t)64 << memory->slab_count;
    if (memory->slab_count == HTML_SLABS_MAX) {
        leave(memory, STATUS_LIMIT, "the page takes too much memory to parse");
    }
    struct html_block *block = block_take(memory, sizeof(*block) + nodes * NODE_STRIDE);
    memory->node_bump = (uint8_t *)(block + 1);
    memory->node_bump_end = memory->node_bump + nodes * NODE_STRIDE;
    memset(memory->node_bump, 0, nodes * NODE_STRIDE);   /* the watch may read unused nodes */
    memory->slabs[memory->slab_count++] =
        (struct html_slab){ memory->node_bump, memory->node_bump_end };
}

static void *node_take(struct html_memory *memory) {
    void *piece = memory->free_nodes;
    if (piece != NULL) {
        memcpy(&memory->free_nodes, piece, sizeof(void *));
        memset(piece, 0, sizeof(GumboNode));
    } else {
        if (memory->node_bump == memory->node_bump_end) {
            node_slab_add(memory);
        }
        piece = memory->node_bump + HEAD_BYTES;
        memory->node_bump += NODE_STRIDE;
        *((uint64_t *)piece - 1) = CLASS_NODE;
    }
    memory->newest = piece;
    return piece;
}

static void *small_take(struct html_memory *memory, uint32_t class) {
    void *piece = memory->free_pieces[class];
    if (piece != NULL) {
        memcpy(&memory->free_pieces[class], piece, sizeof(void *));
        return piece;
    }
    size_t stride = HEAD_BYTES + (size_t)class * 16;
    if ((size_t)(memory->bump_end - memory->bump) < stride) {
        struct html_block *block = block_take(memory, HTML_BLOCK_BYTES);
        memory->bump = (uint8_t *)(block + 1);
        memory->bump_end = (uint8_t *)block + HTML_BLOCK_BYTES;
    }
    piece = memory->bump + HEAD_BYTES;
    memory->bump += stride;
    *((uint64_t *)piece - 1) = class;
    return piece;
}

void *html_memory_take(void *user, size_t bytes) {
    struct html_memory *memory = user;
    watch_work(memory, bytes);
    if (bytes == sizeof(GumboNode)) {
        return node_take(memory);
    }
    if (bytes <= HTML_SMALL_MAX) {
        return small_take(memory, bytes == 0 ? 1 : (uint32_t)((bytes + 15) / 16));
    }
    if (bytes > memory->limit_bytes) {
        leave(memory, STATUS_LIMIT, "the page takes too much memory to parse");
    }
    struct html_block *block = block_take(memory, sizeof(struct large_head) + bytes);
    struct large_head *head = (struct large_head *)(void *)block;
    head->class = CLASS_LARGE;
    return head + 1;
}

void html_memory_give(void *user, void *piece) {
    struct html_memory *memory = user;
    if (piece == NULL) {
        return;
    }
    uint64_t class = *((uint64_t *)piece - 1);
    if (class == CLASS_LARGE) {
        block_give(memory, &((struct large_head *)piece - 1)->block);
    } else if (class == CLASS_NODE) {
        memcpy(piece, &memory->free_nodes, sizeof(void *));
        memory->free_nodes = piece;
        if (memory->newest == piece) {
            memory->newest = NULL;
        }
    } else {
        ASSERT(class < HTML_CLASSES);
        memcpy(piece, &memory->free_pieces[class], sizeof(void *));
        memory->free_pieces[class] = piece;
    }
}
