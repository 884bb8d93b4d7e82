# The demo's desktop.  The first line is what its text depends on.
"$BIN/weft-font" info /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf | sed -n '/engine/p'
cd "$ROOT/fixtures/valid/scene"
"$BIN/weft-scene" hash desktop.scene --stats --workers "$WORKERS"
"$BIN/weft-scene" hash desktop.scene --no-cull --tile-rows 5 --workers "$WORKERS"
"$BIN/weft-scene" render desktop.scene -o "$SCRATCH/desktop.png" --workers "$WORKERS" &&
    (cd "$SCRATCH" && "$BIN/weft-image" hash desktop.png)
