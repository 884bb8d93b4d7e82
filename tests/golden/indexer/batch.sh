# A batch answers in the order of its lines, whatever the workers; bad lines are named.
cd "$ROOT/fixtures/valid"
"$BIN/indexer" build --workers "$WORKERS" "$SCRATCH/index" docs
printf 'q1\tweft\nwarp AND thread\n\nq3\t(bad\nq4\t"plain weave"\nq5\tred OR blue\n' \
    >"$SCRATCH/queries"
for i in 1 2 3 4 5 6 7 8 9; do
    printf 'many%s\tthread%s tension shuttle* NOT dye\n' $i $i
done >>"$SCRATCH/queries"
cd "$SCRATCH"
"$BIN/indexer" batch --workers "$WORKERS" index queries --top 3 2>&1 || echo "exit $?"
"$BIN/indexer" batch --workers "$WORKERS" index queries --top 1 --exhaustive --json 2>/dev/null |
    sed 's/"next_page":"[0-9a-f]*"/"next_page":"TOKEN"/'
