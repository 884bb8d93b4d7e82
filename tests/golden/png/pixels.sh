# The pixels of every kind of PNG: as the program that made the files worked them out.
cd "$ROOT/fixtures/valid/png"
"$BIN/weft-image" hash --workers "$WORKERS" *.png >"$SCRATCH/pixels"
awk '{ print $1, $2, $3 }' "$SCRATCH/pixels" | LC_ALL=C sort -k 3 | diff - PIXELS &&
    echo "as PIXELS says"
"$BIN/weft-image" info gray1_trns.png index4_interlaced.png rgba16.png segments_by_offset.png
