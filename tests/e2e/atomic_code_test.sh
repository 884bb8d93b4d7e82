#!/bin/sh
# atomic_code_test.sh - the instructions of atomics are those that docs/memory-order.md says.
#
# A compiler that forgets a fence is not seen by any test that runs on x86-64.
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")

# looks COLUMN COMPILER OBJDUMP: skipped where one of them is not installed
looks() {
    if command -v "$2" >/dev/null && command -v "$3" >/dev/null; then
        holds "atomics are on $1 what the page says" \
            python3 "$here/atomic_code.py" "$2" "$3" "$1" "$SCRATCH"
    else
        ok "atomics on $1 # SKIP no $2, or no $3"
    fi
}

if [ "$(uname -m)" = x86_64 ]; then
    looks x86-64 gcc objdump
fi
looks riscv64 riscv64-linux-gnu-gcc riscv64-linux-gnu-objdump
finish
