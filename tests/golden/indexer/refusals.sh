# What is said of files, lines and queries that cannot be taken; the others are indexed.
cd "$ROOT/fixtures"
run() { "$BIN/indexer" "$@" 2>&1 || echo "exit $?"; }
run build --workers "$WORKERS" "$SCRATCH/index" valid/docs/loom.txt invalid/docs hostile/docs \
    invalid/docs/nul.txt nothing.txt
run search "$SCRATCH/index" loom --no-snippets
printf 'a\ttext of a\nno tab here\n\tno id\nb\ttext of b\r\n\n' >"$SCRATCH/lines.tsv"
cd "$SCRATCH"
run build lines --tsv lines.tsv
run search lines text
for query in '' '   ' 'NOT a' 'a AND' 'a OR NOT b' '(a' 'a)' '"a' 'a-b*' '((' 'AND' 'the of'; do
    echo "== $query"
    run search "$SCRATCH/index" "$query"
done
run search nowhere a
run build lines --lang de lines.tsv
run build lines
run delete lines a no-such-id
run delete lines no-such-id
run search lines '(' --json
run check nowhere --json
run search lines text --no-snippets
run compact lines
run check lines
