#!/bin/sh
# same_index_test.sh - an index has the same bytes at any number of workers and any memory
# limit, and add, delete, compact gives what a fresh build gives.
. "$(dirname "$0")/lib.sh"
mkdir "$SCRATCH/documents" "$SCRATCH/more"
number=0
for file in $(find /usr/share/doc /usr/share/common-licenses -type f -size -200k | sort |
    head -600); do
    number=$((number + 1))
    if [ $((number % 5)) -eq 0 ]; then
        cp "$file" "$SCRATCH/more/$number-$(basename "$file")"
    else
        cp "$file" "$SCRATCH/documents/$number-$(basename "$file")"
    fi
done

hash_with() {   # options of build
    rm -rf "$SCRATCH/index"
    indexer build "$@" "$SCRATCH/index" "$SCRATCH/documents" >/dev/null 2>&1
    indexer hash "$SCRATCH/index"
}

want=$(hash_with --workers 1)
holds "there is a hash" [ -n "$want" ]
for workers in 2 3 4 5 6 7 8; do
    equal "$workers workers" "$want" "$(hash_with --workers $workers)"
done
for memory in 16M 64M 256M 1G; do
    equal "$memory of memory" "$want" "$(hash_with --memory $memory)"
    equal "$memory of memory, 3 workers" "$want" "$(hash_with --memory $memory --workers 3)"
done
WEFT_CPU=portable
export WEFT_CPU
equal "without vector instructions" "$want" "$(hash_with --workers 2)"
unset WEFT_CPU

# the files themselves, not only what `hash` says of them
files_of() { (cd "$1" && find . -type f -exec sha256sum {} + | sort); }
rm -rf "$SCRATCH/index" "$SCRATCH/other"
indexer build --workers 1 "$SCRATCH/index" "$SCRATCH/documents" >/dev/null 2>&1
indexer build --workers 4 --memory 16M "$SCRATCH/other" "$SCRATCH/documents" >/dev/null 2>&1
equal "every file is equal" "$(files_of "$SCRATCH/index")" "$(files_of "$SCRATCH/other")"

equal "built again, the same" "$want" "$(hash_with --workers 2)"
indexer add "$SCRATCH/index" "$SCRATCH/more" >/dev/null 2>&1
run indexer delete "$SCRATCH/index" $(find "$SCRATCH/more" -type f | sort)
run indexer compact "$SCRATCH/index"
equal "added, deleted and compacted, the same" "$want" "$(indexer hash "$SCRATCH/index")"
finish
