# What is said of each picture that must be refused; readable ones before and after are done.
cd "$ROOT/fixtures"
for folder in invalid hostile; do
    "$BIN/weft-image" hash valid/jpeg/dot.jpg $folder/image nothing.png valid/image/bits.pbm 2>&1 ||
        echo "exit $?"
done
"$BIN/weft-image" info invalid/image/text.gif 2>&1 || echo "exit $?"
"$BIN/weft-image" convert invalid/image/truncated_half.jpg "$SCRATCH/x.png" 2>&1 || echo "exit $?"
"$BIN/weft-image" compare invalid/image/map.tga invalid/image/root.gif 2>&1 || echo "exit $?"
"$BIN/weft-image" convert valid/image/frames.gif "$SCRATCH/x.png" --frame 9 2>&1 || echo "exit $?"
"$BIN/weft-image" convert valid/image/frames.gif "$SCRATCH/x.jpg" 2>&1 | sed "s|$SCRATCH|SCRATCH|"
ls "$SCRATCH"
cd "$SCRATCH"
deep=deep
for _ in $(seq 70); do
    deep=$deep/d
done
mkdir -p $deep
cp "$ROOT/fixtures/valid/image/bits.pbm" deep/d/
cp "$ROOT/fixtures/valid/image/bits.pbm" deep/d/not-a-picture.txt
ln -s . deep/d/again
"$BIN/weft-image" hash deep 2>&1 || echo "exit $?"
