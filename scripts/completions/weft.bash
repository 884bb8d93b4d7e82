# bash completion for weft-image, weft-font, weft-scene, weft-explore and indexer.
# It asks the program itself (--help), so it never falls behind.
_weft() {
    local current=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [[ ${program##*/} == weft-explore ]]; then   # no commands: options and files
        if [[ $current == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$("$program" --help 2>/dev/null |
                sed -n 's/^  .*\(--[a-z][a-z-]*\).*/\1/p')" -- "$current")
        else
            compopt -o default
        fi
    elif ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "--help --version $("$program" --help 2>/dev/null |
            sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p')" -- "$current")
    elif [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" "$command" --help 2>/dev/null |
            sed -n 's/^  .*\(--[a-z][a-z-]*\).*/\1/p')" -- "$current")
    else
        compopt -o default
    fi
}
complete -F _weft weft-image weft-font weft-scene weft-explore indexer
