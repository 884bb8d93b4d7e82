/*
 * extract_test.c - files to text, by tables of what must and must not be found.
 *
 * gzip files are made by zlib's compressor here; everything else is written out.
 */
#include "corpus.h"

#include <zlib.h>

#include "indexer/extract.h"
#include "sync/fault.h"
#include "sync/memory.h"

static enum status take(const char *name, const void *bytes, size_t count,
                        const struct extract_options *options, struct extract_text *out,
                        struct diag *diag) {
    struct extract_input input = { name, bytes, count };
    return extract_bytes(&input, options, out, diag);
}

static struct extract_text extract(const char *name, const void *bytes, size_t count) {
    struct extract_text text;
    struct diag diag = { .status = STATUS_OK };
    if (take(name, bytes, count, NULL, &text, &diag) != STATUS_OK) {
        fail_msg("%s: %s", name, diag.reason);
    }
    assert_int_equal(strlen((char *)text.text), text.text_bytes);
    assert_int_equal(strlen(text.title), text.title_bytes);
    return text;
}

static void expect(enum extract_kind kind, const char *name, const char *bytes, const char *title,
                   const char *want) {
    struct extract_text text = extract(name, bytes, strlen(bytes));
    assert_int_equal(kind, text.kind);
    assert_string_equal(title, text.title);
    assert_string_equal(want, (char *)text.text);
    extract_free(&text);
}

static void expect_refused(const void *bytes, size_t count, enum status want, uint64_t offset,
                           const char *reason) {
    struct extract_text text;
    struct diag diag = { .status = STATUS_OK };
    struct extract_options options = { .text_bytes_max = 100000 };
    assert_int_equal(want, take("x", bytes, count, &options, &text, &diag));
    assert_null(text.text);
    assert_string_equal(reason, diag.reason);
    assert_true(diag.offset == offset);
}

static void decides_by_name_and_first_bytes(void **state) {
    (void)state;
    expect(EXTRACT_TEXT, "a.txt", "Title line\nmore\n", "Title line", "Title line\nmore\n");
    expect(EXTRACT_TEXT, "", "", "", "");
    expect(EXTRACT_TEXT, "notes.1", "1. not a manual\n", "1. not a manual", "1. not a manual\n");
    expect(EXTRACT_MAN, "x.1", ".TH X 1\n.SH NAME\nx \\- y\n", "x(1) - y", "NAME\nx - y\n");
    expect(EXTRACT_MAN, "x.3pm.gz", ".\\\" comment\n.TH X 3\ntext\n", "x(3)", "text\n");
    expect(EXTRACT_HTML, "noname", "  <!DOCTYPE html><title>T</title><p>words", "T", "T\nwords\n");
    expect(EXTRACT_HTML, "dir.d/A.HTM", "<p>b<script>no</script>", "b", "b\n");
    expect(EXTRACT_MARKDOWN, "README.md", "# Head\n\ntext\n", "Head", "Head\ntext\n");
}

static void reads_every_encoding_and_line_end(void **state) {
    (void)state;
    expect(EXTRACT_TEXT, "a", "\xef\xbb\xbf" "a\r\nb\rc\n", "a", "a\nb\nc\n");
    expect(EXTRACT_TEXT, "a", "caf\xe9 \x93quoted\x94",
           "caf\xc3\xa9 \xe2\x80\x9cquoted\xe2\x80\x9d",
           "caf\xc3\xa9 \xe2\x80\x9cquoted\xe2\x80\x9d");
    expect(EXTRACT_TEXT, "a", "caf\xc3\xa9 \xff", "caf\xc3\xa9 \xef\xbf\xbd",
           "caf\xc3\xa9 \xef\xbf\xbd");
    static const uint8_t little[] = { 0xff, 0xfe, 'h', 0, 0xe9, 0, 0x3d, 0xd8, 0, 0xde, '\r', 0,
                                      '\n', 0 };
    struct extract_text text = extract("u16", little, sizeof(little));
    assert_string_equal("h\xc3\xa9\xf0\x9f\x98\x80\n", (char *)text.text);
    extract_free(&text);
    static const uint8_t big[] = { 0xfe, 0xff, 0, 'h', 0xd8, 0 };
    text = extract("u16", big, sizeof(big));
    assert_string_equal("h\xef\xbf\xbd", (char *)text.text);
    extract_free(&text);
}

static void refuses_what_is_no_text(void **state) {
    (void)state;
    expect_refused("ab\0cd", 5, STATUS_UNSUPPORTED, 2, "not a text file");
    expect_refused("%PDF-1.7 x", 10, STATUS_UNSUPPORTED, 0, "PDF files are not read");
    expect_refused("\xff\xfe\0\0", 4, STATUS_UNSUPPORTED, 0, "not a text file");
    expect_refused("\x1f\x8b\x08\0\0\0\0\0\0\0\x99", 11, STATUS_BAD_DATA, 11,
                   "gzip data ends too early");
    expect_refused("\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff\xff", 13, STATUS_BAD_DATA, 11,
                   "gzip data is damaged");
}

static void markdown_keeps_words_and_drops_marks(void **state) {
    (void)state;
    expect(EXTRACT_MARKDOWN, "a.md",
           "Some *emphasis* and `code`, a [link](http://x.y/z \"t\") &amp; more\n"
           "\n* one\n  * two\n\n> quote\n\nSetext\n======\n\n"
           "| a | b |\n|---|---|\n| c | d |\n\n```c\nint x;\n```\n"
           "<div align=center><b>html</b> <script>no</script></div>\n\n[x]: http://ref\n",
           "Setext",
           "Some emphasis and code, a link & more\none\ntwo\nquote\nSetext\n"
           "a b\nc d\nint x;\nhtml\n");
    expect(EXTRACT_MARKDOWN, "a.md", "plain\n\nmore\n", "plain", "plain\nmore\n");
}

static void man_pages_lose_requests_and_escapes(void **state) {
    (void)state;
    expect(EXTRACT_MAN, "demo.8",
           "'\\\" t\n.\\\" a comment\n.TH DEMO 8 2026 \"Weft\" \"Manual\"\n.SH NAME\n"
           "demo, other \\- do \\fIthings\\fP\n.SH \"SEE ALSO\"\n.BR ls (1),\n.B \"bold words\"\n"
           ".TP 4\n.BI \\-o \" file\"\nwrites \\(lqit\\(rq\\&. \\\" gone\n"
           ".de XX\nhidden\n..\n.ig\nhidden too\n..\n.if n .ds X y\n"
           ".IP \\(bu 2\nitem \\s-2small\\s0 \\*(Aqq\\*(Aq \\[u00E9] e\\h'1'nd \\e\n"
           ".EQ\nhidden\n.EN\n.sp\n.UR http://x.y\nlink\n.UE\n",
           "demo(8) - do things",
           "NAME\ndemo, other - do things\nSEE ALSO\nls(1),\nbold words\n-o file\n"
           "writes \"it\". \n\xe2\x80\xa2\nitem small 'q' \xc3\xa9 end \\\nhttp://x.y\nlink\n");
    expect(EXTRACT_MAN, "alias.1", ".so man1/target.1\n", "alias.1", "see man1/target.1\n");
    expect(EXTRACT_MAN, "t.1", ".TH t 1\n.TS\ntab(@);\nl l.\na\tb\n_\nT{\nblock\nT}\tc\n.TE\nend\n",
           "t(1)", "a b \nblock \nc \nend\n");
}

static void mdoc_pages_are_read_too(void **state) {
    (void)state;
    expect(EXTRACT_MAN, "demo.1",
           ".Dd November 20, 2026\n.Dt DEMO 1\n.Os\n.Sh NAME\n.Nm demo\n.Nd show things\n"
           ".Sh SYNOPSIS\n.Nm\n.Op Fl av\n.Op Fl o Ar file\n.Sh DESCRIPTION\nThe\n.Nm\n"
           "utility, see\n.Xr ls 1 ,\n.Fn main \"int argc\"\n.In stdio.h\n"
           ".Bl -tag -width x\n.It Fl -help\nhelps\n.El\n",
           "demo(1) - show things",
           "NAME\ndemo\nshow things\nSYNOPSIS\ndemo\n-av\n-o file\nDESCRIPTION\nThe\ndemo\n"
           "utility, see\nls(1) ,\nmain() int argc\n<stdio.h>\n--help\nhelps\n");
}

/* ---- gzip ---- */

static size_t gzip(const void *bytes, size_t count, uint8_t *out, size_t room) {
    z_stream stream = { 0 };
    assert_int_equal(Z_OK, deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY));
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (unsigned)count;
    stream.next_out = out;
    stream.avail_out = (unsigned)room;
    assert_int_equal(Z_STREAM_END, deflate(&stream, Z_FINISH));
    size_t made = stream.total_out;
    deflateEnd(&stream);
    return made;
}

static void unpacks_gzip_members_and_stops_bombs(void **state) {
    (void)state;
    static uint8_t packed[200000];
    static char zeros[400000];
    size_t first = gzip("# Head\n", 7, packed, sizeof(packed));
    size_t both = first + gzip("\ntext\n", 6, packed + first, sizeof(packed) - first);
    struct extract_text text = extract("a.md.gz", packed, both);
    assert_int_equal(EXTRACT_MARKDOWN, text.kind);
    assert_string_equal("Head\ntext\n", (char *)text.text);
    extract_free(&text);
    memset(packed + both, 0, 40);
    text = extract("a.md.gz", packed, both + 40);   /* padding behind is no member */
    assert_string_equal("Head\ntext\n", (char *)text.text);
    extract_free(&text);

    memset(zeros, 'a', sizeof(zeros));
    size_t exact = gzip(zeros, 100000, packed, sizeof(packed));
    struct extract_options options = { .text_bytes_max = 100000 };
    struct diag diag = { .status = STATUS_OK };
    assert_int_equal(STATUS_OK, take("a", packed, exact, &options, &text, &diag));
    assert_int_equal(100000, text.text_bytes);
    extract_free(&text);
    size_t bomb = gzip(zeros, 100001, packed, sizeof(packed));
    assert_int_equal(STATUS_LIMIT, take("a", packed, bomb, &options, &text, &diag));
    assert_string_equal("unpacks to more than the limit", diag.reason);
    exact = gzip(zeros, 100000, packed, sizeof(packed));
    for (size_t cut = 3; cut < exact; cut += 7) {
        assert_int_equal(STATUS_BAD_DATA,
                         take("a", packed, cut, &options, &text, &diag));
    }
}

static void titles_are_one_tidy_line(void **state) {
    (void)state;
    expect(EXTRACT_HTML, "a.html", "<title> a \n\t b </title><p>x", "a b", "a b\nx\n");
    static char text[500];
    memcpy(text, "y\xc3\xa9", 3);
    for (size_t i = 3; i < 499; i += 2) {
        memcpy(text + i, "\xc3\xa9", 2);
    }
    text[499] = '\0';
    struct extract_text found = extract("a.txt", text, 499);
    assert_int_equal(199, found.title_bytes);   /* 200 would cut a character */
    extract_free(&found);
}

static void expect_title(const char *name, const char *bytes, const char *title) {
    struct extract_text text = extract(name, bytes, strlen(bytes));
    if (strcmp(title, text.title) != 0) {
        fail_msg("%s: title '%s', not '%s' of: %s", name, text.title, title, bytes);
    }
    extract_free(&text);
}

static void titles_of_texts_say_something(void **state) {
    (void)state;
    static const struct { const char *text; const char *title; } cases[] = {
        { "************\nGuide 1\n************\n", "Guide 1" },
        { "/*\n * Copyright (c) A\n */\n", "Copyright (c) A" },
        { "/** Reads a file. */\nint x;\n", "Reads a file." },
        { "/* a.c - the loop */\n", "a.c - the loop" },
        { "// one\n", "one" },
        { "#\n# Settings of the daemon #\n#\n", "Settings of the daemon" },
        { "#!/usr/bin/perl\n\n# Rotates logs\n", "Rotates logs" },
        { "#!/bin/sh\nset -e\n", "set -e" },
        { "#include <stdio.h>\n", "#include <stdio.h>" },
        { "{\n  \"name\": \"x\"\n}\n", "\"name\": \"x\"" },
        { ";;; a.el --- Adds words -*- lexical-binding: t -*-\n", "a.el --- Adds words" },
        { "-*- mode: text -*-\n# vim: set et:\nText\n", "Text" },
        { "dnl Process with autoconf\n", "Process with autoconf" },
        { "<?xml version=\"1.0\"?>\n<!-- An example -->\n<a/>\n", "An example" },
        { ".. _label:\n\n=====\nIndex\n=====\n", "Index" },
        { "== Head ==\n", "Head" },
        { "\\input texinfo\n@setfilename a\n@c A manual\n", "A manual" },
        { "* First item\n", "First item" },
        { "-v is an option\n", "-v is an option" },
        { "C++\n", "C++" },
        { "2.4.1\n\xe2\x95\x90\xe2\x95\x90\n\xe6\x9d\xb1\n", "\xe6\x9d\xb1" },
        { "---\ntitle: Front\nlayout: post\n---\nBody\n", "Front" },
        { "---\nlayout: post\n---\n# Body\n", "Body" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        expect_title("dir/a", cases[i].text, cases[i].title);
    }
}

static void files_without_words_are_called_by_their_names(void **state) {
    (void)state;
    expect_title("dir/empty.txt", "", "empty.txt");
    expect_title("dir/list.gz", "1 2 3\n---\n", "list");
    expect_title("dir/a.html", "<p>", "a.html");
    expect_title("dir/a.md", "----\n", "a.md");
}

static void copyright_files_are_told_apart(void **state) {
    (void)state;
    static const char format[] = "Format: https://www.debian.org/doc/packaging-manuals/x/1.0/\n";
    char text[300];
    snprintf(text, sizeof(text), "%sUpstream-Name: GNU grep\nSource: x\n\nFiles: *\n", format);
    expect_title("/usr/share/doc/grep/copyright", text, "GNU grep");
    snprintf(text, sizeof(text), "%sSource: x\n\nUpstream-Name: not here\n", format);
    expect_title("/usr/share/doc/fonts-dejavu-core/copyright", text, "fonts-dejavu-core/copyright");
    snprintf(text, sizeof(text), "%sUpstream-Name:\n", format);
    expect_title("doc//bc//copyright", text, "bc/copyright");
    expect_title("copyright", text, "copyright");
    expect_title("/copyright", text, "copyright");
    expect_title("./copyright", text, "copyright");
    expect_title("doc/tar/copyright", "This package was downloaded from\nx\n", "tar/copyright");
    expect_title("notes", "Format: A4\n", "Format: A4");
}

static void front_matter_gives_the_title_and_no_heading(void **state) {
    (void)state;
    expect(EXTRACT_MARKDOWN, "a.md", "---\ntitle: \"Front page\"\ntags: [x]\n---\n\n# Head\nbody\n",
           "Front page", "---\ntitle: \"Front page\"\ntags: [x]\n---\nHead\nbody\n");
    expect_title("a.md", "---\nlayout: post\n...\nbody\n", "body");
    expect_title("a.md", "---\nTitle: 'It'\n---\n", "It");
    expect_title("a.md", "---\ntitle: >\n  folded\n---\n# Head\n", "Head");
    expect_title("a.md", "---\ntitle: never closed\n", "title: never closed");
    expect_title("a.md", "---\n\n# Head\n\n---\nmore\n", "Head");
    expect_title("a.md", "---\nno field here\n---\n", "no field here");
    expect_title("a.md", "---\ntitle: last\n---", "last");
    expect_title("a.md", "---", "a.md");
}

/* Pages as they are written, after the line .TH X 3. */
static void descriptions_of_man_pages_are_found_on_any_line(void **state) {
    (void)state;
    static const struct { const char *page; const char *title; } cases[] = {
        { ".SH NAME\n.B x\n\\- packs files\n.SH SYNOPSIS\n", "x(3) - packs files" },
        { ".SH NAME\nx, y,\nz\n\\- character class\n.SH A\n", "x(3) - character class" },
        { ".SH NAME\nx, y \\-\nget entry\n.SH A\n", "x(3) - get entry" },
        { ".SH NAME\nx, y \\- \\\nget name\n.SH A\n", "x(3) - get name" },
        { ".SH \"NAME\"\nx\\-y\n\\&\\- How it works\n", "x(3) - How it works" },
        { ".SH NAME\nx \\- long\ndescription\n.PP\nmore\n", "x(3) - long description" },
        { ".SH NAME\nx \\- one\n.br\ny \\- two\n", "x(3) - one" },
        { ".SH NAME\nx \\- one\n.TS\nl.\ntwo\n.TE\n", "x(3) - one" },
        { ".SH NAME\nx \\-\n\n\n.br\none\n\ntwo\n", "x(3) - one" },
        { ".SH NAME\nx\n\ny \\(em one\n", "x(3) - one" },
        { ".SH NAME\nx \\-one\n", "x(3) - one" },
        { ".SH NAME\nx\\- one\n", "x(3) - one" },
        { ".SH NAME\n.BR x \" - one\"\n", "x(3) - one" },
        { ".SH NOM\nx \\- une chose\n.SH SYNOPSIS\n", "x(3) - une chose" },
        { ".SH NOM\ny \\- une chose\n", "x(3) - une chose" },
        { ".SH NOM\ny,\nX\n\\- une chose\n", "x(3) - une chose" },
        { ".SH A\nSome text\nof y - not a name\n.SH NAME\nx \\- b\n", "x(3) - b" },
        { ".SH NAME\nx\n.SH A\ny \\- z\n", "x(3)" },
        { ".SH NAME\nx \\-\n.SH A\ny\n", "x(3)" },
        { ".SH NOM\ny \\- \\(Foc\\(^ot\\('e\\(Fc \\(:Uber\n",
          "x(3) - \xc2\xab" "c\xc3\xb4t\xc3\xa9\xc2\xbb \xc3\x9c" "ber" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char page[300];
        snprintf(page, sizeof(page), ".TH X 3\n%s", cases[i].page);
        expect_title("x.3", page, cases[i].title);
    }
    expect_title("x.3readline", ".rn '' }`\n.SH NAME\nx \\- y\n", "x.3readline - y");
    expect_title("x.8", ".lf 1 stdin\n.TH X 8\n", "x(8)");
}

static void survives_every_cut_and_flip(void **state) {
    (void)state;
    static const char *const names[] = { "a.1", "a.md", "a.html", "a.txt" };
    static const char page[] = ".TH A 1\n.SH NAME\na \\- \\*(Aqb\\[u00E9]\\f[B]c\\s+1d\n"
                               ".TS\nl.\nx\ty\n"
                               ".TE\n.Dt X 1\n.Op Fl a Ar b\n# h\n* [a](b)\n<p>x&amp;<b>y";
    for (size_t n = 0; n < COUNT_OF(names); n++) {
        for (size_t at = 0; at < sizeof(page) - 1; at++) {
            for (uint32_t flip = 0; flip < 10; flip++) {
                char bytes[sizeof(page)];
                struct extract_text text;
                memcpy(bytes, page, sizeof(page));
                bytes[at] = (char)(flip < 8 ? bytes[at] ^ (1 << flip) : bytes[at]);
                size_t count = flip == 8 ? at : sizeof(page) - 1;
                if (take(names[n], bytes, count, NULL, &text, NULL)
                    == STATUS_OK) {
                    extract_free(&text);
                }
            }
        }
    }
}

static void extracts_a_batch_alike_at_any_number_of_workers(void **state) {
    (void)state;
    static const uint32_t workers[] = { 1, 2, 3, 4, 8 };
    enum { FILES = 40 };
    char folder[64];
    static char paths[FILES][96];
    const struct workpool_kind_set *const sets[] = { &indexer_kinds };
    corpus_folder(folder);
    for (int i = 0; i < FILES; i++) {
        char bytes[64];
        int count = snprintf(bytes, sizeof(bytes), "# file %d\n\n%s", i, i % 5 == 4 ? "x" : "yz");
        bytes[count - 1] = i % 7 == 6 ? '\0' : 'w';
        snprintf(paths[i], sizeof(paths[i]), "%s/%d.%s", folder, i, i % 2 == 0 ? "md" : "txt");
        if (i != 11) {
            assert_int_equal(STATUS_OK, sync_file_replace(paths[i], bytes, (size_t)count, NULL));
        }
    }
    for (size_t w = 0; w < COUNT_OF(workers); w++) {
        struct workpool *pool;
        struct workpool_options options = { .name = "test", .workers = workers[w],
                                            .kind_sets = sets, .kind_set_count = 1 };
        struct extract_slot slots[FILES] = { { .path = NULL } };
        assert_int_equal(STATUS_OK, workpool_create(&options, &pool, NULL));
        for (int i = 0; i < FILES; i++) {
            slots[i].path = paths[i];
        }
        assert_int_equal(STATUS_OK, extract_batch(pool, NULL, slots, FILES));
        for (int i = 0; i < FILES; i++) {
            assert_int_equal(i == 11 ? STATUS_NOT_FOUND
                             : i % 7 == 6 ? STATUS_UNSUPPORTED : STATUS_OK, slots[i].status);
            if (slots[i].status == STATUS_OK) {
                char title[32];
                snprintf(title, sizeof(title), "file %d", i);
                assert_string_equal(title, slots[i].text.title);
            }
            extract_free(&slots[i].text);
        }
        workpool_destroy(pool);
    }
    corpus_folder_remove(folder);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    static const char *const names[] = { "a.1", "a.md", "a.html", "a.txt" };
    static uint8_t packed[4096];
    size_t count = gzip(".TH A 1\n# Head\n<p>x &amp; y\n", 27, packed, sizeof(packed));
    for (size_t n = 0; n < COUNT_OF(names); n++) {
        uint64_t live = sync_memory_live();
        bool was_met = true;
        for (uint64_t nth = 1; was_met; nth++) {
            struct extract_text text;
            sync_fault_arm(SYNC_FAULT_MEMORY, nth, false);
            enum status status = take(names[n], packed, count, NULL, &text, NULL);
            was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
            assert_int_equal(was_met ? STATUS_NO_MEMORY : STATUS_OK, status);
            extract_free(&text);
            assert_int_equal(live, sync_memory_live());
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decides_by_name_and_first_bytes),
        cmocka_unit_test(reads_every_encoding_and_line_end),
        cmocka_unit_test(refuses_what_is_no_text),
        cmocka_unit_test(markdown_keeps_words_and_drops_marks),
        cmocka_unit_test(man_pages_lose_requests_and_escapes),
        cmocka_unit_test(mdoc_pages_are_read_too),
        cmocka_unit_test(unpacks_gzip_members_and_stops_bombs),
        cmocka_unit_test(titles_are_one_tidy_line),
        cmocka_unit_test(titles_of_texts_say_something),
        cmocka_unit_test(files_without_words_are_called_by_their_names),
        cmocka_unit_test(copyright_files_are_told_apart),
        cmocka_unit_test(front_matter_gives_the_title_and_no_heading),
        cmocka_unit_test(descriptions_of_man_pages_are_found_on_any_line),
        cmocka_unit_test(survives_every_cut_and_flip),
        cmocka_unit_test(extracts_a_batch_alike_at_any_number_of_workers),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
