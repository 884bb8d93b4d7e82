#!/bin/sh
# gates_test.sh - a stage that its gate makes sequential gives what the parallel one gives,
# and the pool's audit shows that it did not go there.
. "$(dirname "$0")/lib.sh"
mkdir "$SCRATCH/in" "$SCRATCH/documents"
python3 "$ROOT/tests/e2e/inputs.py" "$SCRATCH/in"
for number in $(seq 50); do
    seq "$number" 200 >"$SCRATCH/documents/$number.txt"
done
scene=$ROOT/fixtures/valid/scene/desktop.scene
font=$(find /usr/share/fonts -name DejaVuSans.ttf | head -1)

# gate KEY KIND WORD...: run with KEY on and off, at 4 workers.
gate() {
    key=$1
    kind=$2
    shift 2
    for value in on off; do
        printf 'workers = 4\n%s = %s\n' "$key" $value >"$SCRATCH/settings"
        rm -rf "$SCRATCH/index"
        run "$@" --pool-config "$SCRATCH/settings" --audit "$SCRATCH/audit.$value"
        equal "$key $value: $1 $2" 0 "$code"
        cp "$SCRATCH/.out" "$SCRATCH/out.$value"
        [ ! -d "$SCRATCH/index" ] || indexer hash "$SCRATCH/index" >"$SCRATCH/out.$value"
    done
    holds "$key: on and off give the same" cmp "$SCRATCH/out.on" "$SCRATCH/out.off"
    holds "$key on goes to the pool" grep -q " kind=$kind" "$SCRATCH/audit.on"
    holds "$key off does not" sh -c "! grep -q ' kind=$kind' '$SCRATCH/audit.off'"
}

gate decode 'w\?png\.\|image\.' weft-image hash "$SCRATCH/in/good.png" "$SCRATCH/in/good2.png"
gate decode ttf weft-font hash "$font" --size 20 --range U+20..U+17F
gate tiles renderer weft-scene hash "$scene"
gate index index indexer build "$SCRATCH/index" "$SCRATCH/documents"
finish
