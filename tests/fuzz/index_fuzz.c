/*
 * index_fuzz.c - damaged index files through everything that reads them.
 *
 * The input is a small segment, or with another first byte a manifest or a log,
 * as a file of an index in a folder in memory.  Checksums would turn away nearly
 * every mutation, so those of a segment's footer are put right first: what is
 * fuzzed is the reader behind them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/endian.h"
#include "base/hash.h"
#include "indexer/index.h"
#include "../../indexer/core/src/log.h"
#include "../../indexer/core/src/segment_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_BYTES_MAX = 1 << 16, POSITIONS_MAX = 1024, LISTS_MAX = 2000 };

/* The sums of all pages, where the footer says that they are. */
static void mend_pages(uint8_t *bytes, uint8_t *foot) {
    uint64_t foot_at = (uint64_t)(foot - bytes);
    uint64_t begin = get_le64(foot + SEGMENT_FOOT_PARTS + 16 * SEGMENT_SUMS);
    uint64_t count = get_le64(foot + SEGMENT_FOOT_PARTS + 16 * SEGMENT_SUMS + 8);
    if (begin > foot_at || count != foot_at - begin || count / 4 < (begin + 0xffff) >> 16) {
        return;
    }
    for (uint64_t at = 0; at < begin; at += 1 << 16) {
        uint64_t left = begin - at;
        uint32_t sum = hash_crc32c(0, bytes + at, left < 1 << 16 ? left : 1 << 16);
        put_le32(bytes + begin + (at >> 16) * 4, sum);
    }
    put_le32(foot + SEGMENT_FOOT_SUMS_CRC, hash_crc32c(0, bytes + begin, count));
}

/* Mend the sums, so that mutations reach what lies behind them. */
static void mend(uint8_t *bytes, size_t count) {
    if (count < SEGMENT_FOOTER_BYTES) {
        return;
    }
    uint8_t *foot = bytes + count - SEGMENT_FOOTER_BYTES;
    mend_pages(bytes, foot);
    put_le32(foot + SEGMENT_FOOT_CRC, hash_crc32c(0, foot, SEGMENT_FOOT_CRC));
    memcpy(foot + SEGMENT_FOOT_MAGIC, SEGMENT_END_MAGIC, SEGMENT_MAGIC_BYTES);
}

static void read_list(const struct segment *segment, const struct segment_term *where) {
    static uint32_t positions[POSITIONS_MAX];
    struct segment_impact impacts[SEGMENT_IMPACTS_MAX];
    struct segment_cursor cursor;
    if (segment_cursor_open(&cursor, segment, where, NULL) != STATUS_OK) {
        return;
    }
    uint32_t before = SEGMENT_NO_DOCUMENT;
    ASSERT(segment_cursor_list_impacts(&cursor, impacts) <= SEGMENT_IMPACTS_MAX);
    while (cursor.document != SEGMENT_NO_DOCUMENT) {
        ASSERT(cursor.document < segment->document_count);
        ASSERT(before == SEGMENT_NO_DOCUMENT || cursor.document > before);
        before = cursor.document;
        (void)segment_cursor_window(&cursor, before);
        ASSERT(segment_cursor_impacts(&cursor, impacts) <= SEGMENT_IMPACTS_MAX);
        ASSERT(segment_cursor_positions(&cursor, positions, POSITIONS_MAX) <= POSITIONS_MAX);
        segment_cursor_seek(&cursor, before + 1 + before % 3);
    }
}

static void read_segment(const uint8_t *bytes, size_t count) {
    static struct segment_document document;
    struct segment segment;
    struct segment_terms terms;
    if (segment_open(bytes, count, &segment, NULL) != STATUS_OK) {
        return;
    }
    (void)!segment_check(&segment, NULL);
    segment_terms_seek(&terms, &segment, (const uint8_t *)"b", 1);
    segment_terms_seek(&terms, &segment, NULL, 0);
    for (int lists = 0; lists < LISTS_MAX && segment_terms_next(&terms); lists++) {
        struct segment_term where;
        ASSERT(terms.term_bytes <= SEGMENT_TERM_BYTES_MAX);
        read_list(&segment, &terms.where);
        (void)!segment_find(&segment, terms.term, terms.term_bytes, &where, NULL);
    }
    for (uint32_t i = 0; i < segment.document_count && i < LISTS_MAX; i++) {
        uint32_t number;
        if (segment_document(&segment, i, &document, NULL) == STATUS_OK) {
            (void)!segment_document_find(&segment, document.id, document.id_bytes, &number, NULL);
        }
    }
}

static enum status visit(void *context, const struct index_input *input, enum run_kind kind,
                         struct diag *diag) {
    (void)diag;
    *(size_t *)context += input->id_bytes + (kind == RUN_PUT ? input->text_bytes : 0);
    return STATUS_OK;
}

/* A manifest on disk, opened as an index that lacks its segments. */
static void read_manifest(uint8_t *bytes, size_t count) {
    static char folder[64];
    char path[96];
    if (folder[0] == '\0') {
        snprintf(folder, sizeof(folder), "/dev/shm/weft-fuzz-%ld", (long)getpid());
        (void)mkdir(folder, 0700);
    }
    if (count >= 4) {
        put_le32(bytes + count - 4, hash_crc32c(0, bytes, count - 4));
    }
    snprintf(path, sizeof(path), "%s/manifest", folder);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return;
    }
    (void)!fwrite(bytes, 1, count, file);
    fclose(file);
    struct index *index;
    if (index_open(folder, &index, NULL) == STATUS_OK) {
        index_close(index);
    }
    unlink(path);
    rmdir(folder);
    folder[0] = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size > INPUT_BYTES_MAX) {
        return 0;
    }
    /* A copy of just this size, so that a read behind the end is seen. */
    uint8_t *bytes = malloc(size);
    if (bytes == NULL) {
        return 0;
    }
    memcpy(bytes, data, size);
    if (memcmp(data, "WEFTIDX\n", size < 8 ? size : 8) == 0) {
        read_manifest(bytes, size);
    } else if (memcmp(data, "WEFTLOG\n", size < 8 ? size : 8) == 0) {
        uint8_t digest[DIGEST_BYTES] = { 0 };
        struct log_extent extent;
        size_t seen = 0;
        memcpy(digest, bytes + 8, size < 24 ? (size < 8 ? 0 : size - 8) : 16);
        struct log_image image = { bytes, size, digest };
        struct log_visitor visitor = { visit, &seen };
        (void)!log_read(&image, &visitor, &extent, NULL);
        ASSERT(extent.valid_bytes <= size && seen <= size);
    } else {
        mend(bytes, size);
        read_segment(bytes, size);
    }
    free(bytes);
    return 0;
}
