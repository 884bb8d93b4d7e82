# Every kind of item but text, however the picture is cut, and tile by tile.
cd "$ROOT/fixtures/valid/scene"
"$BIN/weft-scene" hash shapes.scene --grid --stats --workers "$WORKERS"
for rows in 1 7 32 64 4096; do
    "$BIN/weft-scene" hash shapes.scene --workers "$WORKERS" --tile-rows $rows
    "$BIN/weft-scene" hash shapes.scene --workers "$WORKERS" --tile-rows $rows --no-cull
done
for cpu in portable avx2 avx512; do
    WEFT_CPU=$cpu "$BIN/weft-scene" hash shapes.scene --workers "$WORKERS"
done
