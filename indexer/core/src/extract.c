/* extract.c - which kind a file is, and the way through the extractors. */
#include "indexer/extract.h"

#include <string.h>

#include "analysis_impl.h"
#include "extract_batch.h"
#include "extract_impl.h"
#include "html/html.h"
#include "sync/file.h"
#include "sync/memory.h"

/* ---- kinds ---- */

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static char to_small(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* Whether `count` bytes are `word`, which is in small letters. */
static bool is_word(const char *bytes, size_t count, const char *word) {
    for (size_t i = 0; i < count; i++) {
        if (word[i] == '\0' || to_small(bytes[i]) != word[i]) {
            return false;
        }
    }
    return word[count] == '\0';
}

static bool is_one_of(const char *bytes, size_t count, const char *const *words) {
    for (; *words != NULL; words++) {
        if (is_word(bytes, count, *words)) {
            return true;
        }
    }
    return false;
}

/* What comes after the last dot of a name; a last ".gz" does not count. */
static const char *extension_of(const char *name, size_t *out_count) {
    size_t end = strlen(name);
    if (end > 3 && is_word(name + end - 3, 3, ".gz")) {
        end -= 3;
    }
    size_t begin = end;
    while (begin > 0 && name[begin - 1] != '.') {
        begin--;
    }
    *out_count = begin == 0 ? 0 : end - begin;
    return name + begin;
}

/* The text from its first character that is not white space. */
static const char *first_words(const uint8_t *text, size_t count, size_t *out_count) {
    size_t at = 0;
    while (at < count && text[at] <= ' ') {
        at++;
    }
    *out_count = count - at;
    return (const char *)text + at;
}

bool extract_begins_with(const char *bytes, size_t count, const char *word) {
    size_t word_count = strlen(word);
    return count >= word_count && is_word(bytes, word_count, word);
}

static bool looks_like_man(const uint8_t *text, size_t count) {
    static const char *const signs[] = { ".\\\"", "'\\\"", "\\\"", ".th ", ".dd ", ".so ", ".ig",
                                         ".nh", ".de ", ".ds ", ".if ", ".ie ", ".do ", ".nr ",
                                         ".tr ", ".sh ", ".rn ", ".lf ", ".\n" };
    size_t left;
    const char *first = first_words(text, count, &left);
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        if (extract_begins_with(first, left, signs[i])) {
            return true;
        }
    }
    return false;
}

enum { MAN_EXTENSION_MAX = 16 };     /* "3readline" has 9 */

static bool is_man_extension(const char *extension, size_t count) {
    return count >= 1 && count <= MAN_EXTENSION_MAX
           && ((extension[0] >= '1' && extension[0] <= '9') || extension[0] == 'n'
               || extension[0] == 'l');
}

static enum extract_kind kind_of(const char *name, const uint8_t *text, size_t count) {
    static const char *const markdown[] = { "md", "markdown", "mkd", "mdown", NULL };
    static const char *const html[] = { "html", "htm", "xhtml", NULL };
    static const char *const man[] = { "man", "mdoc", "roff", NULL };
    size_t bytes;
    const char *extension = extension_of(name, &bytes);
    if (is_one_of(extension, bytes, markdown)) {
        return EXTRACT_MARKDOWN;
    }
    if (is_one_of(extension, bytes, html)) {
        return EXTRACT_HTML;
    }
    bool may_be_man = is_one_of(extension, bytes, man) || is_man_extension(extension, bytes);
    if (may_be_man && looks_like_man(text, count)) {
        return EXTRACT_MAN;
    }
    size_t left;
    const char *first = first_words(text, count, &left);
    bool is_html = extract_begins_with(first, left, "<!doctype html")
                   || extract_begins_with(first, left, "<html");
    return is_html ? EXTRACT_HTML : EXTRACT_TEXT;
}

/* ---- texts ---- */

void extract_plain(const uint8_t *text, size_t count, struct extract_output *out) {
    extract_put(&out->text, text, count);
    out->body_begin = extract_front_matter(text, count, &out->title);
    extract_title_from_text(out);
}

enum status extract_html(const uint8_t *text, size_t count, struct extract_output *out,
                         struct diag *diag) {
    struct html_options options = { .text_bytes_max = out->text.limit };
    struct html_text page;
    enum status status = html_to_text(text, count, &options, &page, diag);
    if (status != STATUS_OK) {
        return status;
    }
    /* The title stands in the text too, so that its words are found. */
    extract_put(&out->title, page.title, page.title_bytes);
    extract_put(&out->text, page.title, page.title_bytes);
    extract_end_line(&out->text);
    extract_put(&out->text, page.text, page.text_bytes);
    html_text_free(&page);
    extract_title_from_text(out);
    return STATUS_OK;
}

/* Cut the title to its limit, at a character, without white space at its ends or in rows. */
static void tidy_title(struct extract_buffer *title) {
    size_t kept = 0;
    for (size_t i = 0; i < title->count; i++) {
        bool is_space = title->bytes[i] <= ' ';
        if (!is_space) {
            title->bytes[kept++] = title->bytes[i];
        } else if (kept > 0 && title->bytes[kept - 1] != ' ') {
            title->bytes[kept++] = ' ';
        }
    }
    if (kept > EXTRACT_TITLE_BYTES_MAX) {
        kept = EXTRACT_TITLE_BYTES_MAX;
        while (kept > 0 && (title->bytes[kept] & 0xc0) == 0x80) {
            kept--;
        }
    }
    while (kept > 0 && title->bytes[kept - 1] == ' ') {
        kept--;
    }
    title->count = kept;
}

/* Give the buffers away, each with a NUL behind it. */
static enum status hand_over(struct extract_output *out, struct extract_text *out_text) {
    bool has_room = extract_buffer_reserve(&out->text, 0) && extract_buffer_reserve(&out->title, 0);
    if (!has_room) {
        return out->text.status != STATUS_OK ? out->text.status : out->title.status;
    }
    tidy_title(&out->title);
    out->text.bytes[out->text.count] = '\0';
    out->title.bytes[out->title.count] = '\0';
    out_text->text = out->text.bytes;
    out_text->text_bytes = out->text.count;
    out_text->title = (char *)out->title.bytes;
    out_text->title_bytes = out->title.count;
    out->text.bytes = NULL;
    out->title.bytes = NULL;
    return STATUS_OK;
}

static enum status extract_utf8(const char *path, const struct extract_buffer *utf8,
                                struct extract_text *out_text, struct diag *diag) {
    struct extract_output out = { .text = extract_buffer_over(utf8->limit),
                                  .title = extract_buffer_over(utf8->limit), .path = path };
    const char *name = base_name(path);
    enum status status = STATUS_OK;
    out_text->kind = kind_of(name, utf8->bytes, utf8->count);
    switch (out_text->kind) {
    case EXTRACT_MARKDOWN:
        status = extract_markdown(utf8->bytes, utf8->count, &out, diag);
        extract_title_from_text(&out);
        break;
    case EXTRACT_HTML:
        status = extract_html(utf8->bytes, utf8->count, &out, diag);
        break;
    case EXTRACT_MAN:
        extract_man(name, utf8->bytes, utf8->count, &out);
        break;
    default:
        extract_plain(utf8->bytes, utf8->count, &out);
    }
    if (status == STATUS_OK) {
        status = hand_over(&out, out_text);
    }
    extract_buffer_free(&out.text);
    extract_buffer_free(&out.title);
    return status;
}

static bool is_gzip(const uint8_t *bytes, size_t count) {
    return count >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8;
}

/* Decode and extract; the bytes are unpacked. */
static enum status extract_unpacked(const struct extract_input *source, size_t limit,
                                    struct extract_text *out_text, struct diag *diag) {
    struct extract_buffer utf8 = extract_buffer_over(limit);
    enum status status = extract_to_utf8(source->bytes, source->byte_count, &utf8, diag);
    if (status == STATUS_OK && extract_buffer_reserve(&utf8, 0)) {
        status = extract_utf8(source->name, &utf8, out_text, diag);
    } else if (status == STATUS_OK) {
        status = utf8.status;
    }
    extract_buffer_free(&utf8);
    return status;
}

enum status extract_bytes(const struct extract_input *input,
                          const struct extract_options *options, struct extract_text *out_text,
                          struct diag *diag) {
    size_t limit = options != NULL && options->text_bytes_max > 0 ? options->text_bytes_max
                                                                  : EXTRACT_TEXT_DEFAULT;
    struct extract_input source = *input;
    *out_text = (struct extract_text){ .text = NULL };
    struct diag inner = { .status = STATUS_OK };
    struct extract_buffer unpacked = extract_buffer_over(limit);
    enum status status = STATUS_OK;
    if (is_gzip(source.bytes, source.byte_count)) {
        status = extract_gunzip(source.bytes, source.byte_count, &unpacked, &inner);
        source.bytes = unpacked.bytes;
        source.byte_count = unpacked.count;
    }
    if (status == STATUS_OK) {
        status = extract_unpacked(&source, limit, out_text, &inner);
        inner.offset = unpacked.bytes != NULL ? DIAG_NO_OFFSET : inner.offset;
    }
    extract_buffer_free(&unpacked);
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    extract_free(out_text);
    bool is_told = inner.reason != NULL && inner.status == status;
    return diag_fail(diag, status, is_told ? inner.offset : DIAG_NO_OFFSET,
                     is_told                    ? inner.reason
                     : status == STATUS_LIMIT ? "text over the limit" : "out of memory");
}

enum status extract_file(const char *path, const struct extract_options *options,
                         struct extract_text *out_text, struct diag *diag) {
    size_t limit = options != NULL && options->input_bytes_max > 0 ? options->input_bytes_max
                                                                   : EXTRACT_INPUT_DEFAULT;
    *out_text = (struct extract_text){ .text = NULL };
    struct sync_bytes file;
    enum status status = sync_file_read(path, limit, &file, diag);
    if (status != STATUS_OK) {
        return status;
    }
    struct extract_input input = { path, file.bytes, file.count };
    status = extract_bytes(&input, options, out_text, diag);
    sync_free(file.bytes);
    return status;
}

void extract_free(struct extract_text *text) {
    sync_free(text->text);
    sync_free(text->title);
    *text = (struct extract_text){ .text = NULL };
}

/* ---- batches ---- */

struct batch {
    const struct extract_options *options;
    struct extract_slot *slots;
};

static enum status extract_slots(const struct workpool_chunk *chunk) {
    struct batch *batch = chunk->context;
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        struct extract_slot *slot = &batch->slots[i];
        slot->diag = (struct diag){ .status = STATUS_OK };
        slot->status = extract_file(slot->path, batch->options, &slot->text, &slot->diag);
    }
    return STATUS_OK;
}

const struct workpool_kind extract_batch_kind = { .name = "indexer.file", .body = extract_slots };

enum status extract_batch(struct workpool *pool, const struct extract_options *options,
                          struct extract_slot *slots, size_t slot_count) {
    struct batch batch = { options, slots };
    return workpool_run(pool, &(struct workpool_job){ .kind = &extract_batch_kind,
                                                      .count = slot_count, .grain = 1,
                                                      .context = &batch }, NULL);
}
