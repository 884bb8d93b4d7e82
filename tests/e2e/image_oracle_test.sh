#!/bin/sh
# image_oracle_test.sh - weft-image hash over folders of PNGs says what libpng says: those
# of this machine, and our fixtures.
. "$(dirname "$0")/lib.sh"
find "$ROOT/fixtures/valid" /usr/share /usr/lib -name '*.png' -type f -size -2M 2>/dev/null |
    sort | head -400 >"$SCRATCH/list"
: >"$SCRATCH/want"
: >"$SCRATCH/readable"
while read -r file; do
    if "$ORACLES/png_oracle" "$file" >"$SCRATCH/raw" 2>"$SCRATCH/size"; then
        echo "$file" >>"$SCRATCH/readable"
        echo "$(sha256sum <"$SCRATCH/raw" | cut -d' ' -f1) $(cat "$SCRATCH/size") $file" \
            >>"$SCRATCH/want"
    else
        run weft-image hash "$file"
        equal "libpng and we refuse $file" 1 "$code"
    fi
done <"$SCRATCH/list"
echo "# $(wc -l <"$SCRATCH/want") pictures"
holds "there are pictures to look at" [ -s "$SCRATCH/want" ]
for workers in 1 2 3 4 8; do
    for level in portable avx512; do
        # sha256 of the RGBA8 rows, width x height, name
        WEFT_CPU=$level xargs weft-image hash --workers $workers <"$SCRATCH/readable" \
            >"$SCRATCH/said" 2>&1
        tr -s ' \t' ' ' <"$SCRATCH/said" >"$SCRATCH/have"
        holds "libpng's pixels, $workers workers, $level" cmp "$SCRATCH/want" "$SCRATCH/have"
    done
done
finish
