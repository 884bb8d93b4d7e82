/* segment_documents.c - the document table: front-coded groups under an index of groups. */
#include <string.h>

#include "base/hash.h"
#include "segment_impl.h"

static const char *const damaged = "document table is damaged";

/* A walk over one group.  `text` is where the next document's text begins in the part. */
struct group_walk {
    const uint8_t *p;
    const uint8_t *end;
    uint64_t text;
};

static bool enter_group(const struct segment *segment, uint32_t group, struct group_walk *walk) {
    uint64_t count = segment->parts[SEGMENT_DOCUMENT_INDEX].count / SEGMENT_DOCUMENT_ENTRY_BYTES;
    const uint8_t *entry = segment_part(segment, SEGMENT_DOCUMENT_INDEX) +
                           (uint64_t)group * SEGMENT_DOCUMENT_ENTRY_BYTES;
    uint64_t all = segment->parts[SEGMENT_DOCUMENTS].count;
    uint64_t begin = get_le64(entry);
    uint64_t end = group + 1 < count ? get_le64(entry + SEGMENT_DOCUMENT_ENTRY_BYTES) : all;
    walk->text = get_le64(entry + 8);
    if (begin > end || end > all || walk->text > segment->parts[SEGMENT_TEXT].count) {
        return false;
    }
    walk->p = segment_part(segment, SEGMENT_DOCUMENTS) + begin;
    walk->end = segment_part(segment, SEGMENT_DOCUMENTS) + end;
    return true;
}

/* The next document of the group; its id is front-coded on what `document` holds. */
static bool next_in_group(const struct segment *segment, struct group_walk *walk,
                          struct segment_document *document) {
    const uint8_t *p = segment_front_coded(walk->p, walk->end, document->id,
                                           &document->id_bytes, SEGMENT_ID_BYTES_MAX);
    if (p == NULL || (p = varint_get(p, walk->end, &document->title_bytes)) == NULL ||
        document->title_bytes > SEGMENT_TITLE_BYTES_MAX ||
        document->title_bytes > (size_t)(walk->end - p)) {
        return false;
    }
    document->title = p;
    p = varint_get(p + document->title_bytes, walk->end, &document->token_count);
    if (p == NULL || walk->end - p < 8) {
        return false;
    }
    document->fingerprint = get_le64(p);
    p = varint_get64(p + 8, walk->end, &document->text_bytes);
    if (p == NULL || document->text_bytes > segment->parts[SEGMENT_TEXT].count - walk->text) {
        return false;
    }
    document->text = segment->has_text ? segment_part(segment, SEGMENT_TEXT) + walk->text : NULL;
    walk->text += document->text_bytes;
    walk->p = p;
    return true;
}

enum status segment_document(const struct segment *segment, uint32_t document,
                             struct segment_document *out_document, struct diag *diag) {
    struct group_walk walk;
    out_document->id_bytes = 0;
    if (document >= segment->document_count) {
        return diag_fail(diag, STATUS_NOT_FOUND, DIAG_NO_OFFSET, "no such document");
    }
    bool is_sound = enter_group(segment, document / SEGMENT_DOCUMENT_GROUP, &walk);
    for (uint32_t i = 0; is_sound && i <= document % SEGMENT_DOCUMENT_GROUP; i++) {
        is_sound = next_in_group(segment, &walk, out_document);
    }
    return is_sound ? STATUS_OK
                    : diag_fail(diag, STATUS_BAD_DATA, segment->parts[SEGMENT_DOCUMENTS].offset,
                                damaged);
}

bool segment_document_is_sound(const struct segment_document *document) {
    if (document->text == NULL) {
        return true;
    }
    uint64_t seed = hash_64(document->title, document->title_bytes, document->title_bytes);
    return hash_64(document->text, document->text_bytes, seed) == document->fingerprint;
}

/* -1, 0, 1: the group's first id against the wanted one; -2 when damaged. */
static int compare_group(const struct segment *segment, uint32_t group, const uint8_t *id,
                         size_t id_bytes) {
    struct group_walk walk;
    uint32_t same, more;
    if (!enter_group(segment, group, &walk)) {
        return -2;
    }
    const uint8_t *p = varint_get(walk.p, walk.end, &same);
    if (p == NULL || same != 0 || (p = varint_get(p, walk.end, &more)) == NULL ||
        more > (size_t)(walk.end - p)) {
        return -2;
    }
    int order = segment_compare(p, more, id, id_bytes);
    return order < 0 ? -1 : order > 0;
}

static bool find_group(const struct segment *segment, const uint8_t *id, size_t id_bytes,
                       uint32_t *out_group) {
    uint32_t low = 0;
    uint32_t high = (segment->document_count + SEGMENT_DOCUMENT_GROUP - 1) / SEGMENT_DOCUMENT_GROUP;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_group(segment, middle, id, id_bytes);
        if (order == -2) {
            return false;
        }
        if (order <= 0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    *out_group = low;
    return true;
}

static enum status absent(struct diag *diag) {
    return diag_fail(diag, STATUS_NOT_FOUND, DIAG_NO_OFFSET, "no such document");
}

enum status segment_document_find(const struct segment *segment, const uint8_t *id,
                                  size_t id_bytes, uint32_t *out_document, struct diag *diag) {
    struct segment_document document;
    struct group_walk walk;
    uint32_t group;
    document.id_bytes = 0;
    *out_document = SEGMENT_NO_DOCUMENT;
    if (segment->document_count == 0) {
        return absent(diag);
    }
    bool is_sound = find_group(segment, id, id_bytes, &group) &&
                    enter_group(segment, group, &walk);
    for (uint32_t i = 0; is_sound && i < SEGMENT_DOCUMENT_GROUP; i++) {
        uint32_t number = group * SEGMENT_DOCUMENT_GROUP + i;
        if (number >= segment->document_count) {
            return absent(diag);
        }
        is_sound = next_in_group(segment, &walk, &document);
        int order = is_sound ? segment_compare(document.id, document.id_bytes, id, id_bytes) : 0;
        if (is_sound && order == 0) {
            *out_document = number;
            return STATUS_OK;
        }
        if (order > 0) {
            return absent(diag);
        }
    }
    return is_sound ? absent(diag)
                    : diag_fail(diag, STATUS_BAD_DATA, segment->parts[SEGMENT_DOCUMENTS].offset,
                                damaged);
}
