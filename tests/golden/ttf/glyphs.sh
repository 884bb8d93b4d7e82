# Coverage and metrics of glyphs.  The first line is what they depend on: if it moved,
# so may all others.
set -- /usr/share/fonts/truetype/dejavu
"$BIN/weft-font" info "$1/DejaVuSans.ttf" | sed -n '/engine/p;/glyphs/p'
for size in 7 16 48; do
    for range in U+20..U+24F U+370..U+52F U+590..U+77F U+2000..U+2BFF; do
        echo "size $size $range"
        (cd "$1" && "$BIN/weft-font" hash DejaVuSans.ttf DejaVuSans-Bold.ttf \
            DejaVuSansMono.ttf DejaVuSerif.ttf --size $size --range $range --workers "$WORKERS")
    done
done
cd "$ROOT/fixtures/valid/ttf"
"$BIN/weft-font" hash tiny.ttf tiny.ttc tiny.otf --size 40 --range U+20..U+400 \
    --workers "$WORKERS"
"$BIN/weft-font" hash tiny.ttc --face 1 --size 40 --range U+20..U+400 --workers "$WORKERS"
"$BIN/weft-font" hash random.otf --size 40 --range U+100..U+19D --workers "$WORKERS"
