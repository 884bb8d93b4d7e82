# What is said of PNG files that are broken, and of some that only look dangerous.
cd "$ROOT/fixtures"
for folder in invalid hostile; do
    "$BIN/weft-image" hash --workers "$WORKERS" $folder/png/*.png 2>&1 || echo "exit $?"
done
