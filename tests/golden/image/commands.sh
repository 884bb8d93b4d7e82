# convert keeps every pixel, at every level, in both formats; compare tells where pictures differ.
cd "$ROOT/fixtures/valid"
image() { "$BIN/weft-image" "$@" || echo "exit $?"; }
for picture in image/rgba32.tga image/grey16.pgm image/index4.bmp jpeg/quarter.jpg; do
    for level in 1 6 12; do
        image convert "$picture" "$SCRATCH/$level.png" --level $level
        image compare "$picture" "$SCRATCH/$level.png"
    done
    image convert "$picture" "$SCRATCH/x.pam"
    image compare --json "$picture" "$SCRATCH/x.pam"
done
for frame in 1 2 8; do
    image convert image/frames.gif "$SCRATCH/$frame.pam" --frame $frame
done
cd "$SCRATCH"
image hash 1.pam 2.pam 8.pam
image compare 1.pam 2.pam
image compare --json 2.pam 8.pam
image compare "$ROOT/fixtures/valid/image/frames.gif" 1.pam
image compare --json "$ROOT/fixtures/valid/image/frames.gif" 1.pam
image compare "$ROOT/fixtures/valid/image/frames.gif" "$ROOT/fixtures/valid/image/frames.gif"
