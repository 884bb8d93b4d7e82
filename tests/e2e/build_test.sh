#!/bin/sh
# build_test.sh - an include that breaks the layering does not compile, the same sources
# give the same bytes in any folder, and base needs no build system.
. "$(dirname "$0")/lib.sh"
copy_to() {
    mkdir -p "$1/bench" "$1/scripts"
    cp -r "$ROOT/Makefile" "$ROOT/rules.mk" "$ROOT/libs" "$1"
}
build_base() { make -C "$1" --no-print-directory build/host-release/lib/libweft-base.a; }

unset MAKEFLAGS MAKELEVEL BUILD MODE
copy_to "$SCRATCH/one"
copy_to "$SCRATCH/two/deeper/down"
holds "base builds" build_base "$SCRATCH/one"
holds "base builds elsewhere" build_base "$SCRATCH/two/deeper/down"
holds "the archives are equal" cmp "$SCRATCH/one/build/host-release/lib/libweft-base.a" \
    "$SCRATCH/two/deeper/down/build/host-release/lib/libweft-base.a"
echo '#include "sync/clock.h"' >>"$SCRATCH/one/libs/base/src/status.c"
run build_base "$SCRATCH/one"
holds "base may not include sync" [ "$code" -ne 0 ]
holds "because the header is out of reach" grep -q 'sync/clock.h' "$SCRATCH/.err"
holds "a bare cc line builds base" sh -c 'cd "$1" && mkdir -p "$2/bare" && cd "$2/bare" &&
    cc -std=c11 -D_GNU_SOURCE -I"$1/libs/base/include" -c "$1"/libs/base/src/*.c' \
    sh "$ROOT" "$SCRATCH"
for folder in renderer decoders/png decoders/ttf indexer libs/workpool tests/golden fixtures; do
    holds "the tree has $folder" [ -d "$ROOT/$folder" ]
done
holds "the Makefile is one, and it and its rules are under 300 lines" sh -c '
    [ "$(wc -l <"$1/Makefile")" -lt 300 ] && [ "$(wc -l <"$1/rules.mk")" -lt 300 ] &&
    [ -z "$(find "$1" -mindepth 2 -name Makefile)" ]' \
    sh "$ROOT"
finish
