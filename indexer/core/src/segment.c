/* segment.c - open an image: footer, parts, and what is shared by the readers. */
#include "segment.h"

#include <string.h>

#include "base/hash.h"
#include "segment_impl.h"

int segment_compare(const uint8_t *a, size_t a_bytes, const uint8_t *b, size_t b_bytes) {
    size_t common = a_bytes < b_bytes ? a_bytes : b_bytes;
    int order = common > 0 ? memcmp(a, b, common) : 0;
    return order != 0 ? order : a_bytes < b_bytes ? -1 : a_bytes > b_bytes;
}

const uint8_t *segment_front_coded(const uint8_t *p, const uint8_t *end, uint8_t *text,
                                   uint32_t *count, uint32_t room) {
    uint32_t same, more;
    if ((p = varint_get(p, end, &same)) == NULL || (p = varint_get(p, end, &more)) == NULL ||
        same > *count || more == 0 || more > room - same || more > (size_t)(end - p)) {
        return NULL;
    }
    memcpy(text + same, p, more);
    *count = same + more;
    return p + more;
}

static void read_footer(const uint8_t *foot, struct segment *segment) {
    for (int part = 0; part < SEGMENT_PARTS; part++) {
        segment->parts[part].offset = get_le64(foot + SEGMENT_FOOT_PARTS + 16 * part);
        segment->parts[part].count = get_le64(foot + SEGMENT_FOOT_PARTS + 16 * part + 8);
    }
    segment->document_count = get_le32(foot + SEGMENT_FOOT_DOCUMENTS);
    segment->term_blocks = get_le32(foot + SEGMENT_FOOT_TERM_BLOCKS);
    segment->term_count = get_le64(foot + SEGMENT_FOOT_TERMS);
    segment->posting_count = get_le64(foot + SEGMENT_FOOT_POSTINGS);
    segment->position_count = get_le64(foot + SEGMENT_FOOT_POSITIONS);
    segment->token_count = get_le64(foot + SEGMENT_FOOT_TOKENS);
    segment->has_text = (get_le32(foot + SEGMENT_FOOT_FLAGS) & SEGMENT_FLAG_TEXT) != 0;
    segment->analysis_version = get_le32(foot + SEGMENT_FOOT_ANALYSIS);
    memcpy(segment->language, foot + SEGMENT_FOOT_LANGUAGE, sizeof(segment->language));
}

/* The parts follow each other without gaps from the header to the footer. */
static bool parts_are_in_place(const struct segment *segment, uint64_t foot_at) {
    uint64_t at = SEGMENT_HEADER_BYTES;
    for (int part = 0; part < SEGMENT_PARTS; part++) {
        if (segment->parts[part].offset != at || segment->parts[part].count > foot_at - at) {
            return false;
        }
        at += segment->parts[part].count;
    }
    return at == foot_at;
}

static bool counts_agree(const struct segment *segment) {
    uint64_t groups = ((uint64_t)segment->document_count + SEGMENT_DOCUMENT_GROUP - 1) /
                      SEGMENT_DOCUMENT_GROUP;
    uint64_t blocks = segment->term_count / SEGMENT_TERM_BLOCK +
                      (segment->term_count % SEGMENT_TERM_BLOCK != 0);
    uint64_t summed = segment->parts[SEGMENT_SUMS].offset;
    uint64_t pages = (summed + (1 << 16) - 1) >> 16;
    return segment->document_count <= SEGMENT_DOCUMENTS_MAX &&
           segment->parts[SEGMENT_NORMS].count == segment->document_count &&
           segment->parts[SEGMENT_DOCUMENT_INDEX].count ==
               groups * SEGMENT_DOCUMENT_ENTRY_BYTES &&
           segment->term_blocks == blocks &&
           segment->parts[SEGMENT_TERM_INDEX].count == blocks * SEGMENT_TERM_ENTRY_BYTES &&
           segment->parts[SEGMENT_SUMS].count == pages * 4;
}

enum status segment_open(const uint8_t *bytes, uint64_t byte_count, struct segment *out_segment,
                         struct diag *diag) {
    *out_segment = (struct segment){ .bytes = bytes, .byte_count = byte_count };
    if (byte_count < SEGMENT_HEADER_BYTES + SEGMENT_FOOTER_BYTES ||
        memcmp(bytes, SEGMENT_MAGIC, SEGMENT_MAGIC_BYTES) != 0) {
        return diag_fail(diag, STATUS_BAD_DATA, 0, "not a segment");
    }
    if (get_le32(bytes + SEGMENT_MAGIC_BYTES) != SEGMENT_VERSION) {
        return diag_fail(diag, STATUS_UNSUPPORTED, SEGMENT_MAGIC_BYTES,
                         "segment of another version");
    }
    uint64_t foot_at = byte_count - SEGMENT_FOOTER_BYTES;
    const uint8_t *foot = bytes + foot_at;
    if (memcmp(foot + SEGMENT_FOOT_MAGIC, SEGMENT_END_MAGIC, SEGMENT_MAGIC_BYTES) != 0 ||
        hash_crc32c(0, foot, SEGMENT_FOOT_CRC) != get_le32(foot + SEGMENT_FOOT_CRC)) {
        return diag_fail(diag, STATUS_BAD_DATA, foot_at, "segment footer is damaged");
    }
    read_footer(foot, out_segment);
    if (!parts_are_in_place(out_segment, foot_at) || !counts_agree(out_segment)) {
        return diag_fail(diag, STATUS_BAD_DATA, foot_at, "segment footer contradicts itself");
    }
    out_segment->norms = segment_part(out_segment, SEGMENT_NORMS);
    return STATUS_OK;
}
