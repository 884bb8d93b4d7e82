#!/bin/sh
# twice_test.sh - the tests themselves are reproducible: each program says the same twice.
. "$(dirname "$0")/lib.sh"
CMOCKA_MESSAGE_OUTPUT=TAP
export CMOCKA_MESSAGE_OUTPUT
for program in "$(dirname "$BIN")"/test/*/*_test; do
    name=$(basename "$(dirname "$program")")/$(basename "$program")
    "$program" >"$SCRATCH/first" 2>/dev/null
    "$program" >"$SCRATCH/second" 2>/dev/null
    holds "$name says the same twice" diff "$SCRATCH/first" "$SCRATCH/second"
done
finish
