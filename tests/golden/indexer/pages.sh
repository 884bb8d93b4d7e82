# Pages put together are the long list; a token is refused when something changed.
cd "$ROOT/fixtures/valid"
"$BIN/indexer" build --workers "$WORKERS" "$SCRATCH/index" docs
"$BIN/indexer" search "$SCRATCH/index" 'thread warp' --top 100 --no-snippets |
    grep -v '^ *more: ' >"$SCRATCH/all"
: >"$SCRATCH/pages"
token=
while :; do
    "$BIN/indexer" search "$SCRATCH/index" 'thread warp' --top 4 --no-snippets \
        ${token:+--page "$token"} >"$SCRATCH/page"
    grep -v '^ *more: ' "$SCRATCH/page" >>"$SCRATCH/pages"
    first=${first:-$(sed -n 's/.*--page \([0-9a-f]*\) .*/\1/p' "$SCRATCH/page")}
    token=$(sed -n 's/.*--page \([0-9a-f]*\) .*/\1/p' "$SCRATCH/page")
    [ -n "$token" ] || break
    echo "a page"
done
cmp "$SCRATCH/all" "$SCRATCH/pages" && echo "the same"
"$BIN/indexer" search "$SCRATCH/index" 'other words' --page "$first" 2>&1 || echo "exit $?"
"$BIN/indexer" search "$SCRATCH/index" 'thread warp' --page nonsense 2>&1 || echo "exit $?"
printf 'new\tone more thread\n' >"$SCRATCH/more.tsv"
"$BIN/indexer" add --workers "$WORKERS" "$SCRATCH/index" --tsv "$SCRATCH/more.tsv"
"$BIN/indexer" search "$SCRATCH/index" 'thread warp' --page "$first" 2>&1 || echo "exit $?"
