/*
 * html_test.c - what html.h promises, against expected texts written by hand.
 *
 * A second oracle, Python's tokenising parser over the installed documentation,
 * is tests/e2e/html_words_test.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "html/html.h"
#include "sync/fault.h"
#include "sync/memory.h"
#include "sync/random.h"

struct row {
    const char *page;
    const char *title;
    const char *text;
};

static void expect(const char *page, size_t count, const char *title, const char *text) {
    struct html_text have;
    struct diag diag = { 0 };
    assert_int_equal(STATUS_OK, html_to_text(page, count, NULL, &have, &diag));
    if (strcmp(title, have.title) != 0 || strcmp(text, have.text) != 0) {
        fail_msg("%s\ngives: %s|\n%s", page, have.title, have.text);
    }
    assert_int_equal(strlen(title), have.title_bytes);
    assert_int_equal(strlen(text), have.text_bytes);
    html_text_free(&have);
}

static void expect_rows(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        expect(rows[i].page, strlen(rows[i].page), rows[i].title, rows[i].text);
    }
}

static void scripts_styles_and_head_noise_are_dropped(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "", "", "" },
        { "plain", "", "plain\n" },
        { "<title>T</title>x", "T", "x\n" },
        { "<html><head><title> A\n  b </title><style>p{}</style><script>if(a<b)c()</script>"
          "<meta name=x content=y></head><body><p>One<script>two</script> three</body></html>",
          "A b", "One three\n" },
        { "<title>first</title><body>x<title>second</title>y", "first", "xy\n" },
        { "<body>a<title>late</title>b", "late", "ab\n" },
        { "<p>a<template>no<p>no</template>b", "", "ab\n" },
        { "<iframe>no</iframe>a<noembed>no</noembed><noframes>no</noframes>b", "", "ab\n" },
        { "<object>no<p>no</p></object>yes", "", "yes\n" },
        { "a<!-- no -->b<!--->c-->d", "", "abc-->d\n" },
        { "<p>a<style>no</style>b<svg><style>no</style><title>yes</title></svg>", "", "abyes\n" },
        { "<title>&lt;b&gt; <b>x</b></title>", "<b> <b>x</b>", "" },
    };
    expect_rows(rows, COUNT_OF(rows));
}

static void white_space_is_canonical(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "  a \t\r\n\f b  ", "", "a b\n" },
        { "a&nbsp;&nbsp;b \xc2\xa0 c", "", "a b c\n" },
        { "<p>a</p>\n\n<p>b</p>", "", "a\nb\n" },
        { "<div><div><p>a</div></div><div>b", "", "a\nb\n" },
        { "a<br>b<br/><br>c<hr>d", "", "a\nb\nc\nd\n" },
        { "a<b>b</b>c <i> d </i> e", "", "abc d e\n" },
        { "<table><tr><td>a<td>b<tr><th>c</th><td>d</table>", "", "a b\nc d\n" },
        { "<ul><li>a<li>b</ul>c<dl><dt>d<dd>e</dl>", "", "a\nb\nc\nd\ne\n" },
        { "<pre>\na  b\n\n  c\td\n</pre>e", "", "a b\nc d\ne\n" },
        { "<pre>a\n<b>b\nc</b></pre>d\ne", "", "a\nb\nc\nd e\n" },
        { "<p>a<p> <p><p>b", "", "a\nb\n" },
        { "<select><option>a<option>b</select><textarea>c\nd</textarea>", "", "a\nb\nc\nd\n" },
        { "a<wbr>b&shy;c", "", "ab\xc2\xad" "c\n" },
    };
    expect_rows(rows, COUNT_OF(rows));
}

static void each_kind_of_element_separates_words_as_it_looks(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "<h1>a</h1>b<h2>c</h2><h6>d</h6>", "", "a\nb\nc\nd\n" },
        { "<ol><li>a<ul><li>b<li>c</ul><li>d</ol>e", "", "a\nb\nc\nd\ne\n" },
        { "<form><label>a</label><input value=no><button>b</button><button>c</button></form>", "",
          "a b c\n" },
        { "<fieldset><legend>a</legend>b</fieldset>c", "", "a\nb\nc\n" },
        { "<details><summary>a</summary>b</details>", "", "a\nb\n" },
        { "<figure><img alt=no src=x><figcaption>a</figcaption></figure>b", "", "a\nb\n" },
        { "<table><caption>a</caption><thead><tr><th>b<th>c<tbody><tr><td>d<p>e<td>f</table>g", "",
          "a\nb c\nd\ne\nf\ng\n" },
        { "<ruby>a<rt>b</ruby>c", "", "abc\n" },
        { "<article>a<aside>b</aside></article><nav>c</nav><footer>d</footer>", "",
          "a\nb\nc\nd\n" },
        { "a<sub>b</sub><sup>c</sup><q>d</q><code>e</code><span>f</span>", "", "abcdef\n" },
        { "<svg><text>a</text><title>b</title><script>no</script></svg>c", "", "abc\n" },
        { "<math><mi>a</mi><mo>+</mo><mn>1</mn></math>", "", "a+1\n" },
        { "<svg><![CDATA[a < b]]></svg><![CDATA[no]]>c", "", "a < bc\n" },
        { "<select><optgroup label=no><option>a<option>b</select>c", "", "a\nb\nc\n" },
        { "<video src=x>a</video><canvas>b</canvas><audio>c</audio>", "", "abc\n" },
        { "<marquee>a</marquee> <blink>b</blink>", "", "a b\n" },
        { "<custom-element>a</custom-element>b", "", "ab\n" },
        { "<listing>a\nb</listing><xmp><c></xmp>", "", "a\nb\n<c>\n" },
        { "x<noscript>a<p>b</p></noscript>c", "", "xa\nb\nc\n" },
        { "<frameset><frame><noframes>no</noframes></frameset>", "", "" },
    };
    expect_rows(rows, COUNT_OF(rows));
}

static void what_stands_around_the_body_is_no_text(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"x\">\n<html>\n<head>\n"
          "<title>t</title>\n</head>\n<body>\na\n</body>\n</html>\n", "t", "a\n" },
        { "<?xml version='1.0'?><html xmlns='x'><body>a</body></html>", "", "a\n" },
        { "<!--[if IE]><p>no</p><![endif]-->a", "", "a\n" },
        { "<table><svg><foreignObject><![CDATA[ ]]>x", "", "x\n" },   /* gumbo aborts on it */
        { "<TABLE><svg><![CDATA[a]]></svg>b<![CDATA[c]]>d<![CDATA[", "", "bd\n" },
        { "<template><tr><svg><desc><![CDATA[ ]]>x", "", "" },
        { "<html><head><base href=x><link rel=y><meta charset=latin1></head>a", "", "a\n" },
        { "<head><noscript><style>no</style></noscript><title>t</title></head>a", "t", "a\n" },
        { "<body>a</body></html>b<!-- no -->", "", "ab\n" },
        { "<title></title><title>t</title>a", "", "a\n" },   /* the first one counts */
        { "<title> &nbsp;two\n words </title>", "two words", "" },
        { "<title>cut", "cut", "" },
    };
    expect_rows(rows, COUNT_OF(rows));
}

static void character_references_are_decoded(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "&lt;&gt;&amp;&quot;&#39;&#x27;", "", "<>&\"''\n" },
        { "&eacute;&Eacute;&euro;", "", "\xc3\xa9\xc3\x89\xe2\x82\xac\n" },
        { "&notit; &notin; &amp", "", "\xc2\xacit; \xe2\x88\x89 &\n" },
        { "&#0;&#xD800;&#x110000;", "", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n" },
        { "&#128;&#x1F600;", "", "\xe2\x82\xac\xf0\x9f\x98\x80\n" },
        { "AT&T &unknown; &", "", "AT&T &unknown; &\n" },
    };
    expect_rows(rows, COUNT_OF(rows));
}

static void misnested_pages_read_as_in_a_browser(void **state) {
    (void)state;
    static const struct row rows[] = {
        { "<b>a<p>b</b>c</p>d", "", "a\nbc\nd\n" },
        { "<p>a</div>b</span>c", "", "abc\n" },
        { "<table>x<tr><td>y</table>z", "", "x\ny\nz\n" },   /* stray words go before a table */
        { "a</p>b", "", "a\nb\n" },
        { "<p>a<script>b", "", "a\n" },
        { "<p>a<textarea>b</p>", "", "a\nb</p>\n" },
        { "<p>a<!-- b", "", "a\n" },
        { "<p>a<b attr=\"x>b", "", "a\n" },
        { "<plaintext>a<b>c", "", "a<b>c\n" },
    };
    expect_rows(rows, COUNT_OF(rows));
}

static void bytes_that_are_not_utf_8_become_replacement_characters(void **state) {
    (void)state;
    expect("a\xff" "b", 3, "", "a\xef\xbf\xbd" "b\n");
    expect("a\xc3", 2, "", "a\xef\xbf\xbd\n");
    expect("\xed\xa0\x80", 3, "", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n");
    expect("\xef\xbb\xbf" "a", 4, "", "a\n");   /* a byte order mark is no text */
    expect("a\0b", 3, "", "ab\n");              /* nor is a NUL */
}

/* Independent of the decoder: RFC 3629, table 3-7 of Unicode, by ranges. */
static size_t utf8_step(const uint8_t *at, size_t left) {
    uint8_t low = 0x80;
    uint8_t high = 0xbf;
    size_t count;
    if (at[0] < 0x80) {
        return 1;
    }
    if (at[0] < 0xc2 || at[0] > 0xf4) {
        return 0;
    }
    count = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    low = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : low;
    high = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : high;
    if (left < count || at[1] < low || at[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < count; i++) {
        if (at[i] < 0x80 || at[i] > 0xbf) {
            return 0;
        }
    }
    return count;
}

static void text_is_utf_8_in_canonical_form_whatever_the_bytes(void **state) {
    (void)state;
    static const char *const pieces[] = {
        "<p>", "</p>", "<b>", "</b>", "<table>", "<td>", "</table>", "<div a=b>", "</div>", "&#",
        "&amp", "<!--", "-->", "<svg>", "</svg>", "<![CDATA[", "]]>", "<title>", "</title>", "\xff",
        "\xe2\x82", "\xf0\x9f\x98\x80", " ", "\n", "word", "&nbsp;", "<select>", "<script>",
        "</script>", "<template>", "</template>", "<frameset>", "<a href='x'>", "</a>",
        "<math><mi>",
        "<pre>", "<form>", "<option>", "<ruby><rt>", "</body>", "</html>",
    };
    struct sync_sequence sequence = { .state = 20 };
    for (int round = 0; round < 3000; round++) {
        char page[512];
        size_t count = 0;
        uint64_t steps = sync_sequence_below(&sequence, 40);
        for (uint64_t i = 0; i < steps; i++) {
            const char *piece = pieces[sync_sequence_below(&sequence, COUNT_OF(pieces))];
            memcpy(page + count, piece, strlen(piece));
            count += strlen(piece);
        }
        struct html_text have;
        assert_int_equal(STATUS_OK, html_to_text(page, count, NULL, &have, NULL));
        for (size_t i = 0; i < have.text_bytes;) {
            size_t step = utf8_step((const uint8_t *)have.text + i, have.text_bytes - i);
            assert_int_not_equal(0, step);
            i += step;
        }
        assert_null(strstr(have.text, "  "));
        assert_null(strstr(have.text, "\n\n"));
        assert_null(strstr(have.text, " \n"));
        assert_null(strstr(have.text, "\n "));
        assert_null(strchr(have.title, '\n'));
        html_text_free(&have);
    }
    assert_int_equal(0, sync_memory_live());
}

/* `count` copies of `piece`, in memory to be freed. */
static char *repeated(const char *piece, size_t count, size_t *out_bytes) {
    size_t bytes = strlen(piece);
    char *page = sync_alloc(bytes * count + 1);
    assert_non_null(page);
    for (size_t i = 0; i < count; i++) {
        memcpy(page + i * bytes, piece, bytes);
    }
    *out_bytes = bytes * count;
    return page;
}

static void expect_limit(const char *piece, size_t count, const struct html_options *options,
                         uint64_t offset, const char *reason) {
    size_t bytes;
    char *page = repeated(piece, count, &bytes);
    struct html_text have;
    struct diag diag = { 0 };
    assert_int_equal(STATUS_LIMIT, html_to_text(page, bytes, options, &have, &diag));
    assert_int_equal(STATUS_LIMIT, diag.status);
    assert_string_equal(reason, diag.reason);
    if (offset != 0) {
        assert_true(diag.offset == offset);
    }
    assert_null(have.text);
    assert_null(have.title);
    sync_free(page);
    assert_int_equal(0, sync_memory_live());
}

static void limits_are_met_with_their_place(void **state) {
    (void)state;
    struct html_options small = { .input_bytes_max = 10 };
    expect_limit("x", 11, &small, 10, "the page is too large");
    small = (struct html_options){ .text_bytes_max = 10 };
    expect_limit("x", 11, &small, 0, "the page has too much text");
    small = (struct html_options){ .memory_bytes_max = 1 << 18 };
    expect_limit("<p>x", 5000, &small, 0, "the page takes too much memory to parse");
    small = (struct html_options){ .depth_max = 20 };
    /* document, html, body, then 17 elements: the 18th is one too many. */
    expect_limit("<div>", 50, &small, 18 * 5, "elements nested too deep");
}

static void pages_built_to_take_for_ever_are_refused(void **state) {
    (void)state;
    expect_limit("<div>", 300000, NULL, 0, "elements nested too deep");
    expect_limit("<span>", 300000, NULL, 0, "elements nested too deep");
    expect_limit("<table><td>", 200000, NULL, 0, "elements nested too deep");
    expect_limit("<b></p><i>", 100000, NULL, 0, "elements nested too deep");
    expect_limit("<a><div></a>", 100000, NULL, 0, "elements nested too deep");
    size_t bytes;
    struct html_text have;
    struct diag diag = { 0 };
    char *page = repeated(" a000000=1", 200000, &bytes);
    for (size_t i = 0; i < 200000; i++) {
        for (size_t digit = 0, rest = i; digit < 6; digit++, rest /= 10) {
            page[i * 10 + 7 - digit] = (char)('0' + rest % 10);
        }
    }
    memcpy(page, "<p ", 3);
    assert_int_equal(STATUS_LIMIT, html_to_text(page, bytes, NULL, &have, &diag));
    assert_string_equal("the page takes too much effort to parse", diag.reason);
    sync_free(page);
}

static void large_honest_pages_are_not_refused(void **state) {
    (void)state;
    size_t bytes;
    struct html_text have;
    char *page = repeated("<tr><td class=a>cell</td><td id='b'><p>two<br>three</td></tr>", 50000,
                          &bytes);
    assert_int_equal(STATUS_OK, html_to_text(page, bytes, NULL, &have, NULL));
    html_text_free(&have);
    sync_free(page);
    page = repeated("<br>", 300000, &bytes);
    memcpy(page, "<table>", 7);   /* each <br> now goes before the table */
    assert_int_equal(STATUS_OK, html_to_text(page, bytes, NULL, &have, NULL));
    html_text_free(&have);
    sync_free(page);
    page = repeated("<!--x-->", 100000, &bytes);
    assert_int_equal(STATUS_OK, html_to_text(page, bytes, NULL, &have, NULL));
    html_text_free(&have);
    sync_free(page);
    page = repeated("<li>item <i>x</i><p>para</p>", 50000, &bytes);
    assert_int_equal(STATUS_OK, html_to_text(page, bytes, NULL, &have, NULL));
    assert_int_equal(50000 * (7 + 5), have.text_bytes);
    html_text_free(&have);
    sync_free(page);
}

static void every_failed_allocation_is_a_status(void **state) {
    (void)state;
    size_t bytes;
    char *page = repeated("<p class=x title='y'>some words &amp; <b>more</b><table><td>cell", 400,
                          &bytes);
    struct html_options options = { .depth_max = HTML_DEPTH_MAX };
    struct html_text have;
    uint64_t live = sync_memory_live();
    uint64_t nth = 0;
    bool was_met = true;
    while (was_met) {
        struct diag diag = { 0 };
        sync_fault_arm(SYNC_FAULT_MEMORY, ++nth, false);
        enum status status = html_to_text(page, bytes, &options, &have, &diag);
        was_met = sync_fault_disarm(SYNC_FAULT_MEMORY);
        assert_int_equal(was_met ? STATUS_NO_MEMORY : STATUS_OK, status);
        assert_int_equal(status, diag.status);
        html_text_free(&have);
        assert_int_equal(live, sync_memory_live());
    }
    assert_true(nth > 8);
    sync_free(page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts_styles_and_head_noise_are_dropped),
        cmocka_unit_test(white_space_is_canonical),
        cmocka_unit_test(each_kind_of_element_separates_words_as_it_looks),
        cmocka_unit_test(what_stands_around_the_body_is_no_text),
        cmocka_unit_test(character_references_are_decoded),
        cmocka_unit_test(misnested_pages_read_as_in_a_browser),
        cmocka_unit_test(bytes_that_are_not_utf_8_become_replacement_characters),
        cmocka_unit_test(text_is_utf_8_in_canonical_form_whatever_the_bytes),
        cmocka_unit_test(limits_are_met_with_their_place),
        cmocka_unit_test(pages_built_to_take_for_ever_are_refused),
        cmocka_unit_test(large_honest_pages_are_not_refused),
        cmocka_unit_test(every_failed_allocation_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
