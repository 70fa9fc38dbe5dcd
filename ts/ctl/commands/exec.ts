/** `conmonctl exec`. */
import { command, CONTAINER, ENV_OPTION, flag, value } from '../command.js';

export const EXEC = command({
  name: 'exec',
  pattern: '<container> [command..]',
  summary: 'Run a command in a container of run or of the library',
  usage: ['[OPTIONS] CONTAINER -- COMMAND [ARGUMENT…]'],
  description: [
    'Runs a command in a running container, under a monitor of its own, and exits with its status. Options of the command come after ' +
      '**--**. Signals are forwarded to the command.',
    'Environment, working directory, user and privileges are those of the first process of the container, as far as no option ' +
      'changes them.',
    'Only for containers that **conmonctl run** or the library has created. Those of Podman and CRI-O are refused: *podman exec*, ' +
      '*crictl exec*.',
  ],
  examples: [
    ['$0 exec -it web -- /bin/sh', 'a shell in a terminal'],
    ['$0 exec web -- ls -l /srv', 'a command'],
  ],
  positionals: {
    container: CONTAINER,
    command: { type: 'string', array: true, describe: 'The command, and arguments that are not options' },
  },
  options: {
    interactive: flag('Connect standard input to the command', { alias: 'i' }),
    terminal: flag('Give the command a terminal, connected to the current one if there is one', { alias: 't' }),
    env: ENV_OPTION,
    cwd: value('DIR', 'Working directory of the command'),
    user: value('UID[:GID]', 'User and group in the container, as numbers', { alias: 'u' }),
    timeout: value('SECONDS', 'Kill the command after SECONDS'),
  },
  statuses: [
    ['1', 'no such container'],
    ['126, 127', 'the command cannot be executed, or does not exist'],
    ['other', "the command's own, 128 + N if signal N killed it"],
  ],
  hasRest: true,
  run: async (argv, rest) => (await import('../containers/exec-command.js')).execCommand(argv, rest),
});
