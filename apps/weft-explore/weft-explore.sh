#!/bin/sh
# weft-explore - find the program that is to be explored, build it when all there is of it is a
# C file, and run it.  The program does the rest: see libs/explore/include/explore/explore.h.
#
# In a checkout the libraries come from `make MODE=explore`; the file `checkout` beside the
# folder of this program says where that is.  Installed, they are in ../lib/weft-explore.
set -eu
me=weft-explore
version=@VERSION@
here=$(dirname "$(readlink -f "$0")")
exit_failed=1
exit_usage=2

help() {
    cat <<END
Usage: $me [OPTION...] PROGRAM [OPTION...] [CASE...]

Run the cases of a concurrent program under every schedule that matters.  PROGRAM is an
executable that calls explore_main(), or a C file with one, with or without its ".c".

Options:
      --threads          build a C file for threads of the system, and sample them
      --build            build a C file, say where the program is, and end
  -h, --help             print this and exit; after PROGRAM: the program's own help
      --version          print the version and exit

Options that the program takes:
  -s, --strategy NAME    random, walk, pct, bounded or dpor
      --seed N           of random, walk and pct
  -n, --runs N           executions of a case
      --budget-s S       seconds for each case instead
      --steps N          steps of an execution before it is a livelock
      --preemptions N    of bounded
      --depth N          of pct
  -j, --processes N      search with N processes
      --memory MODEL     weak or sc
      --faults LIST      KIND=N,... of memory, file, crash, wake, timeout; or none, or all
  -r, --replay TOKEN     run the one schedule that a token names, and show it
      --no-shrink        show a failing schedule as it was found
      --timeline         show all its steps
      --html FILE        also draw it, as one page for a browser
      --json             one JSON object a case, a line each
      --tap              TAP
  -q, --quiet            only failures
  -l, --list             the names of the cases

Programs built from C files are kept in \$XDG_CACHE_HOME/weft, or ~/.cache/weft; the compiler
is \$CC, or cc.  Exit code: 0 all cases held, 1 one failed or nothing could be built, 2 the
command line or token is wrong, 3 there was nothing to run.
END
}

die() {   # exit code, sentence
    code=$1
    shift
    echo "$me: $*" >&2
    exit "$code"
}

usage_error() {
    echo "$me: $*" >&2
    echo "Try '$me --help'." >&2
    exit $exit_usage
}

# By what libs/explore/src/main.c leaves in every program; nothing is run to find out.
is_explored() {
    LC_ALL=C grep -q "$(printf '\177')weft-explored program 1" "$1"
}

# ---- building a C file ---------------------------------------------------------------------

# Components that the file includes headers of, "base explore sync" among them.
components_of() {
    {
        echo base
        echo explore
        echo sync
        sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]\([a-z]*\)\/.*/\1/p' "$1"
    } | sort -u
}

# Two makes in one build folder would write the same files.
one_at_a_time() {
    if command -v flock >/dev/null; then
        flock "$build/explore.lock" "$@"
    else
        "$@"
    fi
}

# Sets compile_flags and link_flags from the checkout, whose libraries are brought up to date.
flags_of_checkout() {
    root=$(cat "$here/../checkout")
    build=$(cd "$here/../.." && pwd)
    [ -f "$root/Makefile" ] || die $exit_failed "the checkout is gone: $root"
    command -v make >/dev/null || die $exit_failed "make is not installed"
    said=$(one_at_a_time env MAKEFLAGS= MAKELEVEL= make --no-print-directory -j"$(nproc)" \
        -C "$root" MODE=explore BUILD="$build" USES="$1" explore-flags) ||
        { printf '%s\n' "$said" | tail -20 >&2
          die $exit_failed "the explore libraries of $root cannot be built"; }
    compile_flags=$(printf '%s\n' "$said" | sed -n 's/^explore-compile: //p')
    link_flags=$(printf '%s\n' "$said" | sed -n 's/^explore-link: //p')
}

# The same from the libraries that were installed with this program.
flags_of_installed() {
    library=$(cd "$here/../lib/weft-explore" 2>/dev/null && pwd) ||
        die $exit_failed "the explore libraries are not installed: there is no" \
            "$(dirname "$here")/lib/weft-explore"
    command -v pkg-config >/dev/null || die $exit_failed "pkg-config is not installed"
    packages=
    for component in $1; do
        [ ! -f "$library/pkgconfig/weft-$component.pc" ] || packages="$packages weft-$component"
    done
    # shellcheck disable=SC2086
    set -- --define-variable=prefix="$(dirname "$here")" --static $packages
    PKG_CONFIG_PATH=$library/pkgconfig
    export PKG_CONFIG_PATH
    compile_flags=$(pkg-config --cflags "$@") && link_flags=$(pkg-config --libs "$@") ||
        die $exit_failed "pkg-config does not know$packages"
}

# Is the program newer than all that it was made of?
is_fresh() {
    [ -x "$1" ] && [ -f "$1.flags" ] && [ "$(cat "$1.flags")" = "$2" ] || return 1
    for made_of in $(sed 's/\\$//; s/^[^:]*://' "$1.d") $link_flags; do
        case $made_of in
        /*) [ ! "$made_of" -nt "$1" ] || return 1 ;;
        esac
    done
}

# Builds $1 into the cache and sets `executable`.
build_file() {
    compiler=${CC:-cc}
    command -v "${compiler%% *}" >/dev/null ||
        die $exit_failed "no C compiler: there is no '$compiler'; install one or set CC"
    folder=$(cd "$(dirname "$1")" && pwd)
    name=$(basename "$1" .c)
    cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/weft/explore
    place=$cache/$(printf '%s' "$folder/$name$on_threads" | cksum | tr ' ' -)
    mkdir -p "$place" 2>/dev/null || die $exit_failed "the cache cannot be written: $cache"
    if [ -f "$here/../checkout" ]; then
        flags_of_checkout "$(components_of "$1" | tr '\n' ' ')"
    else
        flags_of_installed "$(components_of "$1" | tr '\n' ' ')"
    fi
    # the compiler tells the explorer of every plain access: that is how races are found
    watch='-fsanitize=thread -include explore/watch.h -fno-builtin-memcpy -fno-builtin-memmove
        -fno-builtin-memset'
    if $compiler --version 2>/dev/null | grep -q clang; then
        watch="$watch -mllvm -tsan-instrument-func-entry-exit=0"
    else
        watch="$watch --param=tsan-instrument-func-entry-exit=0"
    fi
    if [ -n "$on_threads" ]; then
        link_flags=$(printf '%s\n' "$link_flags" |
            sed 's/-lweft-sync /-lweft-sync-threads /g; s/libweft-sync\.a/libweft-sync-threads.a/g')
    fi
    executable=$place/$name
    flags="$compiler $compile_flags $watch $link_flags"
    if ! is_fresh "$executable" "$flags"; then
        rm -f "$executable.flags"
        # shellcheck disable=SC2086
        $compiler -std=c11 -D_GNU_SOURCE -g -pthread $compile_flags $watch -Wall \
            -fmacro-prefix-map="$folder/=" -MMD -MF "$executable.d" \
            -c "$folder/$name.c" -o "$executable.o" &&
            $compiler -pthread -rdynamic -Wl,--build-id "$executable.o" $link_flags -lm \
                -o "$executable" || die $exit_failed "$1 cannot be built"
        printf '%s\n' "$flags" >"$executable.flags"
    fi
    is_explored "$executable" || die $exit_usage "$1: does not call explore_main()"
}

# ---- the command line -----------------------------------------------------------------------

program=
on_threads=
is_build=
left=$#
while [ "$left" -gt 0 ]; do   # what the program is to get goes behind what is still to be read
    word=$1
    shift
    left=$((left - 1))
    case $word in
    --threads) on_threads=-threads ;;
    --build) is_build=yes ;;
    -h | --help)
        [ -n "$program" ] || { help && exit 0; }
        set -- "$@" "$word"
        ;;
    --version)
        [ -n "$program" ] || { echo "$me (Weft $version)" && exit 0; }
        set -- "$@" "$word"
        ;;
    -s | -n | -j | -r | --strategy | --seed | --runs | --budget-s | --steps | --preemptions | \
        --depth | --processes | --memory | --faults | --replay | --html)
        [ "$left" -gt 0 ] || usage_error "$word needs a value"
        set -- "$@" "$word" "$1"
        shift
        left=$((left - 1))
        ;;
    -*) set -- "$@" "$word" ;;
    *)
        if [ -z "$program" ]; then
            program=$word
        else
            set -- "$@" "$word"
        fi
        ;;
    esac
done
[ -n "$program" ] || usage_error "which program?"

executable=
case $program in
*.c)
    [ -f "$program" ] || die $exit_usage "$program: there is no such file"
    build_file "$program"
    ;;
*)
    if [ -f "$program" ] && [ -x "$program" ]; then
        is_explored "$program" ||
            die $exit_usage "$program: does not call explore_main(): link it with" \
                "libweft-explore, or name its C file"
        case $program in
        /*) executable=$program ;;
        *) executable=./$program ;;
        esac
    elif [ -f "$program.c" ]; then
        build_file "$program.c"
    elif [ -d "$program" ]; then
        die $exit_usage "$program: is a folder"
    elif [ -e "$program" ]; then
        die $exit_usage "$program: cannot be executed, and is no C file"
    else
        die $exit_usage "$program: there is no such program, and no $program.c"
    fi
    ;;
esac
if [ -n "$is_build" ]; then
    echo "$executable"
    exit 0
fi
WEFT_EXPLORE_COMMAND="$me${on_threads:+ --threads} $program"
export WEFT_EXPLORE_COMMAND
exec "$executable" "$@"
