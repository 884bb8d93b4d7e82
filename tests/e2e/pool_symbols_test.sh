#!/bin/sh
# pool_symbols_test.sh - what the pool's objects may call, and what they may keep.
#
# run_parallel has no clock, no randomness, no logging and no state of its own; the pool
# exports no way to change its shape; nothing above libs/sync starts a thread.
. "$(dirname "$0")/lib.sh"
archive=$BIN/../lib/libweft-workpool.a

# object NAME: its symbols, one "TYPE NAME" a line
object() {
    nm -P "$archive" 2>/dev/null | awk -v wanted="[$1.o]:" '
        /\]:$/ { is_wanted = index($0, wanted) > 0; next }
        is_wanted { print $2, $1 }'
}

# writable NAME: its symbols in sections that a program may write to (relocated constants
# are in .data.rel.ro, which is closed after loading)
writable() {
    nm -f sysv "$archive" 2>/dev/null | awk -F '|' -v wanted="[$1.o]:" '
        /\]:$/ { is_wanted = index($0, wanted) > 0; next }
        is_wanted && $7 ~ /^ *\.(data|bss|tdata|tbss)/ && $7 !~ /\.rel\.ro/ { print $1 }'
}

holds "the archive is built" test -s "$archive"
for name in parallel chunk region reduce order batch; do
    object "$name" >"$SCRATCH/$name"
    holds "$name has symbols" test -s "$SCRATCH/$name"
    equal "$name keeps no writable data of its own" "" "$(writable "$name")"
done
for name in parallel reduce order; do
    holds "$name asks no clock, no chance and no environment" \
        sh -c "! grep -E '^U (sync_clock|sync_random|sync_sleep|clock_|time|rand|getenv)' \
            '$SCRATCH/$name'"
    holds "$name prints and logs nothing" \
        sh -c "! grep -E '^U (printf|fprintf|vfprintf|puts|fwrite|write|audit_)' '$SCRATCH/$name'"
done
nm -P --defined-only "$archive" | awk '$2 ~ /[TDBR]/ { print $1 }' >"$SCRATCH/exported"
holds "no symbol changes the number of workers or the queue of a pool" \
    sh -c "! grep -Ei 'workpool_.*(resize|grow|shrink|set_workers|set_depth)' '$SCRATCH/exported'"
nm -P -u "$archive" | awk '{ print $1 }' | sort -u >"$SCRATCH/wanted"
holds "threads, locks and the clock are reached through libs/sync" \
    sh -c "! grep -E '^(pthread_|clock_|nanosleep|futex|syscall|sched_|malloc|calloc)' \
        '$SCRATCH/wanted'"
finish
