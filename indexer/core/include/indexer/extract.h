/*
 * indexer/extract.h - the words of a file: plain text, Markdown, HTML, man pages,
 * and gzip of these.
 *
 * The kind of a file follows from its name and first bytes, never from the
 * machine.  The text is UTF-8: byte order marks decide for UTF-8 and UTF-16; a file
 * that is mostly not UTF-8 is read as Windows-1252 (Latin-1 and its quotes); in any
 * other a bad byte becomes U+FFFD.  Line ends become '\n'.  A file with NUL bytes,
 * or that begins as a PDF, is not text and refused.
 *
 * The title is the page's own (<title>, the first heading, "title" in YAML front
 * matter, "ls(1) - list directory contents"), else the first line with letters that is
 * no rule, interpreter or declaration, without comment marks; else the file's name.
 * A Debian copyright file is called after the work it names, or "folder/copyright".
 *
 * Parallel: partition = one chunk a file; reduction = a slot a file, in the order of
 *           the paths; caps = extract_options, memory from the heap; proof =
 *           indexer/core/test/extract_test.c,
 *           extracts_a_batch_alike_at_any_number_of_workers
 *
 * Units:    bytes
 * Shapes:   texts end with a NUL that the counts leave out
 * Threads:  any; calls share nothing
 * Memory:   results are the caller's, freed by extract_free()
 * Errors:   STATUS_UNSUPPORTED not a text; STATUS_BAD_DATA damaged gzip; STATUS_LIMIT
 *           over a limit, gzip bombs included; STATUS_IO, STATUS_NOT_FOUND,
 *           STATUS_NO_MEMORY; `diag` has the offset in the file as it is stored
 * Source:   CommonMark 0.30 through md4c, the HTML standard through gumbo, RFC 1952
 *           through zlib, groff_man(7) and mdoc(7)
 * Depends:  base, sync, workpool, html
 */
#ifndef INDEXER_EXTRACT_H
#define INDEXER_EXTRACT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "workpool/workpool.h"

#define EXTRACT_INPUT_DEFAULT ((size_t)64 << 20)
#define EXTRACT_TEXT_DEFAULT ((size_t)64 << 20)

enum { EXTRACT_TITLE_BYTES_MAX = 200 };

enum extract_kind { EXTRACT_TEXT, EXTRACT_MARKDOWN, EXTRACT_HTML, EXTRACT_MAN };

/* Limits; 0 means the default above. */
struct extract_options {
    size_t input_bytes_max;    /* of a file */
    size_t text_bytes_max;     /* of what it holds unpacked, and of its text */
};

struct extract_text {
    enum extract_kind kind;
    uint8_t *text;             /* never NULL after success */
    size_t text_bytes;
    char *title;               /* never NULL after success; empty if the name is, too */
    size_t title_bytes;        /* at most EXTRACT_TITLE_BYTES_MAX */
};

struct extract_input {
    const char *name;          /* path of the file: the kind follows from its last part, the
                                  title, if it comes to that, from the last two */
    const uint8_t *bytes;
    size_t byte_count;
};

/*
 * Extract from the bytes of a file.  On success *out_text ends with extract_free();
 * on failure it is empty.
 */
MUST_CHECK enum status extract_bytes(const struct extract_input *input,
                                     const struct extract_options *options,
                                     struct extract_text *out_text, struct diag *diag);

/* Read the file and extract from it. */
MUST_CHECK enum status extract_file(const char *path, const struct extract_options *options,
                                    struct extract_text *out_text, struct diag *diag);

void extract_free(struct extract_text *text);

/* One file of a batch and what became of it. */
struct extract_slot {
    const char *path;
    enum status status;        /* filled in, as the rest */
    struct diag diag;
    struct extract_text text;  /* empty when status is not STATUS_OK */
};

/* Extract from every slot's file on `pool`; STATUS_OK whatever became of the files. */
MUST_CHECK enum status extract_batch(struct workpool *pool, const struct extract_options *options,
                                     struct extract_slot *slots, size_t slot_count);

#endif
