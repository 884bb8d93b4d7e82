#!/bin/sh
# full_disk_test.sh - a full disk or an unwritable folder: exit 1, a message, and the old
# output as it was.  Where a small file system cannot be mounted, a limit on file size
# stands for the full disk.
. "$(dirname "$0")/lib.sh"
in=$SCRATCH/in
small=$SCRATCH/small
mkdir "$in" "$small" "$in/documents"
python3 "$ROOT/tests/e2e/inputs.py" "$in"
font=$(find /usr/share/fonts -name DejaVuSans.ttf | head -1)
scene=$ROOT/fixtures/valid/scene/desktop.scene
for number in $(seq 200); do
    seq "$number" "$((number + 300))" | sed 's/$/ words to be found/' \
        >"$in/documents/$number.txt"
done

if mount -t tmpfs -o size=1M tmpfs "$small" 2>/dev/null; then
    cleanup() { umount "$small"; rm -rf "$SCRATCH"; }
    fill() { dd if=/dev/zero of="$small/filler" bs=1k count=2000 2>/dev/null; }
    empty() { rm -f "$small/filler"; }
    limited() { "$@"; }
    echo "# on a file system of 1 MiB"
else
    fill() { :; }
    empty() { :; }
    limited() { (trap '' XFSZ; ulimit -f 1; exec "$@"); }
    echo "# with ulimit -f"
fi

# keeps NAME FILE WORD...: the command fails for want of room and FILE is as it was.
keeps() {
    what=$1
    file=$2
    shift 2
    fill
    before=$(cd "$small" && find . -type f ! -name filler -exec sha256sum {} + | sort)
    run limited "$@"
    empty
    equal "$what: exit 1" 1 "$code"
    holds "$what: says why" grep -Eq "$(basename "$file")|write|space|large" "$SCRATCH/.err"
    equal "$what: what was there is there" "$before" \
        "$(cd "$small" && find . -type f -exec sha256sum {} + | sort)"
}

echo old >"$small/x.png"
keeps "convert" "$small/x.png" weft-image convert "$in/good.png" "$small/x.png"
keeps "convert to pam" "$small/x.pam" weft-image convert "$in/good.png" "$small/x.pam"
keeps "atlas" "$small/x.png" \
    weft-font atlas "$font" --size 40 --range U+20..U+7E -o "$small/x.png"
keeps "text" "$small/x.png" weft-font text "$font" --size 60 "Full disks" -o "$small/x.png"
keeps "render" "$small/x.png" weft-scene render "$scene" -o "$small/x.png"
keeps "audit" "$small/audit" weft-image hash --audit "$small/audit" "$in/good.png"

rm -f "$small"/x.*
run indexer build "$small/index" "$in/documents/1.txt" "$in/documents/2.txt"
equal "a small index fits" 0 "$code"
hash=$(indexer hash "$small/index")
keeps "add" "$small/index" indexer add "$small/index" "$in/documents"
equal "after a failed add the old index stands" "$hash" "$(indexer hash "$small/index")"
keeps "build over it" "$small/index" indexer build "$small/index" "$in/documents"
equal "after a failed build the old index stands" "$hash" "$(indexer hash "$small/index")"
exits "and is whole" 0 indexer check "$small/index"

echo file >"$SCRATCH/file"
below=$SCRATCH/file/x
exits "convert below a file" 1 weft-image convert "$in/good.png" "$below.png"
exits "atlas below a file" 1 weft-font atlas "$font" --size 9 --range U+41..U+42 -o "$below.png"
exits "text below a file" 1 weft-font text "$font" --size 9 abc -o "$below.png"
exits "render below a file" 1 weft-scene render "$scene" -o "$below.png"
exits "index below a file" 1 indexer build "$below" "$in/documents/1.txt"
exits "audit below a file" 1 weft-image hash --audit "$below" "$in/good.png"
equal "the file is as it was" file "$(cat "$SCRATCH/file")"
finish
