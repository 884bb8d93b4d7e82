# What is said about scenes that cannot be painted; the good one between them is.
cd "$ROOT/fixtures/invalid/scene"
"$BIN/weft-scene" hash ./*.scene ../../valid/scene/shapes.scene --workers "$WORKERS" 2>&1
echo "exit $?"
cd ../../hostile/scene
"$BIN/weft-scene" hash ./*.scene --workers "$WORKERS" 2>&1
echo "exit $?"
# Thousands of scattered windows need more rectangles than a frame may have.
awk 'BEGIN { print "weft-scene 1\nsize 4000 4000"
    for (i = 0; i < 20000; i++)
        printf "solid box=%d,%d,5,5 color=#ff0000\n", i * 7919 % 3989, i * i * 31 % 3967 }' \
    >"$SCRATCH/many.scene"
cd "$SCRATCH"
"$BIN/weft-scene" render many.scene -o many.png --workers "$WORKERS" 2>&1
echo "exit $?, $(ls)"
