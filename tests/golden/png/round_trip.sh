# A picture of several segments: written the same by any number of workers, read the same.
cd "$SCRATCH"
python3 - <<'PYTHON'
with open("big.ppm", "wb") as out:
    out.write(b"P6 900 700 255\n")
    state = 1
    for y in range(700):
        row = bytearray()
        for x in range(900):
            state = state * 1103515245 + 12345 & 0x7FFFFFFF
            row += bytes(((x + y) // 5 & 255, state >> 26, (x * y >> 9) & 255))
        out.write(row)
PYTHON
for level in 1 6; do
    "$BIN/weft-image" convert big.ppm one.png --level $level --workers 1
    "$BIN/weft-image" convert big.ppm many.png --level $level --workers "$WORKERS"
    cmp one.png many.png && echo "level $level: same file"
    "$BIN/weft-image" compare --workers "$WORKERS" big.ppm many.png
    "$BIN/weft-image" hash --workers "$WORKERS" many.png
    "$BIN/weft-image" info many.png
done
