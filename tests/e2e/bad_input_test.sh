#!/bin/sh
# bad_input_test.sh - a broken file gives "PROGRAM: FILE: offset N: reason" and exit 1, the
# other files are still done, and nothing half-written is left behind.
. "$(dirname "$0")/lib.sh"
in=$SCRATCH/in
out=$SCRATCH/out
mkdir "$in" "$out"
python3 "$ROOT/tests/e2e/inputs.py" "$in"

# names_place NAME PROGRAM FILE: the last run complained about FILE in the agreed form.
names_place() {
    holds "$1" grep -Eq "^$2: (.*/)?$(basename "$3"): offset [0-9]+: [A-Za-z]" "$SCRATCH/.err"
}

says_nothing_else() {
    equal "$1: one line of complaint" 1 "$(wc -l <"$SCRATCH/.err" | tr -d ' ')"
}

leaves_nothing() {
    equal "$1: no partial output" "" "$(ls -A "$out")"
    rm -rf "$out"
    mkdir "$out"
}

for kind in truncated flipped oversized zero wrong short-data; do
    bad=$in/$kind.png
    for workers in 1 4; do
        exits "hash, $kind, $workers workers" 1 \
            weft-image hash --workers $workers "$in/good.png" "$bad" "$in/good2.png"
        names_place "hash names the place, $kind" weft-image "$bad"
        says_nothing_else "hash $kind"
        equal "hash, $kind: the others are done" 2 "$(wc -l <"$SCRATCH/.out" | tr -d ' ')"
        cp "$SCRATCH/.err" "$SCRATCH/err.$workers"
    done
    holds "$kind: same words at 1 and 4 workers" cmp "$SCRATCH/err.1" "$SCRATCH/err.4"
    exits "info, $kind" 1 weft-image info "$bad"
    exits "convert, $kind" 1 weft-image convert "$bad" "$out/x.png"
    names_place "convert names the place, $kind" weft-image "$bad"
    leaves_nothing "convert $kind"
    exits "compare, $kind" 1 weft-image compare "$in/good.png" "$bad"
done
exits "info goes on after a bad file" 1 weft-image info "$in/wrong.png" "$in/good.png"
exits "a missing file" 1 weft-image hash "$in/none.png" "$in/good.png"
equal "a missing file: the other is done" 1 "$(wc -l <"$SCRATCH/.out" | tr -d ' ')"
exits "compare tells same" 0 weft-image compare "$in/good.png" "$in/good.png"
exits "compare tells different" 3 weft-image compare "$in/good.png" "$in/good2.png"

font=$(find /usr/share/fonts -name DejaVuSans.ttf | head -1)
head -c 20000 "$font" >"$in/truncated.ttf"
: >"$in/zero.ttf"
cp "$in/good.png" "$in/wrong.ttf"
{ head -c 100 "$font"; head -c 200 /dev/zero; tail -c +301 "$font"; } >"$in/flipped.ttf"
for kind in truncated zero wrong flipped; do
    bad=$in/$kind.ttf
    exits "font hash, $kind" 1 weft-font hash "$bad" --size 16 --range U+41..U+5A
    names_place "font hash names the place, $kind" weft-font "$bad"
    exits "font atlas, $kind" 1 weft-font atlas "$bad" --size 16 --range U+41..U+5A \
        -o "$out/x.png"
    leaves_nothing "font atlas $kind"
    exits "font text, $kind" 1 weft-font text "$bad" --size 16 abc -o "$out/x.png"
    leaves_nothing "font text $kind"
done

scene=$ROOT/fixtures/valid/scene/desktop.scene
head -c 300 "$scene" >"$in/truncated.scene"
printf '\0\1\2' >"$in/wrong.scene"
cp "$in/good.png" "$in/picture.scene"
for kind in wrong picture; do
    bad=$in/$kind.scene
    exits "scene render, $kind" 1 weft-scene render "$bad" -o "$out/x.png"
    names_place "scene render names the place, $kind" weft-scene "$bad"
    leaves_nothing "scene render $kind"
    exits "scene hash, $kind" 1 weft-scene hash "$bad"
done

mkdir "$in/documents"
echo "the quick brown fox" >"$in/documents/a.txt"
echo "the lazy dog" | gzip -n >"$in/documents/b.txt.gz"
echo "a truncated fox" | gzip -n | head -c 20 >"$in/documents/c.txt.gz"
exits "indexer build goes on after a bad gzip file" 1 indexer build "$out/index" "$in/documents"
names_place "indexer build names the place" indexer c.txt.gz
run indexer search "$out/index" dog
holds "the document after is found" grep -q b.txt.gz "$SCRATCH/.out"
exits "indexer build without the bad file" 0 \
    indexer build "$out/index2" "$in/documents/a.txt" "$in/documents/b.txt.gz"
exits "indexer search of nothing there" 1 indexer search "$out/no-index" fox
exits "a query that is not one" 1 indexer search "$out/index2" '"fox'

# Every byte of an index is under a checksum: change one in each file, at several places.
for file in $(find "$out/index2" -type f -size +0 | sort); do
    size=$(wc -c <"$file")
    for place in 0 $((size / 3)) $((size / 2)) $((size - 1)); do
        cp -r "$out/index2" "$out/spoilt"
        copy=$out/spoilt/${file#"$out/index2/"}
        byte=$(od -An -tu1 -j "$place" -N 1 "$copy" | tr -d ' ')
        printf "\\$(printf %03o $((byte ^ 255)))" |
            dd of="$copy" bs=1 seek="$place" conv=notrunc 2>/dev/null
        run indexer check "$out/spoilt"
        holds "check sees byte $place of $(basename "$file") changed" [ "$code" -ne 0 ]
        run indexer search "$out/spoilt" fox
        holds "search survives it" [ "$code" -le 3 ]
        rm -rf "$out/spoilt"
    done
    cp -r "$out/index2" "$out/spoilt"
    head -c $((size / 2)) "$file" >"$out/spoilt/${file#"$out/index2/"}"
    run indexer check "$out/spoilt"
    holds "check sees $(basename "$file") cut" [ "$code" -ne 0 ]
    rm -rf "$out/spoilt"
done
finish
