/*
 * page_text.c - the title and the text of an HTML page.
 *
 *     page_text [WORKERS [FILE]]
 *
 * Without FILE it takes a page of its own.  WORKERS changes nothing: a page is read on the
 * calling thread; whoever has many runs one a job.
 *
 * uses: base sync html
 */
#include <stdio.h>
#include <string.h>

#include "html/html.h"
#include "sync/file.h"
#include "sync/memory.h"

static const char own_page[] =
    "<!DOCTYPE html><title>Warp &amp; weft</title><script>ignore(me)</script>"
    "<h1>Weaving</h1><p>Threads run <b>length</b>wise;\n rows run across."
    "<table><tr><td>many<td>workers<tr><td>one<td>order</table>";

int main(int argc, char **argv) {
    struct sync_bytes file = { 0 };
    struct html_text text;
    struct diag diag = { 0 };
    const char *name = argc > 2 ? argv[2] : "own page";
    enum status status = STATUS_OK;
    if (argc > 2) {
        status = sync_file_read(name, HTML_INPUT_DEFAULT, &file, &diag);
    }
    if (status == STATUS_OK) {
        const void *bytes = argc > 2 ? (const void *)file.bytes : own_page;
        size_t byte_count = argc > 2 ? file.count : strlen(own_page);
        status = html_to_text(bytes, byte_count, NULL, &text, &diag);
    }
    sync_free(file.bytes);
    if (status != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", name, diag.reason);
        return 1;
    }
    printf("%s\n\n%s", text.title, text.text);
    html_text_free(&text);
    return 0;
}
