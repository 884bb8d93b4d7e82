# Where glyphs lie in an atlas.
cd "$SCRATCH"
"$BIN/weft-font" atlas "$ROOT/fixtures/valid/ttf/tiny.ttf" --size 40 --range U+20..U+400 \
    -o atlas.png --json --workers "$WORKERS"
"$BIN/weft-image" hash atlas.png
"$BIN/weft-font" atlas /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf --size 24 \
    --range U+20..U+24F --padding 2 --width 300 -o atlas.png --workers "$WORKERS"
"$BIN/weft-image" hash atlas.png
