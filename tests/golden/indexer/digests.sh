# One digest of the files, whatever the workers, the memory and the way there.
cd "$ROOT/fixtures/valid"
awk 'BEGIN { for (d = 0; d < 3000; d++) { printf "doc/%d\t", (d * 7919) % 3000
    for (w = 0; w < 20 + d % 90; w++) {
        r = (d * 31 + w * w * 17 + w) % (50 + w * 40)
        printf "%c%c%d ", 97 + r % 23, 97 + r % 7, r }
    print "" } }' >"$SCRATCH/made.tsv"
head -n 1500 "$SCRATCH/made.tsv" >"$SCRATCH/first.tsv"
tail -n 1500 "$SCRATCH/made.tsv" >"$SCRATCH/second.tsv"
digest() { "$BIN/indexer" hash "$1" | cut -d' ' -f1; }
for memory in 16M 64M 256M 1G; do
    for text in "" --no-text; do
        "$BIN/indexer" build --workers "$WORKERS" --memory $memory $text "$SCRATCH/index" docs \
            --tsv "$SCRATCH/made.tsv"
        echo "$memory $text $(digest "$SCRATCH/index")"
        "$BIN/indexer" check "$SCRATCH/index" | sed "s|$SCRATCH/||"
    done
done
echo "== through additions, deletions and compaction"
"$BIN/indexer" build --workers "$WORKERS" "$SCRATCH/straight" --tsv "$SCRATCH/made.tsv"
"$BIN/indexer" build --workers "$WORKERS" "$SCRATCH/around" --tsv "$SCRATCH/second.tsv"
"$BIN/indexer" add --workers "$WORKERS" "$SCRATCH/around" docs
"$BIN/indexer" add --workers "$WORKERS" "$SCRATCH/around" --tsv "$SCRATCH/first.tsv"
find docs -type f | LC_ALL=C sort | while read -r path; do
    "$BIN/indexer" delete "$SCRATCH/around" "$path" >/dev/null || [ $? -eq 3 ]   # some are no text
done
"$BIN/indexer" compact --workers "$WORKERS" "$SCRATCH/around"
digest "$SCRATCH/straight"
digest "$SCRATCH/around"
