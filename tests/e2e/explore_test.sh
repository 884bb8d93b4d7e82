#!/bin/sh
# explore_test.sh - weft-explore from the outside: what it finds, what it refuses, what it prints.
. "$(dirname "$0")/lib.sh"
cd "$SCRATCH" || exit 1
unset CMOCKA_MESSAGE_OUTPUT EXPLORE_BUDGET_S CC
XDG_CACHE_HOME=$SCRATCH/cache
export XDG_CACHE_HOME
example=$ROOT/examples/lost_wakeup
cp "$ROOT/examples/lost_wakeup.c" mine.c

# ---- finding, shrinking, replaying
exits "weft-explore finds what is wrong" 1 weft-explore "$example"
holds "it says which" grep -q '^the_bell_is_read_too_late: FAILED, deadlock: ' .out
holds "it proves what is right" grep -q '^the_bell_is_read_first: every schedule holds: ' .out
holds "it shows two columns" grep -q '^ *step  thread 0 .*thread 1 ' .out
holds "it shows where" grep -q ' lost_wakeup.c:[0-9]*$' .out
token=$(sed -n 's/^  replay: .* --replay \(D1\.the_bell_is_read_too_late\..*\)/\1/p' .out)
command=$(sed -n 's/^  replay: \(.*\)/\1/p' .out | head -1)
exits "the line it prints replays" 1 sh -c "$command"
equal "at most 15 lines of timeline" "" "$(weft-explore "$example" -q |
    awk '/ step  /{n=0;on=1;next} />* the thread before/{on=0} / schedule found/{on=0}
         on{n++; if (n>15) print}')"
program=$(weft-explore --build "$example")
wrong=0
for _ in 1 2 3 4 5 6 7 8 9 10; do
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        "$program" --replay "$token" --quiet >again 2>&1
        [ $? -eq 1 ] && grep -q deadlock again || wrong=$((wrong + 1))
    done
done
equal "a token replays 100 times of 100" 0 "$wrong"

# ---- refusing
exits "a damaged token is refused" 2 "$program" --replay "$(echo "$token" | sed 's/bell/ball/')"
holds "with the place" grep -q 'damaged at character 9: .a. was perhaps .e.$' .err
exits "a token that is cut is refused" 2 "$program" --replay "${token%?}"
exits "another text is refused" 2 "$program" --replay hello
sed 's/box.letter, 7/box.letter, 8/; s/== 7/== 8/' mine.c >other.c
exits "a token of another build is refused" 2 weft-explore other --replay "$token"
holds "and both builds are named" grep -q 'of another build: [0-9a-f]*, and this program is' .err
exits "an unknown case is refused" 2 "$program" no_such_case
exits "a bad number is refused" 2 "$program" --seed x
exits "a bad strategy is refused" 2 "$program" --strategy best
exits "bad faults are refused" 2 "$program" --faults fire=1
exits "an option without a value is refused" 2 weft-explore --seed
exits "a missing program is refused" 2 weft-explore no_such_thing
exits "another program is refused" 2 weft-explore /bin/ls
exits "a folder is refused" 2 weft-explore "$ROOT"
echo 'int main(void) { return 0; }' >plain.c
exits "a file without explore_main() is refused" 2 weft-explore plain.c
echo 'int main(void) { return x; }' >wrong.c
exits "a file that does not compile is refused" 1 weft-explore wrong.c
exits "a missing compiler is said" 1 env CC=no-such-compiler weft-explore mine.c
holds "by name" grep -q "no C compiler: there is no 'no-such-compiler'" .err
: >file
exits "a cache that cannot be is said" 1 env XDG_CACHE_HOME="$SCRATCH/file" weft-explore mine.c

# ---- saying
exits "--json" 1 "$program" --json
holds "is JSON a line" python3 -c '
import json, sys
cases = [json.loads(line) for line in open(".out")]
assert [case["result"] for case in cases] == ["failed", "held", "failed", "held"]
lost = cases[2]
assert lost["verdict"] == "lost wake-up" and lost["older_values"] == 1
assert len(lost["timeline"]) == lost["steps"] and lost["token"].startswith("D1.")
assert all(case["exhaustive"] for case in cases if case["result"] == "held")'
exits "--tap" 1 "$program" --tap
equal "is TAP" "1..4 not ok 1 - ok 2 - not ok 3 - ok 4 -" \
    "$(sed -n 's/^\(1\.\.4\|ok [0-9] -\|not ok [0-9] -\).*/\1/p' .out | tr '\n' ' ' | sed 's/ $//')"
exits "the environment asks for TAP" 0 env CMOCKA_MESSAGE_OUTPUT=TAP "$program" rung_for_sleepers
holds "and gets it" grep -q '^ok 1 - rung_for_sleepers$' .out
exits "--list" 0 "$program" --list
equal "names the cases" 4 "$(grep -c . .out)"
exits "--html" 1 "$program" --html page.html rung_for_sleepers_too_weakly
holds "is one page" grep -q '</html>' page.html
equal "that needs nothing else" "" \
    "$(grep -o 'src=[^ ]*\|href=[^ ]*\|@import\|url(h[^)]*' page.html)"
holds "its data are JSON" python3 -c '
import json, re
page = open("page.html").read()
data = json.loads(re.search(r"id=\"data\">(.*?)</script>", page, re.S).group(1))
assert len(data["threads"]) == 2 and any(step["old"] for step in data["steps"])
assert any("source" in place for place in data["places"].values())'
exits "a page that cannot be written is said" 1 "$program" --html /no/such/page -q
exits "--help" 0 "$program" --help
exits "nothing to search without a failure is quiet" 0 "$program" -q rung_for_sleepers
equal "quite" "" "$(cat .out)"

# ---- searching
for processes in 1 2 3; do
    weft-explore "$example" -q -s random -n 5000 -j $processes --json \
        the_bell_is_read_too_late rung_for_sleepers_too_weakly |
        python3 -c '
import json, sys
for case in map(json.loads, sys.stdin):
    print(case["case"], case["failed_run"], case["token"])' >found.$processes
done
holds "two processes find what one finds" cmp found.1 found.2
holds "so do three" cmp found.1 found.3
holds "something was found" [ -s found.1 ]
exits "bounded proves within its bound" 0 "$program" -s bounded --preemptions 1 rung_for_sleepers
holds "and says so" grep -q 'every schedule with at most 1 preemption holds: ' .out
exits "a budget of time ends" 0 "$program" -s random --budget-s 0.2 rung_for_sleepers
exits "sequential consistency hides what is weak" 0 \
    "$program" --memory sc -s dpor rung_for_sleepers_too_weakly
exits "threads of the system run the same file" 0 weft-explore --threads mine rung_for_sleepers
holds "as a sample" grep -q 'on threads of the system, .*: a sample, not a search$' .out

# ---- failures that no step shows
cat >ends.c <<'END'
#include <stdlib.h>
#include "explore/explore.h"
#include "base/attr.h"
static int *volatile nowhere;
static void crashes(void) { *nowhere = (int)explore_choose(2); }
static void aborts(void) { if (explore_choose(4) == 3) { abort(); } }
static void leaves(void) { exit(0); }
static const struct explore_case cases[] = {
    { .name = "crashes", .body = crashes }, { .name = "aborts", .body = aborts },
    { .name = "leaves", .body = leaves },
};
int main(int argc, char **argv) { return explore_main(argc, argv, cases, COUNT_OF(cases)); }
END
exits "a crash is a failure" 1 weft-explore ends crashes aborts
holds "with its signal" grep -q '^crashes: FAILED, crashed: .*Segmentation fault' .out
equal "and a token" 2 "$(grep -c '^  replay: ' .out)"
cat >clock.c <<'END'
#include <time.h>
#include "explore/explore.h"
#include "base/attr.h"
static void looks_at_the_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    for (long i = 0; i < now.tv_nsec / 100 % 7; i++) {
        (void)explore_choose(3);
    }
}
static const struct explore_case cases[] = {
    { .name = "looks_at_the_clock", .body = looks_at_the_clock },
};
int main(int argc, char **argv) { return explore_main(argc, argv, cases, COUNT_OF(cases)); }
END
exits "what nobody controls is a failure" 1 weft-explore clock
holds "and is called so" grep -q 'FAILED, uncontrolled: the same decisions gave ' .out
exits "exit() in a case is said" 1 weft-explore ends leaves

if command -v clang >/dev/null; then
    exits "clang builds it too" 0 env CC=clang weft-explore mine rung_for_sleepers
fi
finish
