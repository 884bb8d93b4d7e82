/* extract_markdown.c - Markdown through md4c: blocks to lines, the first heading to the title. */
#include <limits.h>
#include <string.h>

#include <md4c.h>

#include "extract_impl.h"
#include "html/html.h"

struct markdown {
    struct extract_output *out;
    struct extract_buffer html;     /* of the HTML block being read */
    bool is_in_title;
    bool is_in_html;
    size_t title_begin;             /* in the text */
    enum status status;             /* of HTML */
    struct diag *diag;
};

/* The words of a piece of HTML, appended as they are. */
static void put_html(struct markdown *markdown, const void *html, size_t count) {
    struct html_text text;
    enum status status = html_to_text(html, count, NULL, &text, markdown->diag);
    if (status != STATUS_OK) {
        markdown->status = status;
        return;
    }
    size_t bytes = text.text_bytes;
    while (bytes > 0 && text.text[bytes - 1] == '\n') {
        bytes--;
    }
    extract_put(&markdown->out->text, text.text, bytes);
    html_text_free(&text);
}

static int going_on(const struct markdown *markdown) {
    return markdown->out->text.status != STATUS_OK || markdown->status != STATUS_OK
           || markdown->html.status != STATUS_OK;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *context) {
    struct markdown *markdown = context;
    (void)detail;
    if (type == MD_BLOCK_TH || type == MD_BLOCK_TD) {
        if (markdown->out->text.count > 0
            && markdown->out->text.bytes[markdown->out->text.count - 1] != '\n') {
            extract_put_byte(&markdown->out->text, ' ');
        }
        return going_on(markdown);
    }
    extract_end_line(&markdown->out->text);
    markdown->is_in_html = type == MD_BLOCK_HTML;
    markdown->html.count = 0;
    if (type == MD_BLOCK_H && markdown->out->title.count == 0) {
        markdown->is_in_title = true;
        markdown->title_begin = markdown->out->text.count;
    }
    return going_on(markdown);
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *context) {
    struct markdown *markdown = context;
    struct extract_buffer *text = &markdown->out->text;
    (void)detail;
    if (type == MD_BLOCK_HTML) {
        put_html(markdown, markdown->html.bytes, markdown->html.count);
        markdown->is_in_html = false;
    }
    if (type == MD_BLOCK_H && markdown->is_in_title) {
        markdown->is_in_title = false;
        if (text->count > markdown->title_begin) {
            extract_put(&markdown->out->title, text->bytes + markdown->title_begin,
                        text->count - markdown->title_begin);
        }
    }
    if (type != MD_BLOCK_TH && type != MD_BLOCK_TD) {
        extract_end_line(text);
    }
    return going_on(markdown);
}

static int enter_span(MD_SPANTYPE type, void *detail, void *context) {
    (void)type;
    (void)detail;
    (void)context;
    return 0;
}

static int put_markdown(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE count, void *context) {
    struct markdown *markdown = context;
    struct extract_buffer *out = &markdown->out->text;
    if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR) {
        extract_put_byte(out, '\n');
    } else if (type == MD_TEXT_NULLCHAR) {
        extract_put_character(out, 0xfffd);
    } else if (type == MD_TEXT_ENTITY) {
        put_html(markdown, text, count);
    } else if (type != MD_TEXT_HTML) {
        extract_put(out, text, count);
    } else if (markdown->is_in_html) {
        extract_put(&markdown->html, text, count);   /* tags inside a line hold no words */
    }
    return going_on(markdown);
}

enum status extract_markdown(const uint8_t *text, size_t count, struct extract_output *out,
                             struct diag *diag) {
    struct markdown markdown = { .out = out, .html = extract_buffer_over(out->text.limit),
                                 .diag = diag };
    MD_PARSER parser = { .flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS,
                         .enter_block = enter_block, .leave_block = leave_block,
                         .enter_span = enter_span, .leave_span = enter_span,
                         .text = put_markdown };
    if (count > UINT_MAX / 2) {
        return diag_fail(diag, STATUS_LIMIT, UINT_MAX / 2, "Markdown file too large");
    }
    /* CommonMark would read front matter as a rule and a heading. */
    size_t front = extract_front_matter(text, count, &out->title);
    extract_put(&out->text, text, front);
    extract_end_line(&out->text);
    out->body_begin = out->text.count;
    const char *body = count > front ? (const char *)text + front : "";
    int code = md_parse(body, (MD_SIZE)(count - front), &parser, &markdown);
    enum status status = markdown.status != STATUS_OK        ? markdown.status
                         : markdown.html.status != STATUS_OK ? markdown.html.status
                         : out->text.status != STATUS_OK     ? out->text.status
                         : code != 0 ? STATUS_NO_MEMORY : STATUS_OK;
    extract_buffer_free(&markdown.html);
    return status;
}
