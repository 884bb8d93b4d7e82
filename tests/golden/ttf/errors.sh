# What is said about fonts that cannot be used, and that the others are done.
cd "$ROOT/fixtures"
say() {
    "$BIN/weft-font" "$@" 2>&1 || echo "exit $?"
}
say hash invalid/ttf/*.ttf invalid/ttf/web.woff valid/ttf/tiny.ttf missing.ttf --range U+41..U+44 \
    --workers "$WORKERS"
say hash hostile/ttf/*.ttf hostile/ttf/*.otf --range U+41..U+42 --workers "$WORKERS"
say info valid/ttf/tiny.ttc --face 2
say atlas hostile/ttf/tree.ttf -o "$SCRATCH/x.png" --workers "$WORKERS"
say text hostile/ttf/chain.ttf A -o "$SCRATCH/x.png" --workers "$WORKERS"
say text valid/ttf/tiny.ttf A -o "$SCRATCH/none/x.png" --workers "$WORKERS" | sed "s|$SCRATCH|.|"
say text valid/ttf/tiny.ttf A
say text valid/ttf/tiny.ttf A -o "$SCRATCH/x.png" --ink red
say hash valid/ttf/tiny.ttf --range U+50..U+41
say hash valid/ttf/tiny.ttf --size 0
ls "$SCRATCH"
