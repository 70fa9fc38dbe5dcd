/** `conmonctl rescue`. */
import { command, flag, JSON_OPTION, NAME_OR_ID, value } from '../command.js';

export const RESCUE = command({
  name: 'rescue',
  pattern: '[container..]',
  summary: 'Start a monitor for containers whose monitor was killed',
  usage: ['[--executable PATH] CONTAINER…', '[--executable PATH] --all', '[--executable PATH] --watch'],
  description: [
    'If a monitor is killed, nothing reads the output of its container or reports its exit. The new monitor opens its pipes again, ' +
      'continues its log (with a record that output may be missing there), creates the attach socket and the FIFOs again, and reports ' +
      'the exit as the first one would have: exit files, exit command. With the right to choose a pid it has that of the first one.',
    'What was lost with the first monitor stays lost: a terminal, attached clients, text that it had read and not written, exit commands ' +
      'of exec sessions. The exit status is known from Linux 6.15 on; on older kernels it is reported as 255, unless the container has a ' +
      'parent that has not reaped it. A container that has ended meanwhile is reported immediately.',
    'Each monitor leaves what is needed in a file beside its pidfile, with mode 0600, while its container runs: *PIDFILE*.rescue. Such ' +
      'files are searched for in the run-time directories of Podman and CRI-O (containers-storage.conf(5)) and of containers that ' +
      '**conmonctl run** and the library have created. Only those of the caller are used. For containers of rootless Podman: ' +
      '**podman unshare conmonctl rescue --all**.',
  ],
  examples: [
    ['$0 rescue --all', 'all containers that have lost their monitor'],
    ['$0 rescue --watch', 'each within a second, for a service'],
    ['$0 rescue /run/example/ctr', 'a container of another manager, by the directory of its pidfile'],
  ],
  positionals: {
    container: {
      type: 'string',
      array: true,
      describe: `${NAME_OR_ID}, or a path of the file or of its directory`,
    },
  },
  options: {
    all: flag('All containers of the caller without a monitor'),
    watch: flag('Wait for monitors to be killed, until SIGTERM or SIGINT'),
    executable: value('PATH', 'The executable of the new monitor; default: that of this package'),
    json: JSON_OPTION,
  },
  statuses: [['1', 'a container has no monitor because of an error, or there is no record of such a container']],
  run: async (argv) => (await import('../rescue/rescue-command.js')).rescueCommand(argv),
});
