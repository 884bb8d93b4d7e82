# What queries of every shape find in the fixtures, with scores and passages.
cd "$ROOT/fixtures/valid"
for lang in en none; do
    "$BIN/indexer" build --workers "$WORKERS" --lang $lang "$SCRATCH/$lang" docs
    "$BIN/indexer" hash --content "$SCRATCH/$lang" | cut -d' ' -f1
    "$BIN/indexer" stats "$SCRATCH/$lang" | grep -v bytes
done
# Tokens name the index's files, which hold compressed text: their bytes are zlib's affair.
without_tokens() {
    sed -e 's/\(--page \|"next_page":"\)[0-9a-f]\{88\}/\1TOKEN/' -e "s|$SCRATCH/||"
}
search() {
    echo "== $*"
    { "$BIN/indexer" search "$SCRATCH/en" "$@" 2>&1 || echo "exit $?"; } | without_tokens
}
search 'weft'
search 'thread tension breaks' --top 5
search '"flying shuttle"'
search 'twill AND satin NOT museum'
search '(madder OR woad) AND red' --explain
search 'thread*' --top 3
search 'cafe' --snippet 40
search 'strasse OR naive OR ελλαδα'
search '織物 緯'
search 'färber'
search 'state-of-the-art thread-count' --top 2
search 'hidden'
search 'the'
search 'zebra'
search 'loom' --json --top 2
echo "== none"
"$BIN/indexer" search "$SCRATCH/none" 'the weft' --all --top 4 | without_tokens
