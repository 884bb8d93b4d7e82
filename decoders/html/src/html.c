/* html.c - limits, parser, walk, results; see html/html.h. */
#include "html/html.h"

#include <string.h>
#include <strings.h>

#include <gumbo.h>

#include "base/assert.h"
#include "html_memory.h"
#include "html_walk.h"
#include "sync/memory.h"

enum { BOM_BYTES = 3 };

static struct html_options with_defaults(const struct html_options *options) {
    struct html_options full = options != NULL ? *options : (struct html_options){ 0 };
    if (full.input_bytes_max == 0) {
        full.input_bytes_max = HTML_INPUT_DEFAULT;
    }
    if (full.input_bytes_max > UINT32_MAX / 2) {
        full.input_bytes_max = UINT32_MAX / 2;   /* gumbo counts columns in 32 bits */
    }
    if (full.text_bytes_max == 0) {
        full.text_bytes_max = HTML_TEXT_DEFAULT;
    }
    if (full.memory_bytes_max == 0) {
        full.memory_bytes_max = HTML_MEMORY_DEFAULT;
    }
    if (full.depth_max == 0) {
        full.depth_max = HTML_DEPTH_DEFAULT;
    }
    ASSERT(full.depth_max <= HTML_DEPTH_MAX);
    return full;
}

static const char no_bytes[1] = "";

/*
 * gumbo's part.  On failure `memory->failure` says why.  No variable of this
 * function changes between setjmp and a jump, so none need be volatile.
 */
static NO_INLINE const GumboNode *parse(struct html_memory *memory, const char *bytes,
                                        size_t count) {
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = html_memory_take;
    options.deallocator = html_memory_give;
    options.userdata = memory;
    options.max_errors = 0;
    if (setjmp(memory->escape) != 0) {
        return NULL;
    }
    return gumbo_parse_with_options(&options, bytes, count)->document;
}

static enum status finish_writers(struct html_writer *title, struct html_writer *text,
                                  struct diag *diag) {
    html_writer_end(title, "");
    html_writer_end(text, "\n");
    enum status status = text->status != STATUS_OK ? text->status : title->status;
    if (status == STATUS_LIMIT) {
        return diag_fail(diag, status, DIAG_NO_OFFSET, "the page has too much text");
    }
    if (status != STATUS_OK) {
        return diag_fail(diag, status, DIAG_NO_OFFSET, "no memory for the page's text");
    }
    return STATUS_OK;
}

static enum status extract(const char *bytes, size_t count, const struct html_options *options,
                           struct html_text *out_text, struct diag *diag) {
    struct html_memory memory;
    struct html_writer title = { .limit = options->text_bytes_max };
    struct html_writer text = { .limit = options->text_bytes_max };
    html_memory_init(&memory, options->memory_bytes_max, options->depth_max);
    const GumboNode *document = parse(&memory, bytes, count);
    enum status status;
    if (document != NULL) {
        status = html_walk(document, options->depth_max, &title, &text, diag);
    } else {
        status = diag_fail(diag, memory.failure.status, memory.failure.offset,
                           memory.failure.reason);
    }
    html_memory_finish(&memory);
    if (status == STATUS_OK) {
        status = finish_writers(&title, &text, diag);
    }
    if (status != STATUS_OK) {
        sync_free(title.bytes);
        sync_free(text.bytes);
        return status;
    }
    *out_text = (struct html_text){ .title = title.bytes, .title_bytes = title.count,
                                    .text = text.bytes, .text_bytes = text.count };
    return STATUS_OK;
}

#define CDATA "<![CDATA["

/* A table may be open somewhere: templates take rows without one. */
static bool has_table(const char *page, size_t count) {
    const char *end = page + count;
    for (const char *at = page; (at = memchr(at, '<', (size_t)(end - at))) != NULL; at++) {
        size_t left = (size_t)(end - at);
        if ((left >= 6 && strncasecmp(at, "<table", 6) == 0) ||
            (left >= 9 && strncasecmp(at, "<template", 9) == 0)) {
            return true;
        }
    }
    return false;
}

/*
 * gumbo 0.10.1 stops the program (an assertion in handle_in_table) when the text of a
 * CDATA section within foreign content is followed by a character inside a table.  So a page
 * with sections and a table is read from a copy in which each section begins as a bogus
 * comment, as it would outside foreign content.  *out_copy is NULL for all other pages.
 */
static enum status without_cdata(const char *page, size_t count, char **out_copy) {
    *out_copy = NULL;
    const char *first = memmem(page, count, CDATA, strlen(CDATA));
    if (first == NULL || !has_table(page, count)) {
        return STATUS_OK;
    }
    char *copy = sync_alloc(count);
    if (copy == NULL) {
        return STATUS_NO_MEMORY;
    }
    memcpy(copy, page, count);
    const char *end = copy + count;
    char *at = copy + (first - page);
    while (at != NULL) {
        at[2] = '?';
        at = memmem(at, (size_t)(end - at), CDATA, strlen(CDATA));
    }
    *out_copy = copy;
    return STATUS_OK;
}

enum status html_to_text(const void *bytes, size_t byte_count, const struct html_options *options,
                         struct html_text *out_text, struct diag *diag) {
    ASSERT(bytes != NULL || byte_count == 0);
    struct html_options full = with_defaults(options);
    const char *page = byte_count > 0 ? bytes : no_bytes;
    size_t skipped = 0;
    *out_text = (struct html_text){ 0 };
    if (byte_count > full.input_bytes_max) {
        return diag_fail(diag, STATUS_LIMIT, full.input_bytes_max, "the page is too large");
    }
    if (byte_count >= BOM_BYTES && memcmp(page, "\xef\xbb\xbf", BOM_BYTES) == 0) {
        skipped = BOM_BYTES;
    }
    struct diag failure = { 0 };
    char *copy;
    if (without_cdata(page + skipped, byte_count - skipped, &copy) != STATUS_OK) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory for the page");
    }
    enum status status = extract(copy != NULL ? copy : page + skipped, byte_count - skipped,
                                 &full, out_text, &failure);
    sync_free(copy);
    if (status != STATUS_OK) {
        uint64_t offset = failure.offset;
        return diag_fail(diag, status, offset == DIAG_NO_OFFSET ? offset : offset + skipped,
                         failure.reason);
    }
    return STATUS_OK;
}

void html_text_free(struct html_text *text) {
    sync_free(text->title);
    sync_free(text->text);
    *text = (struct html_text){ 0 };
}
