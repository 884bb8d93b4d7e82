/* snippet.c - find what matched, choose a passage, write it as a line. */
#include "snippet.h"

#include <string.h>

#include "analysis_impl.h"
#include "base/assert.h"
#include "sync/memory.h"

enum { TOKENS_AT_ONCE = 256, HITS_MAX = 1 << 16, BORDER_BYTES = 24 };

/* A word of the text that is some element of the query. */
struct hit {
    uint32_t begin;
    uint32_t end;
    uint32_t position;
    uint32_t element;         /* number in `elements` */
    bool is_shown;            /* it matched: a phrase's only where the phrase is whole */
};

/* An element of a positive leaf. */
struct wanted {
    const struct query_element *element;
    const struct query_node *leaf;
    uint32_t leaf_number;     /* among the positive leaves */
    bool is_prefix;
};

struct snippet {
    const struct snippet_request *request;
    struct wanted *wanted;
    uint32_t wanted_count;
    uint32_t leaf_count;
    const struct query_node *leaves[SNIPPET_LEAVES_MAX];
    struct hit *hits;
    uint32_t hit_count;
    uint32_t hit_capacity;
    uint32_t *element_of_term;   /* by term number: first wanted element + 1, or 0 */
    uint32_t term_count;
    uint32_t term_capacity;
};

/* ---- what is looked for ---- */

static void add_leaf(struct snippet *snippet, const struct query_node *leaf) {
    if (snippet->leaf_count == SNIPPET_LEAVES_MAX) {
        return;
    }
    for (uint32_t e = 0; e < leaf->element_count; e++) {
        snippet->wanted[snippet->wanted_count++] = (struct wanted){
            .element = &leaf->elements[e], .leaf = leaf, .leaf_number = snippet->leaf_count,
            .is_prefix = leaf->kind == QUERY_PREFIX };
    }
    snippet->leaves[snippet->leaf_count++] = leaf;
}

/* As deep as the query, see QUERY_DEPTH_MAX. */
static void add_leaves(struct snippet *snippet, const struct query_node *node) {
    for (; node != NULL; node = node->next) {
        if (node->kind == QUERY_ALL || node->kind == QUERY_ANY) {
            add_leaves(snippet, node->first);
        } else {
            add_leaf(snippet, node);
        }
    }
}

static bool is_same(const uint8_t *a, uint32_t a_bytes, const uint8_t *b, uint32_t b_bytes) {
    return a_bytes == b_bytes && memcmp(a, b, a_bytes) == 0;
}

static bool is_wanted(const struct wanted *wanted, const uint8_t *term, uint32_t bytes) {
    const struct query_element *element = wanted->element;
    if (!wanted->is_prefix) {
        return is_same(element->bytes, element->byte_count, term, bytes);
    }
    bool begins = bytes >= element->byte_count
                  && memcmp(term, element->bytes, element->byte_count) == 0;
    return begins || (element->stem != NULL
                      && is_same(element->stem, element->stem_bytes, term, bytes));
}

/* The first element from `from` on that the term is; wanted_count if none. */
static uint32_t next_element(const struct snippet *snippet, uint32_t from, const uint8_t *term,
                             uint32_t bytes) {
    while (from < snippet->wanted_count && !is_wanted(&snippet->wanted[from], term, bytes)) {
        from++;
    }
    return from;
}

/* ---- what is there ---- */

static enum status learn_terms(struct snippet *snippet) {
    struct analysis *analysis = snippet->request->analysis;
    uint32_t count = analysis_term_count(analysis);
    if (count > snippet->term_capacity) {
        uint32_t *larger = sync_resize(snippet->element_of_term,
                                       (size_t)count * 2 * sizeof(*larger));
        if (larger == NULL) {
            return STATUS_NO_MEMORY;
        }
        snippet->element_of_term = larger;
        snippet->term_capacity = count * 2;
    }
    for (; snippet->term_count < count; snippet->term_count++) {
        uint32_t bytes;
        const uint8_t *term = analysis_term(analysis, snippet->term_count, &bytes);
        uint32_t element = next_element(snippet, 0, term, bytes);
        snippet->element_of_term[snippet->term_count] =
            element < snippet->wanted_count ? element + 1 : 0;
    }
    return STATUS_OK;
}

static enum status add_hit(struct snippet *snippet, const struct analysis_token *token,
                           uint32_t element) {
    if (snippet->hit_count == snippet->hit_capacity) {
        uint32_t capacity = snippet->hit_capacity == 0 ? 64 : snippet->hit_capacity * 2;
        struct hit *larger = sync_resize(snippet->hits, capacity * sizeof(*larger));
        if (larger == NULL) {
            return STATUS_NO_MEMORY;
        }
        snippet->hits = larger;
        snippet->hit_capacity = capacity;
    }
    snippet->hits[snippet->hit_count++] = (struct hit){
        .begin = token->begin, .end = token->end, .position = token->position,
        .element = element,
        .is_shown = snippet->wanted[element].leaf->kind != QUERY_PHRASE };
    return STATUS_OK;
}

/* A word may be several elements, of different leaves: a hit for each. */
static enum status take_token(struct snippet *snippet, const struct analysis_token *token) {
    uint32_t element = snippet->element_of_term[token->term];
    if (element == 0) {
        return STATUS_OK;
    }
    uint32_t bytes;
    const uint8_t *term = analysis_term(snippet->request->analysis, token->term, &bytes);
    for (element--; element < snippet->wanted_count && snippet->hit_count < HITS_MAX;
         element = next_element(snippet, element + 1, term, bytes)) {
        enum status status = add_hit(snippet, token, element);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status find_hits(struct snippet *snippet) {
    struct analysis *analysis = snippet->request->analysis;
    struct analysis_token tokens[TOKENS_AT_ONCE];
    size_t bytes = snippet->request->text_bytes;
    size_t count;
    analysis_reset(analysis);
    analysis_begin(analysis, snippet->request->text,
                   bytes < SNIPPET_TEXT_BYTES_MAX ? bytes : (size_t)SNIPPET_TEXT_BYTES_MAX);
    do {
        enum status status = analysis_next(analysis, tokens, TOKENS_AT_ONCE, &count);
        if (status == STATUS_OK) {
            status = learn_terms(snippet);
        }
        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
            status = take_token(snippet, &tokens[i]);
        }
        if (status != STATUS_OK) {
            return status;
        }
    } while (count > 0 && snippet->hit_count < HITS_MAX);
    return STATUS_OK;
}

/* The hit of `element` at `position`, or NULL; hits are sorted by position, then element. */
static struct hit *hit_at(struct snippet *snippet, uint64_t position, uint32_t element) {
    uint32_t low = 0;
    uint32_t high = snippet->hit_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const struct hit *hit = &snippet->hits[middle];
        if (hit->position < position || (hit->position == position && hit->element < element)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    struct hit *found = &snippet->hits[low];
    return low < snippet->hit_count && found->position == position && found->element == element
               ? found : NULL;
}

static void show_phrase_at(struct snippet *snippet, const struct hit *first) {
    const struct query_node *leaf = snippet->wanted[first->element].leaf;
    uint32_t element = first->element;
    uint32_t position = first->position;
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t e = 0; e < leaf->element_count; e++) {
            struct hit *hit = hit_at(snippet, (uint64_t)position + leaf->elements[e].distance,
                                     element + e);
            if (hit == NULL) {
                return;
            }
            hit->is_shown |= pass == 1;
        }
    }
}

static void show_phrases(struct snippet *snippet) {
    for (uint32_t i = 0; i < snippet->hit_count; i++) {
        const struct wanted *wanted = &snippet->wanted[snippet->hits[i].element];
        if (wanted->leaf->kind == QUERY_PHRASE && wanted->element == wanted->leaf->elements) {
            show_phrase_at(snippet, &snippet->hits[i]);
        }
    }
}

/* Keep what is shown, one hit a word. */
static void drop_hidden(struct snippet *snippet) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < snippet->hit_count; i++) {
        if (snippet->hits[i].is_shown) {
            snippet->hits[kept++] = snippet->hits[i];
        }
    }
    snippet->hit_count = kept;
}

/* ---- the passage ---- */

struct passage {
    uint32_t begin;
    uint32_t end;
};

/* Distinct leaves' weight in the passage that begins with hit `first`, and its hits. */
static uint64_t weigh_passage(const struct snippet *snippet, uint32_t first, uint32_t bytes_max,
                              struct passage *out_passage) {
    uint64_t leaves_seen = 0;
    uint64_t weight = 0;
    uint32_t count = 0;
    *out_passage = (struct passage){ snippet->hits[first].begin, snippet->hits[first].end };
    for (uint32_t i = first; i < snippet->hit_count; i++) {
        const struct hit *hit = &snippet->hits[i];
        if (hit->end - out_passage->begin > bytes_max && i > first) {
            break;
        }
        const struct wanted *wanted = &snippet->wanted[hit->element];
        uint64_t bit = UINT64_C(1) << wanted->leaf_number;
        if ((leaves_seen & bit) == 0) {
            leaves_seen |= bit;
            weight += snippet->request->plan->leaves[wanted->leaf->leaf].weight;
        }
        count++;
        out_passage->end = hit->end;
    }
    return weight << 16 | (count < UINT16_MAX ? count : UINT16_MAX);
}

static struct passage best_passage(const struct snippet *snippet) {
    uint32_t bytes_max = snippet->request->bytes_max;
    struct passage best = { 0, 0 };
    uint64_t best_weight = 0;
    for (uint32_t i = 0; i < snippet->hit_count; i++) {
        struct passage passage;
        uint64_t weight = weigh_passage(snippet, i, bytes_max, &passage);
        if (i == 0 || weight > best_weight) {
            best = passage;
            best_weight = weight;
        }
    }
    /* A single word may be longer than a passage. */
    if (best.end - best.begin > bytes_max) {
        best.end = best.begin + bytes_max;
    }
    return best;
}

static bool is_space(uint8_t byte) {
    return byte <= ' ';
}

/*
 * Move a border that cuts a word: forwards to the next word if that is near and not
 * behind `limit`, else back to the word's own beginning if that is, else to a
 * character's first byte.
 */
static uint32_t settle_begin(const uint8_t *text, uint32_t begin, uint32_t limit) {
    for (uint32_t at = begin; at > 0 && at <= limit && at - begin < BORDER_BYTES; at++) {
        if (is_space(text[at - 1])) {
            return at;
        }
    }
    for (uint32_t at = begin; at > 0 && begin - at < BORDER_BYTES; at--) {
        if (is_space(text[at - 1])) {
            return at;
        }
    }
    while (begin > 0 && begin < limit && (text[begin] & 0xc0) == 0x80) {
        begin++;
    }
    return begin;
}

static uint32_t settle_end(const uint8_t *text, uint32_t end, uint32_t text_bytes,
                           uint32_t limit) {
    for (uint32_t at = end; at < text_bytes && at >= limit && end - at < BORDER_BYTES; at--) {
        if (is_space(text[at])) {
            return at;
        }
    }
    for (uint32_t at = end; at < text_bytes && at - end < BORDER_BYTES; at++) {
        if (is_space(text[at])) {
            return at;
        }
    }
    while (end < text_bytes && end > limit && (text[end] & 0xc0) == 0x80) {
        end--;
    }
    return end;
}

/* Give what room is left to both sides, one fourth of it before. */
static struct passage widen(const struct snippet *snippet, struct passage core) {
    uint32_t text_bytes = (uint32_t)snippet->request->text_bytes;
    uint32_t used = core.end - core.begin;
    uint32_t bytes_max = snippet->request->bytes_max;
    uint32_t room = used < bytes_max ? bytes_max - used : 0;
    uint32_t before = room / 4 < core.begin ? room / 4 : core.begin;
    uint32_t after = room - before;
    after = after < text_bytes - core.end ? after : text_bytes - core.end;
    return (struct passage){
        .begin = settle_begin(snippet->request->text, core.begin - before, core.begin),
        .end = settle_end(snippet->request->text, core.end + after, text_bytes, core.end) };
}

/* ---- the line ---- */

struct line {
    char *text;
    size_t count;
    size_t capacity;
};

static void put(struct line *line, const char *bytes, size_t count) {
    ASSERT(count <= line->capacity - line->count);
    memcpy(line->text + line->count, bytes, count);
    line->count += count;
}

static void put_space(struct line *line) {
    if (line->count > 0 && line->text[line->count - 1] != ' ') {
        put(line, " ", 1);
    }
}

/* Text as one line: white space and controls to single spaces, bad bytes to U+FFFD. */
static void put_text(struct line *line, const uint8_t *text, size_t text_bytes) {
    for (size_t at = 0; at < text_bytes;) {
        uint32_t bytes;
        int32_t character = analysis_decode(text, text_bytes, at, &bytes);
        if (character < 0) {
            put(line, "\xef\xbf\xbd", 3);
        } else if (character <= ' ' || (character >= 0x7f && character <= 0xa0)) {
            put_space(line);
        } else {
            put(line, (const char *)text + at, bytes);
        }
        at += bytes;
    }
}

static void put_passage(const struct snippet *snippet, struct passage passage,
                        struct line *line) {
    const struct snippet_request *request = snippet->request;
    uint32_t at = passage.begin;
    if (passage.begin > 0) {
        put(line, "\xe2\x80\xa6 ", 4);
    }
    for (uint32_t i = 0; i < snippet->hit_count; i++) {
        const struct hit *hit = &snippet->hits[i];
        if (hit->begin < at || hit->end > passage.end) {
            continue;
        }
        put_text(line, request->text + at, hit->begin - at);
        put(line, request->mark_begin, strlen(request->mark_begin));
        put_text(line, request->text + hit->begin, hit->end - hit->begin);
        put(line, request->mark_end, strlen(request->mark_end));
        at = hit->end;
    }
    put_text(line, request->text + at, passage.end - at);
    while (line->count > 0 && line->text[line->count - 1] == ' ') {
        line->count--;
    }
    if (passage.end < request->text_bytes) {
        put(line, " \xe2\x80\xa6", 4);
    }
    put(line, "", 1);
}

static enum status write_line(const struct snippet *snippet, struct pile *pile,
                              const char **out_text) {
    const struct snippet_request *request = snippet->request;
    struct passage passage = widen(snippet, best_passage(snippet));
    size_t marks = strlen(request->mark_begin) + strlen(request->mark_end);
    size_t words = passage.end - passage.begin;
    struct line line = { .capacity = words * (3 + marks) + 16 };
    line.text = pile_take(pile, line.capacity);
    if (line.text == NULL) {
        return STATUS_NO_MEMORY;
    }
    put_passage(snippet, passage, &line);
    *out_text = line.text;
    return STATUS_OK;
}

enum status snippet_make(const struct snippet_request *request, struct pile *pile,
                         const char **out_text) {
    struct snippet snippet = { .request = request };
    const struct query *query = request->plan->query;
    snippet.wanted = sync_alloc_zero(query->element_count, sizeof(*snippet.wanted));
    if (snippet.wanted == NULL) {
        return STATUS_NO_MEMORY;
    }
    add_leaves(&snippet, query->root);
    enum status status = find_hits(&snippet);
    if (status == STATUS_OK) {
        show_phrases(&snippet);
        drop_hidden(&snippet);
        status = write_line(&snippet, pile, out_text);
    }
    sync_free(snippet.wanted);
    sync_free(snippet.hits);
    sync_free(snippet.element_of_term);
    return status;
}
