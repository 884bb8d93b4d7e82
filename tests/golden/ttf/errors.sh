# What is said about fonts that cannot be used, and that the others are done.
cd "$ROOT/fixtures"
say() {
    "$BIN/weft-font" "$@" 2>&1 || echo "exit $?"
}
say hash invalid/*.ttf invalid/web.woff valid/tiny.ttf missing.ttf --range U+41..U+44 \
    --workers "$WORKERS"
say hash hostile/*.ttf hostile/*.otf --range U+41..U+42 --workers "$WORKERS"
say info valid/tiny.ttc --face 2
say atlas hostile/tree.ttf -o "$SCRATCH/x.png" --workers "$WORKERS"
say text hostile/chain.ttf A -o "$SCRATCH/x.png" --workers "$WORKERS"
say text valid/tiny.ttf A -o "$SCRATCH/none/x.png" --workers "$WORKERS" | sed "s|$SCRATCH|.|"
say text valid/tiny.ttf A
say text valid/tiny.ttf A -o "$SCRATCH/x.png" --ink red
say hash valid/tiny.ttf --range U+50..U+41
say hash valid/tiny.ttf --size 0
ls "$SCRATCH"
