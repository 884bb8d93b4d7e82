# Every fixture's pixels, whole folders walked; the digests are also those that
# fixtures/make_images.py computed, which the last line says.
cd "$ROOT/fixtures/valid"
"$BIN/weft-image" hash image jpeg
"$BIN/weft-image" info image jpeg
"$BIN/weft-image" hash --json image/frames.gif jpeg/progressive.jpg image/PIXELS 2>&1 ||
    echo "exit $?"
cd image
"$BIN/weft-image" hash . | sed 's| \./| |' | cmp - PIXELS && echo "as computed beforehand"
