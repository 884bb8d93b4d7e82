#!/bin/sh
# explored_examples_test.sh - the examples that are wrong fail, each in its way, and those
# that are right hold, as docs/tour/explore.md says.
. "$(dirname "$0")/lib.sh"
cd "$SCRATCH" || exit 1
unset CMOCKA_MESSAGE_OUTPUT EXPLORE_BUDGET_S CC
XDG_CACHE_HOME=$SCRATCH/cache
export XDG_CACHE_HOME

exits "the bank" 1 weft-explore "$ROOT/examples/bank.c"
holds "loses money" grep -q '^money_is_lost: FAILED, assertion: ' .out
holds "by one preemption" grep -q 'shortest schedule found: 1 preemption,' .out
holds "and repaired does not" grep -q '^no_money_is_lost: every schedule holds: ' .out
exits "found within a second" 1 weft-explore "$ROOT/examples/bank.c" --budget-s 1 money_is_lost
exits "the philosophers" 1 weft-explore "$ROOT/examples/dining.c"
holds "wait in a circle" grep -q '^left_forks_first: FAILED, deadlock: .* wants .* of thread' .out
holds "and repaired do not" grep -q '^lower_forks_first: every schedule holds: ' .out
exits "the squares add up" 0 weft-explore "$ROOT/examples/squares.c" --runs 500
exits "also on threads" 0 weft-explore --threads "$ROOT/examples/squares.c" --runs 100
exits "where nothing is proved" 0 weft-explore --threads "$ROOT/examples/squares.c" --runs 10
holds "and nothing claimed" grep -q 'a sample, not a search$' .out
finish
