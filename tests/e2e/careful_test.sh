#!/bin/sh
# careful_test.sh - what a command reads is never written over, names cannot give orders to
# a terminal, complaints are JSON when JSON was asked for, and links stay links.
. "$(dirname "$0")/lib.sh"
font=$(find /usr/share/fonts -name DejaVuSans.ttf | head -1)
cd "$SCRATCH" || exit 1
mkdir in folder empty
python3 "$ROOT/tests/e2e/inputs.py" in
cp "$font" D.ttf
cp in/good.png a.png
cp in/good.png folder/a.png
cp in/good.png picture.png
printf 'weft-scene 1\nsize 8 8\n' >card.scene
printf 'weft-scene 1\nsize 8 8\npicture p "picture.png"\nimage picture=p at=0,0\n' >image.scene
printf 'workers = 2\n' >pool.conf
ln a.png hard.png
sha256sum D.ttf a.png folder/a.png picture.png card.scene image.scene pool.conf >sums

# spares NAME CODE WORD...: refused with this code, and every input is as it was.
spares() {
    exits "$@"
    holds "$1: nothing was written over" sha256sum -c --quiet sums
    holds "$1: one line says why" sh -c "grep -q '^weft-[a-z]*: ' .err"
}
spares "a scene is not its own picture" 2 weft-scene render card.scene -o card.scene
spares "a font is not its own picture" 2 weft-font text D.ttf x -o D.ttf
spares "nor an atlas" 2 weft-font atlas D.ttf -o D.ttf
spares "PNG is not written to .jpg" 2 weft-font atlas D.ttf -o at.jpg
holds "and no file is made" [ ! -e at.jpg ]
cp card.scene card.png
spares "a scene that is named like a picture" 2 weft-scene render card.png -o card.png
spares "the picture that a scene names" 1 weft-scene render image.scene -o picture.png
spares "nor is it the audit" 1 weft-scene hash image.scene --audit picture.png
spares "an audit is no operand" 2 weft-image hash a.png --audit a.png
spares "nor by another name" 2 weft-image hash a.png --audit hard.png
spares "nor in a folder" 2 weft-image hash folder --audit folder/a.png
spares "nor the output" 2 weft-image convert a.png b.png --audit b.png
spares "nor the output of an option" 2 weft-scene render card.scene -o b.png --audit b.png
spares "nor the settings" 1 weft-image hash a.png --pool-config pool.conf --audit pool.conf
spares "nor standard input" 2 sh -c 'weft-image hash - --audit a.png <a.png'
exits "a line of text is no file" 0 weft-font text D.ttf line.png -o line.png
exits "not even when there is one of that name" 0 weft-font text D.ttf line.png -o line.png
cp a.png in-place.png
exits "a picture can be converted in place" 0 weft-image convert in-place.png in-place.png
exits "and is the same" 0 weft-image compare a.png in-place.png

ln -s target.png link.png
exits "a link to nothing yet" 0 weft-image convert a.png link.png
holds "stays a link" [ -L link.png ]
holds "and its target is made" [ -f target.png ]
printf old >target.png
exits "a link to a file" 0 weft-image convert a.png link.png
holds "stays a link, too" [ -L link.png ]
exits "and its target is replaced" 0 weft-image compare a.png target.png
ln -s ring.png ring.png
exits "links in a ring" 1 weft-image convert a.png ring.png

# says_json NAME CODE WORD...: each line printed is a JSON object, the last an error's.
says_json() {
    exits "$@"
    holds "$1: an error object" python3 -c '
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
assert lines and "file" in lines[-1] and lines[-1]["error"], lines' .out
}
printf bad >bad
says_json "info of nothing" 1 weft-image info --json none
says_json "hash of a bad picture" 1 weft-image hash --json a.png bad
says_json "compare with nothing" 1 weft-image compare --json a.png none
says_json "convert of a bad picture" 1 weft-image convert --json bad b.png
says_json "convert of a frame too far" 1 weft-image convert --json a.png b.png --frame 9
holds "one frame is not frames" grep -q 'has 1 frame, not 9' .err
says_json "convert to no folder" 1 weft-image convert --json a.png none/b.png
for command in info hash; do
    says_json "font $command" 1 weft-font $command --json D.ttf bad
done
says_json "font atlas" 1 weft-font atlas --json bad -o b.png
says_json "font text" 1 weft-font text --json bad x -o b.png
says_json "scene hash" 1 weft-scene hash --json card.scene bad
says_json "scene render" 1 weft-scene render --json bad -o b.png
printf 'weft-scene 1\nsize 8 8\npicture p "no.png"\nimage picture=p at=0,0\n' >missing.scene
says_json "a scene without its picture" 1 weft-scene hash --json missing.scene
equal "what is missing is named with its place" \
    "weft-scene: missing.scene: offset 32: no.png: No such file or directory" "$(cat .err)"

# clean NAME: no control character but line feeds was printed.
clean() {
    equal "$1" "" "$(cat .out .err | LC_ALL=C tr -d '\n -~')"
}
odd=$(printf 'a\033[31mb\302\233c\377.png')
cp a.png "$odd"
cp D.ttf "$odd.ttf"
cp card.scene "$odd.scene"
for word in info hash; do
    exits "$word of an odd name" 0 weft-image $word "$odd"
    clean "$word of an odd name is escaped"
    exits "font $word of an odd name" 0 weft-font $word "$odd.ttf"
    clean "font $word of an odd name is escaped"
done
exits "scene hash of an odd name" 0 weft-scene hash "$odd.scene"
clean "scene hash of an odd name is escaped"
exits "scene render to an odd name" 0 weft-scene render card.scene --stats -o "$odd"
clean "scene render to an odd name is escaped"
exits "font text to an odd name" 0 weft-font text D.ttf x -o "$odd"
clean "font text to an odd name is escaped"
holds "one glyph is not glyphs" grep -q ', 1 glyph$' .out
for command in "weft-image hash" "weft-font info" "weft-scene hash"; do
    # shellcheck disable=SC2086
    exits "$command of an odd name that is not there" 1 $command "$odd.none"
    clean "$command: the complaint is escaped"
    # shellcheck disable=SC2086
    exits "$command of no name" 1 $command ""
    holds "$command: no name is quoted" grep -q ": '': " .err
    # shellcheck disable=SC2086
    exits "$command, an odd option" 2 $command "--$odd"
    clean "$command: an odd option is escaped"
done

# Numbers, the environment, help.
for number in 99999999999999999999 -1 17; do
    exits "workers cannot be $number" 2 weft-image hash a.png --workers "$number"
    equal "and the range is told" "weft-image: --workers: $number is not from 0 to 16" \
        "$(head -1 .err)"
done
run indexer build index card.scene --memory 1T
holds "1T is understood" [ "$code" -ne 2 ]
exits "but not 2T" 2 indexer build index card.scene --memory 2T
holds "and the range has units" grep -q '2T is not from [0-9]*[KM] to 1T' .err
for variable in WEFT_WORKERS=many WEFT_WORKERS=-1 WEFT_CPU=abacus WEFT_POOL_WORKERS=many; do
    exits "$variable cannot be understood" 2 env "$variable" weft-image hash a.png
done
for program in weft-image weft-font weft-scene indexer; do
    exits "$program help answers" 0 "$program" help
    exits "$program help of a command" 0 "$program" help hash
    holds "$program help of a command tells of it" grep -q "^Usage: $program hash " .out
    exits "$program help of no command" 2 "$program" help nothing
    exits "$program has no --bogus" 2 "$program" --bogus
    holds "$program calls it an option" grep -q "unknown option '--bogus'" .err
done

# Standard input, and folders without pictures.
for word in info hash; do
    run sh -c "weft-image $word - <a.png"
    equal "$word reads standard input" "$(weft-image $word a.png | sed 's/a\.png/-/')" \
        "$(cat .out)"
done
exits "convert reads standard input" 0 sh -c 'weft-image convert - c.png <a.png'
exits "all of it" 0 weft-image compare a.png c.png
exits "a pipe, too" 0 sh -c 'cat a.png | weft-image compare - a.png'
run sh -c 'weft-image convert a.png /dev/stdout | weft-image hash -'
equal "and a pipe is written" "$(weft-image hash a.png | cut -c1-64)" "$(cut -c1-64 .out)"
exits "a font" 0 sh -c 'weft-font info - <D.ttf'
exits "a scene" 0 sh -c 'weft-scene hash - <card.scene'
exits "only once" 2 weft-image compare - -
exits "a folder without pictures" 0 weft-image info empty
equal "is told of" "weft-image: empty: no pictures found" "$(cat .err)"

# Scenes from editors of other systems.
sed 's/$/\r/' "$ROOT/fixtures/valid/scene/shapes.scene" >shapes.scene
cp "$ROOT"/fixtures/valid/scene/*.png . 2>/dev/null
equal "carriage returns before line feeds change nothing" \
    "$(weft-scene hash "$ROOT/fixtures/valid/scene/shapes.scene" | cut -c1-64)" \
    "$(weft-scene hash shapes.scene | cut -c1-64)"
finish
