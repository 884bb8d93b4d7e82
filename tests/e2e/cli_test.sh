#!/bin/sh
# cli_test.sh - every program and subcommand answers --help, every option is in its man
# page, mistakes exit with 2, and the shell can complete them.
. "$(dirname "$0")/lib.sh"

subcommands() {
    "$1" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

options() {
    "$1" "$2" --help | sed -n '/^Options:/,/^$/s/^  .*--\([a-z][a-z-]*\).*/\1/p'
}

for program in weft-image weft-font weft-scene indexer; do
    page=$ROOT/docs/man/$program.1
    exits "$program --help answers" 0 "$program" --help
    exits "$program --version answers" 0 "$program" --version
    equal "$program has a version" "$program" "$(cut -d' ' -f1 "$SCRATCH/.out")"
    exits "$program without a command is a mistake" 2 "$program"
    exits "$program with an unknown command is a mistake" 2 "$program" no-such-command
    exits "a full standard output is a failure of $program" 1 \
        sh -c "exec '$program' --help >/dev/full"
    for command in $(subcommands "$program"); do
        exits "$program $command --help answers" 0 "$program" "$command" --help
        exits "$program $command refuses an unknown option" 2 "$program" "$command" --no-such
        holds "$program(1) tells of $command" grep -q "$command" "$page"
        for option in $(options "$program" "$command"); do
            case $option in
            help | version) continue ;;
            esac
            holds "$program(1) tells of --$option" \
                grep -Eq "(Fl -|Fl Fl |--)$option\\b" "$page"
        done
    done
done

cat >"$SCRATCH/complete.bash" <<'END'
. "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_weft
printf '%s\n' "${COMPREPLY[@]}"
END
completions() {
    bash "$SCRATCH/complete.bash" "$ROOT/scripts/completions/weft.bash" "$@" 2>/dev/null
}
equal "bash completes a command" compare "$(completions weft-image comp)"
equal "bash completes an option" --workers "$(completions indexer build --work)"
finish
