# bash completion for conmonctl(1), as conmonctl completion prints it
_conmonctl() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  # "=" is a word of its own in bash.
  if [[ $current == "=" ]]; then current=
  elif [[ $previous == "=" ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi
  local at command=
  for ((at = 1; at < COMP_CWORD; at++)); do
    case ${COMP_WORDS[at]} in setup|doctor|ps|stats|logs|attach|reopen|resize|upgrade|adopt|rescue|run|exec|kill|rm|completion|help|version) command=${COMP_WORDS[at]}; break ;; esac
  done
  case $command in
    setup)
      case $previous in
        --conmon) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--user -n --dry-run --undo --conmon --json -h --help' -- "$current")
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(compgen -W 'podman cri-o' -- "$current")
      ;;
    doctor)
      mapfile -t COMPREPLY < <(compgen -W '--json -h --help' -- "$current")
      ;;
    ps)
      case $previous in
        --filter) :; return ;;
        --sort) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--filter --sort -q --quiet --no-trunc --json -h --help' -- "$current")
      ;;
    stats)
      case $previous in
        --interval) :; return ;;
        --format) mapfile -t COMPREPLY < <(compgen -W 'table json openmetrics prometheus' -- "$current"); return ;;
        -o|--output) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --filter) :; return ;;
        --sort) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-w --watch --interval --format -o --output --filter --sort -q --quiet --no-trunc --json -h --help' -- "$current")
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(conmonctl --get-yargs-completions "${COMP_WORDS[@]:0:COMP_CWORD}" "$current" 2>/dev/null)
      ;;
    logs)
      case $previous in
        --since) :; return ;;
        --until) :; return ;;
        -n|--tail) :; return ;;
        --stream) mapfile -t COMPREPLY < <(compgen -W 'stdout stderr' -- "$current"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-f --follow --since --until -n --tail --stream -t --timestamps --json -h --help' -- "$current")
      if [[ $current == */* || $current == . ]]; then compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current")
      elif ! [[ $current == -* ]]; then mapfile -t COMPREPLY < <(conmonctl --get-yargs-completions "${COMP_WORDS[@]:0:COMP_CWORD}" "$current" 2>/dev/null); fi
      ;;
    attach)
      case $previous in
        --detach-keys) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--detach-keys --no-stdin --json -h --help' -- "$current")
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(conmonctl --get-yargs-completions "${COMP_WORDS[@]:0:COMP_CWORD}" "$current" 2>/dev/null)
      ;;
    reopen)
      mapfile -t COMPREPLY < <(compgen -W '--json -h --help' -- "$current")
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(conmonctl --get-yargs-completions "${COMP_WORDS[@]:0:COMP_CWORD}" "$current" 2>/dev/null)
      ;;
    resize)
      mapfile -t COMPREPLY < <(compgen -W '--json -h --help' -- "$current")
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(conmonctl --get-yargs-completions "${COMP_WORDS[@]:0:COMP_CWORD}" "$current" 2>/dev/null)
      ;;
    upgrade)
      case $previous in
        --executable) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--all --executable --json -h --help' -- "$current")
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(conmonctl --get-yargs-completions "${COMP_WORDS[@]:0:COMP_CWORD}" "$current" 2>/dev/null)
      ;;
    adopt)
      case $previous in
        --executable) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--all --executable --json -h --help' -- "$current")
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(conmonctl --get-yargs-completions "${COMP_WORDS[@]:0:COMP_CWORD}" "$current" 2>/dev/null)
      ;;
    rescue)
      case $previous in
        --executable) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--all --watch --executable --json -h --help' -- "$current")
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(conmonctl --get-yargs-completions "${COMP_WORDS[@]:0:COMP_CWORD}" "$current" 2>/dev/null)
      ;;
    run)
      for ((; at < COMP_CWORD; at++)); do
        [[ ${COMP_WORDS[at]} == -- ]] && { compopt -o default; ((at + 1 < COMP_CWORD)) || mapfile -t COMPREPLY < <(compgen -c -- "$current"); return; }
      done
      case $previous in
        -b|--bundle) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
        --rootfs) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
        -e|--env) :; return ;;
        --cwd) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
        --hostname) :; return ;;
        --network) mapfile -t COMPREPLY < <(compgen -W 'none host' -- "$current"); return ;;
        -r|--runtime) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --conmon) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --conmon-arg) :; return ;;
        --log) :; return ;;
        --timeout) :; return ;;
        --grace) :; return ;;
        --log-level) mapfile -t COMPREPLY < <(compgen -W 'error warning info debug trace' -- "$current"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-b --bundle --rootfs -e --env --cwd --hostname --network --read-only -d --detach -i --interactive -t --terminal -r --runtime --conmon --conmon-arg --log --timeout --grace --log-level --explain --json -h --help' -- "$current")
      ;;
    exec)
      case $previous in
        -e|--env) :; return ;;
        --cwd) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
        -u|--user) :; return ;;
        --timeout) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-i --interactive -t --terminal -e --env --cwd -u --user --timeout -h --help' -- "$current")
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(conmonctl --get-yargs-completions "${COMP_WORDS[@]:0:COMP_CWORD}" "$current" 2>/dev/null)
      ;;
    kill)
      case $previous in
        -s|--signal) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-s --signal -h --help' -- "$current")
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(conmonctl --get-yargs-completions "${COMP_WORDS[@]:0:COMP_CWORD}" "$current" 2>/dev/null)
      ;;
    rm)
      mapfile -t COMPREPLY < <(compgen -W '--leftovers -h --help' -- "$current")
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(conmonctl --get-yargs-completions "${COMP_WORDS[@]:0:COMP_CWORD}" "$current" 2>/dev/null)
      ;;
    completion)
      mapfile -t COMPREPLY < <(compgen -W '-h --help' -- "$current")
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- "$current")
      ;;
    help)
      mapfile -t COMPREPLY < <(compgen -W '' -- "$current")
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(compgen -W 'setup doctor ps stats logs attach reopen resize upgrade adopt rescue run exec kill rm completion' -- "$current")
      ;;
    version)
      mapfile -t COMPREPLY < <(compgen -W '' -- "$current")
      ;;
    *) mapfile -t COMPREPLY < <(compgen -W 'setup doctor ps stats logs attach reopen resize upgrade adopt rescue run exec kill rm completion help version -h --help -v --version' -- "$current") ;;
  esac
}
complete -F _conmonctl conmonctl
