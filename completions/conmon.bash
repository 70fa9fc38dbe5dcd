# bash completion for conmon(8), generated from the option table by npm run manuals
_conmon() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  # "=" is a word of its own in bash.
  if [[ $current == "=" ]]; then current=
  elif [[ $previous == "=" ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi
  case $previous in
    -b|--bundle) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    -c|--cid) :; return ;;
    -P|--conmon-pidfile) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    -p|--container-pidfile) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    -u|--cuuid) :; return ;;
    --exec-process-spec) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --exit-command) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --exit-command-arg) :; return ;;
    --exit-delay) :; return ;;
    --exit-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    --log-level) mapfile -t COMPREPLY < <(compgen -W 'error warning info debug trace' -- "$current"); return ;;
    -l|--log-path) mapfile -t COMPREPLY < <(compgen -W 'k8s-file: json-file: journald passthrough none' -- "$current"); return ;;
    --log-size-max) :; return ;;
    --log-global-size-max) :; return ;;
    --log-max-files) :; return ;;
    --log-allowlist-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    --log-tag) :; return ;;
    --log-label) :; return ;;
    -n|--name) :; return ;;
    -0|--persist-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    --restore) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    -r|--runtime) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --runtime-arg) :; return ;;
    --runtime-opt) :; return ;;
    --sdnotify-socket) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --socket-dir-path) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    -T|--timeout) :; return ;;
    --seccomp-notify-socket) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --seccomp-notify-plugins) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W '-h --help --version --api-version -b --bundle -c --cid -P --conmon-pidfile -p --container-pidfile -u --cuuid -e --exec --exec-attach --exec-process-spec --exit-command --exit-command-arg --exit-delay --exit-dir --full-attach --leave-stdin-open --log-level -l --log-path --log-size-max --log-global-size-max --log-rotate --log-max-files --log-allowlist-dir --log-tag --log-label --no-container-partial-message -n --name --no-new-keyring --no-pivot --no-sync-log -0 --persist-dir --replace-listen-pid --restore -r --runtime --runtime-arg --runtime-opt --sdnotify-socket --socket-dir-path -i --stdin --sync --syslog -s --systemd-cgroup -t --terminal -T --timeout --seccomp-notify-socket --seccomp-notify-plugins' -- "$current")
}
complete -F _conmon conmon
