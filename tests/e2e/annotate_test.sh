#!/bin/sh
# annotate_test.sh - what clang tells of locks that are used wrongly, by sync/annotate.h.
. "$(dirname "$0")/lib.sh"
cd "$SCRATCH" || exit 1
if ! command -v clang >/dev/null; then
    ok "no clang here # SKIP"
    finish
fi

analyse() {
    clang -std=c11 -D_GNU_SOURCE -Wthread-safety -Werror=thread-safety -fsyntax-only \
        -I"$ROOT/libs/base/include" -I"$ROOT/libs/sync/include" -I"$ROOT/libs/sync/src" "$@"
}

cat >head.h <<'EOF'
#include "sync/guard.h"
struct account { struct sync_mutex mutex; int cents; };
static struct sync_mutex purse;
static int total SYNC_GUARDED_BY(purse);
static void add(struct account *a, int n) SYNC_REQUIRES(a->mutex);
static void add(struct account *a, int n) { a->cents += n; }
EOF
said() {
    { echo '#include "head.h"'; echo "int main(void) { struct account b = { .cents = 0 }, *a = &b;"
      echo "sync_mutex_init(&a->mutex, SYNC_RANK_LEAF); sync_mutex_init(&purse, SYNC_RANK_LEAF);"
      echo "$1"; echo "return 0; }"; } >case.c
    analyse -I. case.c 2>&1 | sed -n 's/.*error: \(.*\) \[.*/\1/p'
}

equal "what is taken and given back is fine" "" "$(said '
    sync_mutex_lock(&a->mutex); add(a, 1); sync_mutex_unlock(&a->mutex);
    if (sync_mutex_try_lock(&purse)) { total++; sync_mutex_unlock(&purse); }
    { SYNC_GUARD struct sync_guard guard = sync_guard_take(&purse); }')"
equal "a mutex given back twice" "releasing mutex 'a->mutex' that was not held" "$(said '
    sync_mutex_lock(&a->mutex); sync_mutex_unlock(&a->mutex); sync_mutex_unlock(&a->mutex);')"
equal "a mutex that is not given back" "mutex 'purse' is still held at the end of function" \
    "$(said 'sync_mutex_lock(&purse);')"
equal "a mutex given back on some ways only" \
    "mutex 'purse' is not held on every path through here" \
    "$(said 'sync_mutex_lock(&purse); if (a->cents == 0) { sync_mutex_unlock(&purse); }')"
equal "a mutex taken twice" "acquiring mutex 'purse' that is already held" \
    "$(said 'sync_mutex_lock(&purse); sync_mutex_lock(&purse); sync_mutex_unlock(&purse);')"
equal "a function called without its lock" \
    "calling function 'add' requires holding mutex 'a->mutex' exclusively" "$(said 'add(a, 1);')"
equal "a variable touched without its lock" \
    "writing variable 'total' requires holding mutex 'purse' exclusively" "$(said 'total = 1;')"
equal "a mutex that was tried, and not looked at" \
    "releasing mutex 'purse' that was not held" \
    "$(said '(void)!sync_mutex_try_lock(&purse); sync_mutex_unlock(&purse);')"

for file in "$ROOT"/libs/sync/src/*.c "$ROOT"/libs/sync/src/posix/*.c; do
    holds "$(basename "$file") is as its headers say" analyse "$file"
done
finish
