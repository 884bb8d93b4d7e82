#!/bin/sh
# html_words_test.sh - the words of this machine's HTML documentation, and of a page of ours,
# are those that Python's parser finds.
. "$(dirname "$0")/lib.sh"
find /usr/share/doc -name '*.html' -type f -size -2M 2>/dev/null | sort | head -250 >"$SCRATCH/list"
echo "$ROOT/tests/fuzz/corpus/html/plain.html" >>"$SCRATCH/list"
tr '\n' '\0' <"$SCRATCH/list" |
    xargs -0 python3 "$ROOT/tests/e2e/html_words.py" "$EXAMPLES/page_text"
