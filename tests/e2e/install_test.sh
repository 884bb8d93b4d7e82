#!/bin/sh
# install_test.sh - what `make install` copies is enough to build against, and DESTDIR is
# honoured.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1
build=${BUILD:-build}
holds "make install into a folder" \
    make --no-print-directory BUILD="$build" install PREFIX="$SCRATCH/opt"
holds "make install with DESTDIR" \
    make --no-print-directory BUILD="$build" install DESTDIR="$SCRATCH/root" PREFIX=/usr
for file in usr/bin/indexer usr/lib/libweft-png.a usr/include/weft/png/png.h \
    usr/lib/pkgconfig/weft-png.pc usr/share/man/man1/indexer.1 \
    usr/share/bash-completion/completions/weft-image usr/share/zsh/site-functions/_weft; do
    holds "$file is there" [ -f "$SCRATCH/root/$file" ]
done
for file in usr/bin/weft-explore usr/lib/weft-explore/libweft-explore.a \
    usr/lib/weft-explore/libweft-sync-threads.a usr/share/man/man1/weft-explore.1; do
    holds "$file is there" [ -f "$SCRATCH/root/$file" ]
done
unset CMOCKA_MESSAGE_OUTPUT   # which would make explored programs print TAP
cp examples/lost_wakeup.c "$SCRATCH/letter.c"
(cd "$SCRATCH" && XDG_CACHE_HOME=$SCRATCH/cache root/usr/bin/weft-explore letter) >"$SCRATCH/said"
equal "the installed weft-explore builds a C file and finds what is wrong" "1 2" \
    "$? $(grep -c FAILED "$SCRATCH/said")"
holds "and runs it on threads" env XDG_CACHE_HOME="$SCRATCH/cache" \
    "$SCRATCH/root/usr/bin/weft-explore" --threads "$SCRATCH/letter.c" rung_for_sleepers
equal "nothing points at DESTDIR" "" "$(grep -rl "$SCRATCH/root" "$SCRATCH/root" --include='*.pc')"

PKG_CONFIG_PATH=$SCRATCH/opt/lib/pkgconfig
export PKG_CONFIG_PATH
for example in examples/*.c; do
    name=$(basename "$example" .c)
    packages=$(sed -n 's/^ \* uses: *//p' "$example" | sed 's/\([a-z]*\)/weft-\1/g')
    # shellcheck disable=SC2086
    flags=$(pkg-config --static --cflags --libs $packages) || flags=--no-such-package
    # shellcheck disable=SC2086
    holds "$name builds against the installed library" \
        gcc -std=c11 -o "$SCRATCH/$name" "$example" $flags
done
line=$(sed -n 's/^    \(cc .*pkg-config.*\)/\1/p' README.md)
holds "README.md has a line to build with" [ -n "$line" ]
cp examples/pool_sum.c "$SCRATCH"
holds "it builds" sh -c "cd '$SCRATCH' && $line && ./a.out 2"
holds "also against DESTDIR" env -u PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR="$SCRATCH/root" \
    PKG_CONFIG_LIBDIR="$SCRATCH/root/usr/lib/pkgconfig" sh -c "cd '$SCRATCH' && $line && ./a.out 2"
equal "and runs" "$("$EXAMPLES/pool_sum" 1)" "$("$SCRATCH/pool_sum" 4)"
holds "every installed component has headers, archive and package" sh -c '
    cd "$1" && for pc in lib/pkgconfig/*.pc; do
        name=$(basename "$pc" .pc)
        [ -f "lib/lib$name.a" ] && [ -d "include/weft/${name#weft-}" ] || exit 1
    done' sh "$SCRATCH/opt"
finish
