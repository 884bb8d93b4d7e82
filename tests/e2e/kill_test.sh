#!/bin/sh
# kill_test.sh - kill -9 at any moment of build, add, delete and compact leaves the old
# index or the new one.  The moments come from a fixed sequence, spread over the time that
# an undisturbed run takes.
. "$(dirname "$0")/lib.sh"
rounds=${KILL_ROUNDS:-20}
first=$SCRATCH/first
second=$SCRATCH/second
mkdir "$first" "$second"
for number in $(seq 300); do
    seq "$number" "$((number + 400))" | sed 's/$/ alpha beta/' >"$first/$number.txt"
    seq "$number" 3 "$((number + 900))" | sed 's/$/ gamma delta/' >"$second/$number.txt"
done

# The state from which each command starts.
indexer build "$SCRATCH/old" "$first" >/dev/null 2>&1
cp -r "$SCRATCH/old" "$SCRATCH/added"
indexer add "$SCRATCH/added" "$second" >/dev/null 2>&1

start_of() {
    case $1 in
    compact) echo "$SCRATCH/added" ;;
    *) echo "$SCRATCH/old" ;;
    esac
}

command_of() {   # the words for command $1 on index $2
    case $1 in
    build) echo indexer build "$2" "$second" ;;
    add) echo indexer add "$2" "$second" ;;
    delete) echo indexer delete "$2" "$first/1.txt" "$first/2.txt" ;;
    compact) echo indexer compact "$2" ;;
    esac
}

hash_of() {   # of the documents: a merge after the commit moves files, not contents
    indexer hash --content "$1" 2>&1 | cut -d' ' -f1
}

now_us() {
    echo $(($(date +%s%N) / 1000))
}

for command in build add delete compact; do
    start=$(start_of $command)
    cp -r "$start" "$SCRATCH/whole"
    before=$(hash_of "$SCRATCH/whole")
    began=$(now_us)
    # shellcheck disable=SC2046
    exits "$command without a kill" 0 $(command_of $command "$SCRATCH/whole")
    took=$(($(now_us) - began))
    after=$(hash_of "$SCRATCH/whole")
    rm -rf "$SCRATCH/whole"
    random=12345
    olds=0
    news=0
    others=0
    for _ in $(seq "$rounds"); do
        random=$(((random * 1103515245 + 12345) % 2147483648))
        delay=$(awk "BEGIN { print $took / 1e6 * 1.3 * $random / 2147483648 }")
        cp -r "$start" "$SCRATCH/victim"
        # shellcheck disable=SC2046
        $(command_of $command "$SCRATCH/victim") >/dev/null 2>&1 &
        victim=$!
        sleep "$delay"
        kill -9 $victim 2>/dev/null
        wait $victim 2>/dev/null
        if ! indexer check "$SCRATCH/victim" >"$SCRATCH/.said" 2>&1; then
            others=$((others + 1))
            sed 's/^/# /' "$SCRATCH/.said"
        fi
        case $(hash_of "$SCRATCH/victim") in
        "$before") olds=$((olds + 1)) ;;
        "$after") news=$((news + 1)) ;;
        *) others=$((others + 1)) ;;
        esac
        # the next command must not trip over what the dead one left
        # shellcheck disable=SC2046
        run $(command_of $command "$SCRATCH/victim")
        case $command,$code in
        *,0 | delete,3) ;;   # 3: the dead one had deleted them
        *) others=$((others + 1)) ;;
        esac
        rm -rf "$SCRATCH/victim"
    done
    echo "# $command: old $olds, new $news, neither $others, over $took us"
    equal "$command killed $rounds times leaves the old index or the new" 0 $others
done
finish
