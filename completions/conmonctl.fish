# fish completion for conmonctl(1), as conmonctl completion prints it
complete -c conmonctl -f

# The command on the line so far.
function __conmonctl_command
    for word in (commandline -opc)[2..]
        if contains -- $word setup doctor ps stats logs attach reopen resize upgrade adopt rescue run exec kill rm completion help version
            echo $word
            return
        end
    end
    return 1
end

function __conmonctl_is
    test (__conmonctl_command; or echo none) = $argv[1]
end

function __conmonctl_containers
    # The word may be empty; without the quotes it would be none.
    set -l current (commandline -ct)
    conmonctl --get-yargs-completions (commandline -opc) "$current" 2>/dev/null
end

complete -c conmonctl -n 'not __conmonctl_command' -s h -l help -d 'Show help'
complete -c conmonctl -n 'not __conmonctl_command' -s v -l version -d 'Show the version'
complete -c conmonctl -n 'not __conmonctl_command' -a setup -d 'Configure Podman or CRI-O to use this monitor, or undo that'
complete -c conmonctl -n 'not __conmonctl_command' -a doctor -d 'Check this machine: what is installed, which monitor is used, what to fix'
complete -c conmonctl -n 'not __conmonctl_command' -a ps -d 'List the monitors on this host, with their containers'
complete -c conmonctl -n 'not __conmonctl_command' -a stats -d 'Show live counters: output, logs, losses, clients, waiting'
complete -c conmonctl -n 'not __conmonctl_command' -a logs -d 'Show the log of a container, or of a file, across rotation and compression'
complete -c conmonctl -n 'not __conmonctl_command' -a attach -d 'Connect the standard streams, or the terminal, to a running container'
complete -c conmonctl -n 'not __conmonctl_command' -a reopen -d 'Reopen a container\'s log at its path, after the file was renamed'
complete -c conmonctl -n 'not __conmonctl_command' -a resize -d 'Give a container\'s terminal another size'
complete -c conmonctl -n 'not __conmonctl_command' -a upgrade -d 'Continue running monitors as another executable'
complete -c conmonctl -n 'not __conmonctl_command' -a adopt -d 'Continue running C conmons as the executable of this package'
complete -c conmonctl -n 'not __conmonctl_command' -a rescue -d 'Start a monitor for containers whose monitor was killed'
complete -c conmonctl -n 'not __conmonctl_command' -a run -d 'Run a container under the monitor, and exit with its status'
complete -c conmonctl -n 'not __conmonctl_command' -a exec -d 'Run a command in a container of run or of the library'
complete -c conmonctl -n 'not __conmonctl_command' -a kill -d 'Send a signal to containers of run and of the library'
complete -c conmonctl -n 'not __conmonctl_command' -a rm -d 'End and remove containers of run and of the library'
complete -c conmonctl -n 'not __conmonctl_command' -a completion -d 'Print the completion script of a shell: commands, options, values and containers'
complete -c conmonctl -n 'not __conmonctl_command' -a help -d 'Show the help of a command'
complete -c conmonctl -n 'not __conmonctl_command' -a version -d 'Show the version'
complete -c conmonctl -n '__conmonctl_is setup' -l user -d 'Podman of this user, without root (default: for the caller)'
complete -c conmonctl -n '__conmonctl_is setup' -s n -l dry-run -d 'Show what would be done, and do nothing'
complete -c conmonctl -n '__conmonctl_is setup' -l undo -d 'Remove the file again'
complete -c conmonctl -n '__conmonctl_is setup' -l conmon -r -F -d 'The monitor (default: that of this package)'
complete -c conmonctl -n '__conmonctl_is setup' -l json -d 'For programs: JSON instead of text'
complete -c conmonctl -n '__conmonctl_is setup' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is setup' -a 'podman cri-o'
complete -c conmonctl -n '__conmonctl_is doctor' -l json -d 'For programs: JSON instead of text'
complete -c conmonctl -n '__conmonctl_is doctor' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is ps' -l filter -x -d 'Only those with id (prefix), name (part), state, user, kind or mode=container|exec; may be repeated'
complete -c conmonctl -n '__conmonctl_is ps' -l sort -x -d 'Sort by a column, text in ascending, numbers in descending order; -COLUMN reverses that'
complete -c conmonctl -n '__conmonctl_is ps' -s q -l quiet -d 'Print only IDs, each once'
complete -c conmonctl -n '__conmonctl_is ps' -l no-trunc -d 'Print whole IDs, and all columns on a narrow terminal'
complete -c conmonctl -n '__conmonctl_is ps' -l json -d 'For programs: JSON instead of text'
complete -c conmonctl -n '__conmonctl_is ps' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is stats' -s w -l watch -d 'Repeat until interrupted; on a terminal in place'
complete -c conmonctl -n '__conmonctl_is stats' -l interval -x -d 'Seconds between two tables, only with --watch (default: 2)'
complete -c conmonctl -n '__conmonctl_is stats' -l format -x -a 'table json openmetrics prometheus' -d 'Output format'
complete -c conmonctl -n '__conmonctl_is stats' -s o -l output -r -F -d 'Replace this file atomically instead of printing'
complete -c conmonctl -n '__conmonctl_is stats' -l filter -x -d 'Only those with id (prefix), name (part), state, user, kind or mode=container|exec; may be repeated'
complete -c conmonctl -n '__conmonctl_is stats' -l sort -x -d 'Sort by a column, text in ascending, numbers in descending order; -COLUMN reverses that'
complete -c conmonctl -n '__conmonctl_is stats' -s q -l quiet -d 'Print only IDs, each once'
complete -c conmonctl -n '__conmonctl_is stats' -l no-trunc -d 'Print whole IDs, and all columns on a narrow terminal'
complete -c conmonctl -n '__conmonctl_is stats' -l json -d 'The same as --format json'
complete -c conmonctl -n '__conmonctl_is stats' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is stats' -a '(__conmonctl_containers)' -d container
complete -c conmonctl -n '__conmonctl_is logs' -s f -l follow -d 'Print new records until the container exits'
complete -c conmonctl -n '__conmonctl_is logs' -l since -x -d 'Only records since TIME: 10m, 1h30m, 2d (ago), or RFC 3339'
complete -c conmonctl -n '__conmonctl_is logs' -l until -x -d 'Only records until TIME, in the same formats'
complete -c conmonctl -n '__conmonctl_is logs' -s n -l tail -x -d 'Only the last N lines, or all'
complete -c conmonctl -n '__conmonctl_is logs' -l stream -x -a 'stdout stderr' -d 'Only this stream'
complete -c conmonctl -n '__conmonctl_is logs' -s t -l timestamps -d 'Print the time before each line'
complete -c conmonctl -n '__conmonctl_is logs' -l json -d 'For programs: one JSON object for each record'
complete -c conmonctl -n '__conmonctl_is logs' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is logs' -a '(__conmonctl_containers)' -d container
complete -c conmonctl -n '__conmonctl_is logs; and string match -qr "[/.]" -- (commandline -ct)' -F
complete -c conmonctl -n '__conmonctl_is attach' -l detach-keys -x -d 'Keys that leave the container running'
complete -c conmonctl -n '__conmonctl_is attach' -l no-stdin -d 'Show output only: leaving has no effect on the container'
complete -c conmonctl -n '__conmonctl_is attach' -l json -d 'For programs: at the end one JSON object on stderr'
complete -c conmonctl -n '__conmonctl_is attach' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is attach' -a '(__conmonctl_containers)' -d container
complete -c conmonctl -n '__conmonctl_is reopen' -l json -d 'For programs: JSON instead of text'
complete -c conmonctl -n '__conmonctl_is reopen' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is reopen' -a '(__conmonctl_containers)' -d container
complete -c conmonctl -n '__conmonctl_is resize' -l json -d 'For programs: JSON instead of text'
complete -c conmonctl -n '__conmonctl_is resize' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is resize' -a '(__conmonctl_containers)' -d container
complete -c conmonctl -n '__conmonctl_is upgrade' -l all -d 'All monitors of root and of the caller'
complete -c conmonctl -n '__conmonctl_is upgrade' -l executable -r -F -d 'The new executable; default: that of this package'
complete -c conmonctl -n '__conmonctl_is upgrade' -l json -d 'For programs: JSON instead of text'
complete -c conmonctl -n '__conmonctl_is upgrade' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is upgrade' -a '(__conmonctl_containers)' -d container
complete -c conmonctl -n '__conmonctl_is adopt' -l all -d 'All C conmons of root and of the caller'
complete -c conmonctl -n '__conmonctl_is adopt' -l executable -r -F -d 'The executable; default: that of this package'
complete -c conmonctl -n '__conmonctl_is adopt' -l json -d 'For programs: JSON instead of text'
complete -c conmonctl -n '__conmonctl_is adopt' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is adopt' -a '(__conmonctl_containers)' -d container
complete -c conmonctl -n '__conmonctl_is rescue' -l all -d 'All containers of the caller without a monitor'
complete -c conmonctl -n '__conmonctl_is rescue' -l watch -d 'Wait for monitors to be killed, until SIGTERM or SIGINT'
complete -c conmonctl -n '__conmonctl_is rescue' -l executable -r -F -d 'The executable of the new monitor; default: that of this package'
complete -c conmonctl -n '__conmonctl_is rescue' -l json -d 'For programs: JSON instead of text'
complete -c conmonctl -n '__conmonctl_is rescue' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is rescue' -a '(__conmonctl_containers)' -d container
complete -c conmonctl -n '__conmonctl_is run' -s b -l bundle -x -a '(__fish_complete_directories)' -d 'OCI bundle to run'
complete -c conmonctl -n '__conmonctl_is run' -l rootfs -x -a '(__fish_complete_directories)' -d 'Root file system for the command after --'
complete -c conmonctl -n '__conmonctl_is run' -s e -l env -x -d 'Environment variable of the command; may be repeated'
complete -c conmonctl -n '__conmonctl_is run' -l cwd -x -a '(__fish_complete_directories)' -d 'Working directory of the command (default: /)'
complete -c conmonctl -n '__conmonctl_is run' -l hostname -x -d 'Host name of the container'
complete -c conmonctl -n '__conmonctl_is run' -l network -x -a 'none host' -d 'Network of the container: none (only loopback) or host'
complete -c conmonctl -n '__conmonctl_is run' -l read-only -d 'Make the root file system read-only'
complete -c conmonctl -n '__conmonctl_is run' -s d -l detach -d 'Leave the container running, and print its id'
complete -c conmonctl -n '__conmonctl_is run' -s i -l interactive -d 'Attach, and connect standard input to the container'
complete -c conmonctl -n '__conmonctl_is run' -s t -l terminal -d 'Give the container a terminal, connected to the current one if there is one'
complete -c conmonctl -n '__conmonctl_is run' -s r -l runtime -r -F -d 'OCI runtime: auto, crun, runc, mini or a path'
complete -c conmonctl -n '__conmonctl_is run' -l conmon -r -F -d 'The monitor (default: that of this package)'
complete -c conmonctl -n '__conmonctl_is run' -l conmon-arg -x -d 'Additional argument of the monitor; may be repeated'
complete -c conmonctl -n '__conmonctl_is run' -l log -x -d 'Where the output is logged: k8s-file, json-file, journald or none; may be repeated (default: k8s-file)'
complete -c conmonctl -n '__conmonctl_is run' -l timeout -x -d 'Kill the container after SECONDS'
complete -c conmonctl -n '__conmonctl_is run' -l grace -x -d 'Seconds between the first signal and SIGKILL'
complete -c conmonctl -n '__conmonctl_is run' -l log-level -x -a 'error warning info debug trace' -d 'Level of the monitor\'s own messages'
complete -c conmonctl -n '__conmonctl_is run' -l explain -d 'Explain each step as it happens'
complete -c conmonctl -n '__conmonctl_is run' -l json -d 'Print each step as a line of JSON'
complete -c conmonctl -n '__conmonctl_is run' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is run; and contains -- -- (commandline -opc)' -F -a '(__fish_complete_command)'
complete -c conmonctl -n '__conmonctl_is exec' -s i -l interactive -d 'Connect standard input to the command'
complete -c conmonctl -n '__conmonctl_is exec' -s t -l terminal -d 'Give the command a terminal, connected to the current one if there is one'
complete -c conmonctl -n '__conmonctl_is exec' -s e -l env -x -d 'Environment variable of the command; may be repeated'
complete -c conmonctl -n '__conmonctl_is exec' -l cwd -x -a '(__fish_complete_directories)' -d 'Working directory of the command'
complete -c conmonctl -n '__conmonctl_is exec' -s u -l user -x -d 'User and group in the container, as numbers'
complete -c conmonctl -n '__conmonctl_is exec' -l timeout -x -d 'Kill the command after SECONDS'
complete -c conmonctl -n '__conmonctl_is exec' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is exec' -a '(__conmonctl_containers)' -d container
complete -c conmonctl -n '__conmonctl_is kill' -s s -l signal -x -d 'Name or number of the signal'
complete -c conmonctl -n '__conmonctl_is kill' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is kill' -a '(__conmonctl_containers)' -d container
complete -c conmonctl -n '__conmonctl_is rm' -l leftovers -d 'Remove what killed programs have left behind'
complete -c conmonctl -n '__conmonctl_is rm' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is rm' -a '(__conmonctl_containers)' -d container
complete -c conmonctl -n '__conmonctl_is completion' -s h -l help -d 'Show help'
complete -c conmonctl -n '__conmonctl_is completion' -a 'bash zsh fish'
complete -c conmonctl -n '__conmonctl_is help' -a 'setup doctor ps stats logs attach reopen resize upgrade adopt rescue run exec kill rm completion'
