#!/bin/sh
# index_user_test.sh - what people do to the indexer that its makers would not: folders for
# files, mistyped paths, foreign folders, an index inside what it indexes, Ctrl-C.
. "$(dirname "$0")/lib.sh"
cd "$SCRATCH" || exit 1
mkdir docs
for number in 1 2 3 4 5 6 7 8 9 10 11 12; do
    echo "tea number $number in the pot" >docs/$number.txt
done
printf '\0\1\2' >docs/none.bin
printf 'caf\351 au lait\n' >docs/latin.txt

said() {   # NAME TEXT: on standard error
    holds "$1" grep -Fqx "indexer: $2" .err
}

printed() {   # NAME TEXT: on standard output
    equal "$1" "$2" "$(cat .out)"
}

feeds() {   # NAME CODE TEXT WORD...: TEXT is what comes through a pipe
    what=$1 want_code=$2 text=$3
    shift 3
    # shellcheck disable=SC2059
    printf "$text" | "$@" >.out 2>.err
    equal "$what" "$want_code" "$?"
}

# ---- TSV from pipes, folders and nothing

feeds "build from a pipe" 0 'a\tx\nb\ty\n' indexer build t --tsv -
printed "it says how many" "indexed 2 documents"
feeds "add from a pipe with CRLF, an id that is there and one that comes twice" 0 \
    'b\tz\r\nc\tz\r\nc\tlast\r\n' indexer add t --tsv - --json
printed "it counts what is there" \
    '{"index":"t","documents":3,"added":1,"replaced":2,"skipped":0,"failed":false}'
run indexer search t last --no-snippets
holds "the last of an id stays" grep -q ' c$' .out
exits "add of an empty stream" 0 indexer add t --tsv -
printed "it added nothing" "added 0 documents; 3 in all"
feeds "a line without a tab" 1 'no tab\nd\tgood\n' indexer add t --tsv -
said "it is named" "-: offset 0: line without a tab"
printed "the others are in" "added 1 document; 4 in all"
exits "a folder is no TSV" 1 indexer build t --tsv docs
said "it is named" "docs: Is a directory"
before=$(indexer hash t)
feeds "no good line at all" 1 'none\nneither\n' indexer build t --tsv -
equal "the index is as it was" "$before" "$(indexer hash t)"

# ---- mistyped paths

exits "a build" 0 indexer build e docs/1.txt
before=$(indexer hash e)
exits "a build of what is not there" 1 indexer build e typo typo
equal "it is complained of once" 2 "$(wc -l <.err | tr -d ' ')"
said "it says that the index stays" \
    "e: nothing could be read, so the index is left as it was"
equal "the index is as it was" "$before" "$(indexer hash e)"
exits "the same into a new folder" 1 indexer build new typo
holds "no folder is left" [ ! -e new ]
exits "one good, one bad" 1 indexer build e typo docs/2.txt docs/2.txt
printed "the good one is in, once" "indexed 1 document"
exits "an empty path for the index" 1 indexer build '' docs
said "it can be seen" "'': the path is empty"

# ---- folders that are not ours

mkdir foreign temporary
echo precious >foreign/manifest
exits "a manifest that is another's" 1 indexer build foreign docs
said "it is named, with a remedy" \
    "foreign/manifest: no part of an index; name a new folder for INDEX, or an empty one"
equal "it stays" precious "$(cat foreign/manifest)"
echo mine >temporary/weft-tmp-mine
exits "a file with nearly our name" 1 indexer build temporary docs
equal "it stays" mine "$(cat temporary/weft-tmp-mine)"
echo mine >e/weft-tmp-mine
run indexer add e docs/3.txt
equal "it stays in an index, too" mine "$(cat e/weft-tmp-mine)"
rm e/weft-tmp-mine

# ---- an index inside what it indexes

mkdir notes
echo "a kettle" >notes/a.txt
for round in 1 2; do
    (cd notes && indexer build notes.index . >../.out 2>../.err)
    printed "the index passes itself over, round $round" "indexed 1 document"
done
(cd notes && indexer build other.index . --verbose >../.out 2>../.err)
printed "and other indexes" "indexed 1 document"
said "it says so when asked" "notes.index: passed over: the folder of an index"

# ---- what went wrong, for programs

exits "a query that is none" 1 indexer search e '(' --json
printed "it is an object" '{"query":"(","error":"query ends where a word is expected","offset":1}'
exits "a check of nothing" 1 indexer check nope --json
printed "it is not called damaged" '{"index":"nope","error":"no such folder"}'
exits "a search where no index is" 1 indexer search docs tea
said "it says so, with a remedy" "docs: holds no index; 'indexer build docs PATH...' makes an index"
cp -r e gone
segment=$(basename "$(ls gone/*.seg)")
rm gone/*.seg
exits "a search without a segment" 1 indexer search gone tea
said "the file is named" "gone/$segment: No such file or directory"
exits "check calls that damage" 3 indexer check gone --json
for command in search delete compact check hash stats; do
    case $command in
    search) exits "search --workers" 0 indexer search e tea --workers 3 --json ;;
    delete) exits "delete --workers" 3 indexer delete e none --workers 3 --json ;;
    *) exits "$command --workers" 0 indexer $command e --workers 3 --json ;;
    esac
    holds "$command --json" python3 -c 'import json, sys; json.load(sys.stdin)' <.out
done

# ---- damage

indexer build spoilt docs/1.txt >/dev/null
segment=$(basename "$(ls spoilt/*.seg)")
python3 - "spoilt/$segment" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[data.index(b"pot")] ^= 1
open(sys.argv[1], "wb").write(data)
PY
exits "a passage of damaged text" 1 indexer search spoilt tea
said "file and place are named" "spoilt/$segment: offset 16: the text of a document is damaged"
printf 'q\ttea\n' >queries
exits "the same in a batch" 1 indexer batch spoilt queries --json
holds "file and place are named there" grep -q "^indexer: spoilt/$segment: offset 16: " .err

# ---- delete

exits "a full index" 0 indexer build full docs
printed "what is no text is counted" \
    "indexed 13 documents, passed over 1 that is no text (--verbose names them)"
exits "a verbose build" 0 indexer build full docs --verbose
said "and named when asked" "docs/none.bin: passed over: not a text file"
exits "Latin-1 is text" 0 indexer search full 'café'
exits "delete" 0 indexer delete full docs/12.txt nobody
printed "it tells how many" "deleted 1 document; 12 in all"
exits "delete of nothing" 3 indexer delete full nobody
printed "it tells that, too" "deleted 0 documents; 12 in all"

# ---- pages

exits "the first page" 0 indexer search full "tea OR it's" --top 4 --no-snippets
more=$(sed -n 's/^ *more: //p' .out)
holds "the second by copying its command" sh -c "$more >.out"
equal "its ranks go on" "5 6 7 8" "$(sed -n 's/^ *\([0-9]*\)  .*txt$/\1/p' .out | xargs)"
holds "and so does its command" sh -c "$(sed -n 's/^ *more: //p' .out) >.out"
equal "ranks of the third page" "9 10 11" "$(sed -n 's/^ *\([0-9]*\)  .*txt$/\1/p' .out | xargs)"

# ---- memory

exits "too little memory" 2 indexer build full docs --memory 1
exits "the most" 0 indexer build full docs --memory 1024G

# ---- interrupts

seq 40000 | awk '{ printf "d%d\t", $1; for (w = 0; w < 90; w++) printf "w%d ", ($1 * w) % 7919
    print "" }' >big.tsv
indexer build wanted --tsv big.tsv >.out
digest() {   # INDEX
    indexer hash "$1" | cut -d' ' -f1
}
wanted=$(digest wanted)
# A signal that comes during the last step comes too late: then the whole index is there.
is_nothing_or_whole() {
    [ ! -e stopped ] || [ "$(digest stopped)" = "$wanted" ]
}
for signal in INT TERM; do
    for delay in 0.05 0.2 0.5; do
        timeout -s $signal $delay indexer build stopped --tsv big.tsv --memory 8M >.out 2>.err
        code=$?
        if [ $code -eq 0 ]; then   # a fast machine: it was done before
            ok "$signal after $delay s came too late"
        else
            equal "$signal after $delay s ends it" 124 $code
            holds "and leaves no folder, or a whole index" is_nothing_or_whole
        fi
        rm -rf stopped
    done
done
before=$(digest full)
timeout -s INT 0.2 indexer build full --tsv big.tsv --memory 8M >.out 2>.err
if [ $? -ne 0 ]; then
    after=$(digest full)
    holds "an interrupted rebuild leaves the old index, or the new" \
        [ "$after" = "$before" -o "$after" = "$wanted" ]
    equal "and nothing beside it" "" "$(find full -name '*tmp*' -o -name '*.part')"
fi
finish
