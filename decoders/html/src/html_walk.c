/*
 * html_walk.c - which elements speak, and which begin a line; see html_walk.h.
 *
 * The walk keeps its own stack: a page decides how deep its tree is, and must not
 * decide how deep our calls are.
 */
#include "html_walk.h"

#include <stdbool.h>

#include "sync/memory.h"

/* What an element does to the text around and inside it. */
enum manner {
    MANNER_INLINE = 0,
    MANNER_BLOCK,     /* begins and ends a line */
    MANNER_CELL,      /* is set off by spaces */
    MANNER_PRE,       /* a block whose line ends count */
    MANNER_DROP,      /* is not text */
    MANNER_HEAD,      /* only its title is text */
    MANNER_TITLE,
};

static const uint8_t manners[GUMBO_TAG_LAST] = {
    [GUMBO_TAG_ADDRESS] = MANNER_BLOCK,  [GUMBO_TAG_ARTICLE] = MANNER_BLOCK,
    [GUMBO_TAG_ASIDE] = MANNER_BLOCK,    [GUMBO_TAG_BLOCKQUOTE] = MANNER_BLOCK,
    [GUMBO_TAG_BODY] = MANNER_BLOCK,     [GUMBO_TAG_BR] = MANNER_BLOCK,
    [GUMBO_TAG_CAPTION] = MANNER_BLOCK,  [GUMBO_TAG_CENTER] = MANNER_BLOCK,
    [GUMBO_TAG_DD] = MANNER_BLOCK,       [GUMBO_TAG_DETAILS] = MANNER_BLOCK,
    [GUMBO_TAG_DIR] = MANNER_BLOCK,      [GUMBO_TAG_DIV] = MANNER_BLOCK,
    [GUMBO_TAG_DL] = MANNER_BLOCK,       [GUMBO_TAG_DT] = MANNER_BLOCK,
    [GUMBO_TAG_FIELDSET] = MANNER_BLOCK, [GUMBO_TAG_FIGCAPTION] = MANNER_BLOCK,
    [GUMBO_TAG_FIGURE] = MANNER_BLOCK,   [GUMBO_TAG_FOOTER] = MANNER_BLOCK,
    [GUMBO_TAG_FORM] = MANNER_BLOCK,     [GUMBO_TAG_H1] = MANNER_BLOCK,
    [GUMBO_TAG_H2] = MANNER_BLOCK,       [GUMBO_TAG_H3] = MANNER_BLOCK,
    [GUMBO_TAG_H4] = MANNER_BLOCK,       [GUMBO_TAG_H5] = MANNER_BLOCK,
    [GUMBO_TAG_H6] = MANNER_BLOCK,       [GUMBO_TAG_HEADER] = MANNER_BLOCK,
    [GUMBO_TAG_HGROUP] = MANNER_BLOCK,   [GUMBO_TAG_HR] = MANNER_BLOCK,
    [GUMBO_TAG_LEGEND] = MANNER_BLOCK,   [GUMBO_TAG_LI] = MANNER_BLOCK,
    [GUMBO_TAG_MAIN] = MANNER_BLOCK,     [GUMBO_TAG_MENU] = MANNER_BLOCK,
    [GUMBO_TAG_NAV] = MANNER_BLOCK,      [GUMBO_TAG_OL] = MANNER_BLOCK,
    [GUMBO_TAG_OPTGROUP] = MANNER_BLOCK, [GUMBO_TAG_OPTION] = MANNER_BLOCK,
    [GUMBO_TAG_P] = MANNER_BLOCK,        [GUMBO_TAG_SECTION] = MANNER_BLOCK,
    [GUMBO_TAG_SELECT] = MANNER_BLOCK,   [GUMBO_TAG_SUMMARY] = MANNER_BLOCK,
    [GUMBO_TAG_TABLE] = MANNER_BLOCK,    [GUMBO_TAG_TBODY] = MANNER_BLOCK,
    [GUMBO_TAG_TFOOT] = MANNER_BLOCK,    [GUMBO_TAG_THEAD] = MANNER_BLOCK,
    [GUMBO_TAG_TR] = MANNER_BLOCK,       [GUMBO_TAG_UL] = MANNER_BLOCK,
    [GUMBO_TAG_TD] = MANNER_CELL,        [GUMBO_TAG_TH] = MANNER_CELL,
    [GUMBO_TAG_BUTTON] = MANNER_CELL,    [GUMBO_TAG_LISTING] = MANNER_PRE,
    [GUMBO_TAG_PLAINTEXT] = MANNER_PRE,  [GUMBO_TAG_PRE] = MANNER_PRE,
    [GUMBO_TAG_TEXTAREA] = MANNER_PRE,   [GUMBO_TAG_XMP] = MANNER_PRE,
    [GUMBO_TAG_APPLET] = MANNER_DROP,    [GUMBO_TAG_EMBED] = MANNER_DROP,
    [GUMBO_TAG_IFRAME] = MANNER_DROP,    [GUMBO_TAG_NOEMBED] = MANNER_DROP,
    [GUMBO_TAG_NOFRAMES] = MANNER_DROP,  [GUMBO_TAG_OBJECT] = MANNER_DROP,
    [GUMBO_TAG_SCRIPT] = MANNER_DROP,    [GUMBO_TAG_STYLE] = MANNER_DROP,
    [GUMBO_TAG_TEMPLATE] = MANNER_DROP,  [GUMBO_TAG_HEAD] = MANNER_HEAD,
    [GUMBO_TAG_TITLE] = MANNER_TITLE,
};

static enum manner manner_of(const GumboElement *element) {
    bool is_known = (unsigned)element->tag < GUMBO_TAG_LAST;
    if (!is_known) {
        return MANNER_INLINE;
    }
    enum manner manner = (enum manner)manners[element->tag];
    bool is_html = element->tag_namespace == GUMBO_NAMESPACE_HTML;
    /* A picture's own script and style are dropped too, but its title is text. */
    return is_html || manner == MANNER_DROP ? manner : MANNER_INLINE;
}

/* An element whose children are being visited. */
struct level {
    const GumboVector *children;
    unsigned next;
    enum manner manner;
    bool keeps_lines;        /* inside something preformatted */
    bool is_title;
    bool is_head;
};

struct walk {
    struct level *levels;
    uint32_t depth;
    uint32_t depth_max;
    bool has_title;          /* the first one is taken */
    struct html_writer *title;
    struct html_writer *text;
};

static void gap_around(struct walk *walk, enum manner manner) {
    if (manner == MANNER_BLOCK || manner == MANNER_PRE) {
        html_writer_gap(walk->text, HTML_GAP_LINE);
    } else if (manner == MANNER_CELL) {
        html_writer_gap(walk->text, HTML_GAP_SPACE);
    }
}

/* Go into an element, unless it is dropped; false when that is too deep. */
static bool enter(struct walk *walk, const GumboElement *element, const struct level *parent) {
    enum manner manner = manner_of(element);
    bool is_second_title = manner == MANNER_TITLE && walk->has_title;
    bool is_noise = parent->is_head && manner != MANNER_TITLE;
    if (manner == MANNER_DROP || is_second_title || is_noise) {
        return true;
    }
    if (walk->depth == walk->depth_max) {
        return false;
    }
    gap_around(walk, manner);
    walk->has_title = walk->has_title || manner == MANNER_TITLE;
    walk->levels[walk->depth++] = (struct level){
        .children = &element->children,
        .manner = manner,
        .keeps_lines = parent->keeps_lines || manner == MANNER_PRE,
        .is_title = parent->is_title || manner == MANNER_TITLE,
        .is_head = manner == MANNER_HEAD,
    };
    return true;
}

static void leave(struct walk *walk) {
    walk->depth--;
    gap_around(walk, walk->levels[walk->depth].manner);
}

static void speak(struct walk *walk, const char *words, const struct level *level) {
    if (level->is_title) {
        html_writer_text(walk->title, words, false);
    } else if (!level->is_head) {
        html_writer_text(walk->text, words, level->keeps_lines);
    }
}

static enum status step(struct walk *walk, struct diag *diag) {
    struct level *level = &walk->levels[walk->depth - 1];
    if (level->next == level->children->length) {
        leave(walk);
        return STATUS_OK;
    }
    const GumboNode *node = level->children->data[level->next++];
    switch (node->type) {
    case GUMBO_NODE_TEXT:
    case GUMBO_NODE_WHITESPACE:
    case GUMBO_NODE_CDATA:
        speak(walk, node->v.text.text, level);
        return STATUS_OK;
    case GUMBO_NODE_ELEMENT:
        if (!enter(walk, &node->v.element, level)) {
            return diag_fail(diag, STATUS_LIMIT, node->v.element.start_pos.offset,
                             "elements nested too deep");
        }
        return STATUS_OK;
    case GUMBO_NODE_DOCUMENT:
    case GUMBO_NODE_COMMENT:
    case GUMBO_NODE_TEMPLATE:
        return STATUS_OK;
    }
    return STATUS_OK;
}

enum status html_walk(const GumboNode *document, uint32_t depth_max, struct html_writer *title,
                      struct html_writer *text, struct diag *diag) {
    struct walk walk = { .depth_max = depth_max + 1, .title = title, .text = text };
    walk.levels = sync_alloc_zero(walk.depth_max, sizeof(*walk.levels));
    if (walk.levels == NULL) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory to walk the page");
    }
    walk.levels[0].children = &document->v.document.children;
    walk.depth = 1;
    enum status status = STATUS_OK;
    while (walk.depth > 0 && status == STATUS_OK && title->status == STATUS_OK &&
           text->status == STATUS_OK) {
        status = step(&walk, diag);
    }
    sync_free(walk.levels);
    return status;
}
