#!/bin/sh
# audit_test.sh - the pool's audit is the same at any number of workers, its first line
# (which states that number) apart, and holds no time.
. "$(dirname "$0")/lib.sh"
mkdir "$SCRATCH/in"
python3 "$ROOT/tests/e2e/inputs.py" "$SCRATCH/in"
scene=$ROOT/fixtures/valid/scene/desktop.scene
font=$(find /usr/share/fonts -name DejaVuSans.ttf | head -1)
mkdir "$SCRATCH/documents"
for number in $(seq 50); do
    seq "$number" 200 >"$SCRATCH/documents/$number.txt"
done

# audits NAME WORD...: run at 1, 2, 4 and 8 workers with --audit.
audits() {
    what=$1
    shift
    for workers in 1 2 4 8; do
        rm -rf "$SCRATCH/index"
        run "$@" --workers $workers --audit "$SCRATCH/audit.$workers"
        sed 1d "$SCRATCH/audit.$workers" >"$SCRATCH/rest.$workers" 2>/dev/null
        holds "$what: $workers workers state themselves" \
            grep -q "^WP-AUDIT create .*workers=$workers " "$SCRATCH/audit.$workers"
        holds "$what: nothing else moves at $workers workers" \
            cmp "$SCRATCH/rest.1" "$SCRATCH/rest.$workers"
    done
    holds "$what: something was submitted" grep -q '^WP-AUDIT submit ' "$SCRATCH/audit.1"
    holds "$what: no line of another kind" \
        sh -c "! grep -Ev '^WP-AUDIT (create|submit|batch|done) ' '$SCRATCH/audit.1'"
}

audits "pictures" weft-image hash "$SCRATCH/in/good.png" "$SCRATCH/in/good2.png"
audits "glyphs" weft-font hash "$font" --size 20 --range U+20..U+17F
audits "scene" weft-scene hash "$scene"
audits "index" indexer build "$SCRATCH/index" "$SCRATCH/documents"
finish
