#!/bin/sh
# examples_test.sh - every example runs, and says the same at any number of workers.
. "$(dirname "$0")/lib.sh"
for program in "$EXAMPLES"/*; do
    name=$(basename "$program")
    mkdir -p "$SCRATCH/1"
    (cd "$SCRATCH/1" && "$program" 1) >"$SCRATCH/want" 2>&1
    equal "$name runs" 0 $?
    holds "$name says something" [ -s "$SCRATCH/want" ]
    for workers in 2 3 4 8; do
        mkdir -p "$SCRATCH/$workers"
        (cd "$SCRATCH/$workers" && "$program" $workers) >"$SCRATCH/have" 2>&1
        holds "$name says the same at $workers workers" cmp "$SCRATCH/want" "$SCRATCH/have"
    done
done
for source in "$ROOT"/examples/*.c; do
    holds "$(basename "$source") is under 120 lines" [ "$(wc -l <"$source")" -lt 120 ]
done
finish
