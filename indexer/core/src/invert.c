/* invert.c - tokens into lists, lists into a run. */
#include "invert.h"

#include <string.h>

#include "base/assert.h"
#include "base/endian.h"
#include "base/hash.h"
#include "run_impl.h"
#include "sync/memory.h"
#include "varint.h"

enum {
    SLICE_FIRST_BYTES = 16,
    SLICE_LEVEL_MAX = 7,             /* 2 KiB */
    LINK_BYTES = sizeof(uint8_t *),
    PAGE_BYTES = 1 << 16,
    TOKENS = 256,                    /* asked of the analyser at once */
    AHEAD = 8,                       /* lists fetched before they are needed */
    POSITION_BITS = 28,
    CODE_BYTES_MAX = 5,
};

_Static_assert(((size_t)1 << POSITION_BITS) >= ((size_t)256 << 20), "INDEX_TEXT_BYTES_MAX fits");

/* One term's codes so far. */
struct term_list {
    uint8_t *head;                       /* NULL before the first code */
    uint8_t *write;
    uint8_t *end;                        /* of the slice that is being filled */
    uint32_t next_document;              /* last document + 1, 0 for none */
    uint32_t last_position : POSITION_BITS;
    uint32_t level : 4;                  /* its slice has SLICE_FIRST_BYTES << level bytes */
};

struct inverter {
    struct analysis *analysis;
    struct term_list *lists;             /* by term number */
    size_t lists_room;
    size_t lists_used;
    uint8_t **pages;
    size_t pages_room;
    size_t page_count;                   /* allocated */
    size_t page_used;                    /* handed out from, in this run */
    uint8_t *free;                       /* the rest of the last used page */
    uint8_t *free_end;
    struct term_key *keys;               /* twice as many as terms: the half is scratch */
    size_t keys_room;
    bool has_failed;                     /* no memory */
};

enum status inverter_create(enum analysis_lang language, struct inverter **out_inverter) {
    *out_inverter = NULL;
    struct inverter *inverter = sync_alloc_zero(1, sizeof(*inverter));
    if (inverter == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = analysis_create(language, &inverter->analysis);
    if (status != STATUS_OK) {
        sync_free(inverter);
        return status;
    }
    *out_inverter = inverter;
    return STATUS_OK;
}

void inverter_destroy(struct inverter *inverter) {
    if (inverter == NULL) {
        return;
    }
    analysis_destroy(inverter->analysis);
    for (size_t i = 0; i < inverter->page_count; i++) {
        sync_free(inverter->pages[i]);
    }
    sync_free(inverter->pages);
    sync_free(inverter->lists);
    sync_free(inverter->keys);
    sync_free(inverter);
}

static size_t inverter_memory(const struct inverter *inverter) {
    return analysis_memory_bytes(inverter->analysis) + inverter->page_used * PAGE_BYTES +
           inverter->lists_used * (sizeof(struct term_list) + 2 * sizeof(struct term_key));
}

static void inverter_reset(struct inverter *inverter) {
    analysis_reset(inverter->analysis);
    inverter->lists_used = 0;
    inverter->page_used = 0;
    inverter->free = NULL;
    inverter->free_end = NULL;
}

/* ---- lists ---- */

static bool next_page(struct inverter *inverter) {
    if (inverter->page_used == inverter->page_count) {
        if (inverter->page_count == inverter->pages_room) {
            size_t room = inverter->pages_room * 2 + 64;
            uint8_t **grown = sync_resize(inverter->pages, room * sizeof(*grown));
            if (grown == NULL) {
                return false;
            }
            inverter->pages = grown;
            inverter->pages_room = room;
        }
        inverter->pages[inverter->page_count] = sync_alloc(PAGE_BYTES);
        if (inverter->pages[inverter->page_count] == NULL) {
            return false;
        }
        inverter->page_count++;
    }
    inverter->free = inverter->pages[inverter->page_used++];
    inverter->free_end = inverter->free + PAGE_BYTES;
    return true;
}

/* Go on in a larger slice; the bytes that make room for the link move along. */
static bool grow_list(struct inverter *inverter, struct term_list *list) {
    uint32_t level = list->head == NULL ? 0
                   : list->level < SLICE_LEVEL_MAX ? list->level + 1u : (uint32_t)SLICE_LEVEL_MAX;
    size_t bytes = (size_t)SLICE_FIRST_BYTES << level;
    if ((size_t)(inverter->free_end - inverter->free) < bytes && !next_page(inverter)) {
        inverter->has_failed = true;
        return false;
    }
    uint8_t *slice = inverter->free;
    inverter->free += bytes;
    if (list->head == NULL) {
        list->head = slice;
        list->write = slice;
    } else {
        uint8_t *link = list->end - LINK_BYTES;
        memcpy(slice, link, LINK_BYTES);
        memcpy(link, &slice, LINK_BYTES);
        list->write = slice + LINK_BYTES;
    }
    list->end = slice + bytes;
    list->level = level & 15;
    return true;
}

static NO_INLINE void put_code_slow(struct inverter *inverter, struct term_list *list,
                                    uint32_t code) {
    uint8_t bytes[CODE_BYTES_MAX];
    uint8_t *end = varint_put(bytes, code);
    for (uint8_t *p = bytes; p < end; p++) {
        if (list->write == list->end && !grow_list(inverter, list)) {
            return;
        }
        *list->write++ = *p;
    }
}

static inline void put_code(struct inverter *inverter, struct term_list *list, uint32_t code) {
    if (LIKELY(list->end - list->write >= CODE_BYTES_MAX)) {
        list->write = varint_put(list->write, code);
    } else {
        put_code_slow(inverter, list, code);
    }
}

/* Lists for every term the analyser knows by now. */
static bool cover_terms(struct inverter *inverter) {
    size_t wanted = analysis_term_count(inverter->analysis);
    if (wanted > inverter->lists_room) {
        size_t room = wanted + wanted / 2 + 1024;
        struct term_list *grown = sync_resize(inverter->lists, room * sizeof(*grown));
        if (grown == NULL) {
            return false;
        }
        inverter->lists = grown;
        inverter->lists_room = room;
    }
    if (wanted > inverter->lists_used) {
        memset(inverter->lists + inverter->lists_used, 0,
               (wanted - inverter->lists_used) * sizeof(*inverter->lists));
        inverter->lists_used = wanted;
    }
    return true;
}

static void add_tokens(struct inverter *inverter, uint32_t document,
                       const struct analysis_token *tokens, size_t count) {
    for (size_t i = 0; i < count; i++) {
        __builtin_prefetch(&inverter->lists[tokens[i + AHEAD < count ? i + AHEAD : i].term], 1);
        struct term_list *list = &inverter->lists[tokens[i].term];
        uint32_t position = tokens[i].position;
        if (list->next_document == document + 1) {
            put_code(inverter, list, (position - list->last_position - 1) << 1);
        } else {
            put_code(inverter, list, (document - list->next_document) << 1 | 1);
            put_code(inverter, list, position);
            list->next_document = document + 1;
        }
        list->last_position = position & ((1u << POSITION_BITS) - 1);
    }
}

static enum status invert_document(struct inverter *inverter, uint32_t number,
                                   const struct batch_document *document,
                                   uint32_t *out_token_count) {
    struct analysis_token tokens[TOKENS];
    size_t total = 0;
    size_t count;
    analysis_begin(inverter->analysis, document->text, document->text_bytes);
    do {
        enum status status = analysis_next(inverter->analysis, tokens, TOKENS, &count);
        if (status != STATUS_OK) {
            return status;
        }
        if (!cover_terms(inverter)) {
            return STATUS_NO_MEMORY;
        }
        add_tokens(inverter, number, tokens, count);
        total += count;
    } while (count > 0);
    *out_token_count = (uint32_t)total;
    return inverter->has_failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- the run ---- */

static uint8_t *run_reserve(struct run_bytes *run, size_t more) {
    if (more > run->room - run->used) {
        size_t room = run->room + run->room / 2 + more + 4096;
        uint8_t *grown = sync_resize(run->bytes, room);
        if (grown == NULL) {
            return NULL;
        }
        run->bytes = grown;
        run->room = room;
    }
    return run->bytes + run->used;
}

static bool put_document(struct run_bytes *run, const struct batch_document *document,
                         uint32_t token_count) {
    size_t most = (size_t)document->id_bytes + document->title_bytes + 8 + 8 * VARINT_BYTES_MAX;
    uint8_t *p = run_reserve(run, most);
    if (p == NULL) {
        return false;
    }
    p = varint_put(p, document->id_bytes);
    memcpy(p, document->id, document->id_bytes);
    p = varint_put(p + document->id_bytes, document->sequence);
    *p++ = document->kind;
    if (document->kind == RUN_PUT) {
        uint64_t seed = hash_64(document->title, document->title_bytes, document->title_bytes);
        p = varint_put(p, document->title_bytes);
        if (document->title_bytes > 0) {
            memcpy(p, document->title, document->title_bytes);
        }
        p = varint_put(p + document->title_bytes, token_count);
        put_le64(p, hash_64(document->text, document->text_bytes, seed));
        p = varint_put(p + 8, document->text_offset);
        p = varint_put(p, document->text_bytes);
    }
    run->used = (size_t)(p - run->bytes);
    run->document_count++;
    return true;
}

/* Copy the chain; returns the byte behind. */
static uint8_t *copy_list(uint8_t *out, const struct term_list *list) {
    const uint8_t *slice = list->head;
    for (uint32_t level = 0;;) {
        size_t bytes = (size_t)SLICE_FIRST_BYTES << level;
        if (slice + bytes == list->end) {
            memcpy(out, slice, (size_t)(list->write - slice));
            return out + (list->write - slice);
        }
        memcpy(out, slice, bytes - LINK_BYTES);
        out += bytes - LINK_BYTES;
        memcpy(&slice, slice + bytes - LINK_BYTES, LINK_BYTES);
        level += level < SLICE_LEVEL_MAX;
    }
}

/* Bytes of all codes of a list; most lists are one slice. */
static size_t payload_bytes(const struct term_list *list) {
    size_t bytes = 0;
    const uint8_t *slice = list->head;
    for (uint32_t level = 0;;) {
        size_t here = (size_t)SLICE_FIRST_BYTES << level;
        if (slice + here == list->end) {
            return bytes + (size_t)(list->write - slice);
        }
        bytes += here - LINK_BYTES;
        memcpy(&slice, slice + here - LINK_BYTES, LINK_BYTES);
        level += level < SLICE_LEVEL_MAX;
    }
}

static bool put_term(struct inverter *inverter, struct run_bytes *run,
                     const struct term_key *key, const struct term_key *before) {
    uint32_t before_bytes = 0;
    const uint8_t *term_before =
        before != NULL ? analysis_term(inverter->analysis, before->term, &before_bytes) : NULL;
    uint32_t term_bytes;
    const uint8_t *term = analysis_term(inverter->analysis, key->term, &term_bytes);
    const struct term_list *list = &inverter->lists[key->term];
    size_t payload = payload_bytes(list);
    uint8_t *p = run_reserve(run, payload + term_bytes + 3 * VARINT_BYTES_MAX);
    if (p == NULL) {
        return false;
    }
    uint32_t same = 0;
    while (same < before_bytes && same < term_bytes && term_before[same] == term[same]) {
        same++;
    }
    p = varint_put(p, same);
    p = varint_put(p, term_bytes - same);
    memcpy(p, term + same, term_bytes - same);
    p = varint_put(p + (term_bytes - same), payload);
    p = copy_list(p, list);
    run->used = (size_t)(p - run->bytes);
    return true;
}

static uint64_t prefix_of(const uint8_t *term, uint32_t term_bytes) {
    uint8_t bytes[8] = { 0 };
    memcpy(bytes, term, term_bytes < 8 ? term_bytes : 8);
    return (uint64_t)get_be32(bytes) << 32 | get_be32(bytes + 4);
}

/* Every term that has a list, in byte order. */
static bool put_terms(struct inverter *inverter, struct run_bytes *run) {
    uint32_t known = (uint32_t)inverter->lists_used;
    if (known == 0) {
        return true;
    }
    if (known > inverter->keys_room) {
        size_t room = known + known / 2 + 1024;
        sync_free(inverter->keys);
        inverter->keys = sync_alloc(2 * room * sizeof(*inverter->keys));
        inverter->keys_room = inverter->keys != NULL ? room : 0;
    }
    if (inverter->keys == NULL) {
        return false;
    }
    uint32_t count = 0;
    for (uint32_t term = 0; term < known; term++) {
        if (inverter->lists[term].head != NULL) {
            uint32_t bytes;
            const uint8_t *text = analysis_term(inverter->analysis, term, &bytes);
            inverter->keys[count++] = (struct term_key){ prefix_of(text, bytes), term, bytes };
        }
    }
    term_keys_sort(inverter->keys, inverter->keys + inverter->keys_room, count,
                   inverter->analysis);
    for (uint32_t i = 0; i < count; i++) {
        if (!put_term(inverter, run, &inverter->keys[i], i > 0 ? &inverter->keys[i - 1] : NULL)) {
            return false;
        }
    }
    return true;
}

enum status inverter_run(struct inverter *inverter, const struct batch_span *span,
                         size_t limit_bytes, struct run_bytes *run, size_t *out_done) {
    const struct batch_document *documents = span->documents;
    ASSERT(span->count > 0);
    inverter_reset(inverter);
    run->used = 0;
    run->document_count = 0;
    *out_done = 0;
    for (size_t i = 0; i < span->count; i++) {
        uint32_t token_count = 0;
        if (documents[i].kind == RUN_PUT) {
            enum status status = invert_document(inverter, run->document_count, &documents[i],
                                                 &token_count);
            if (status != STATUS_OK) {
                return status;
            }
        }
        if (!put_document(run, &documents[i], token_count)) {
            return STATUS_NO_MEMORY;
        }
        *out_done = i + 1;
        if (inverter_memory(inverter) > limit_bytes) {
            break;
        }
    }
    run->documents_bytes = run->used;
    return put_terms(inverter, run) ? STATUS_OK : STATUS_NO_MEMORY;
}
