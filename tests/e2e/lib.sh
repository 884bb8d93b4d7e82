# lib.sh - what the end-to-end tests share.  A test sources it, says what holds, and ends
# with `finish`.  BIN, ROOT, EXAMPLES and ORACLES come from the caller, or are guessed.
# Prints TAP: "ok N - name".
set -u
LC_ALL=C
export LC_ALL
unset WEFT_WORKERS WEFT_POOL_CONFIG WEFT_CPU
ROOT=${ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
BIN=${BIN:-$ROOT/build/host-release/bin}
EXAMPLES=${EXAMPLES:-$ROOT/build/host-release/examples}
ORACLES=${ORACLES:-$ROOT/build/host-release/oracles}
PATH=$BIN:$PATH
for program in weft-image weft-font weft-scene indexer; do
    if [ ! -x "$BIN/$program" ]; then
        echo "not ok 1 - $program is in $BIN"
        exit 1
    fi
done
SCRATCH=$(mktemp -d)
cleanup() { rm -rf "$SCRATCH"; }
trap cleanup EXIT
case_number=0
failures=0

ok() {
    case_number=$((case_number + 1))
    echo "ok $case_number - $1"
}

not_ok() {
    case_number=$((case_number + 1))
    failures=$((failures + 1))
    echo "not ok $case_number - $1"
}

# holds NAME COMMAND...: the command succeeds; its output is shown when it does not.
holds() {
    what=$1
    shift
    if "$@" >"$SCRATCH/.said" 2>&1; then
        ok "$what"
    else
        not_ok "$what"
        echo "# $*"
        tail -20 "$SCRATCH/.said" | sed 's/^/# /'
    fi
}

# equal NAME WANT HAVE
equal() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1"
        printf '%s\n' "want: $2" "have: $3" | sed 's/^/# /'
    fi
}

# run WORD...: what it printed is in $SCRATCH/.out and .err, its exit code in $code.
run() {
    "$@" >"$SCRATCH/.out" 2>"$SCRATCH/.err" </dev/null
    code=$?
}

# exits NAME CODE WORD...
exits() {
    what=$1
    want_code=$2
    shift 2
    run "$@"
    if [ "$code" -eq "$want_code" ]; then
        ok "$what"
    else
        not_ok "$what"
        echo "# exit $code, not $want_code: $*"
        head -5 "$SCRATCH/.err" | sed 's/^/# /'
    fi
}

finish() {
    echo "1..$case_number"
    [ "$failures" -eq 0 ]
    exit
}
