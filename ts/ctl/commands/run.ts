/** `conmonctl run`. */
import { command } from '../command.js';
import { RUN_OPTIONS } from '../run/run-options.js';

export const RUN = command({
  name: 'run',
  pattern: '[id]',
  summary: 'Run a container under the monitor, and exit with its status',
  usage: [
    '[OPTIONS] --bundle DIR [ID]',
    '[OPTIONS] --rootfs DIR [ID] -- COMMAND [ARGUMENT…]',
    '[OPTIONS] [ID] -- COMMAND [ARGUMENT…]     (a plain process, not isolated)',
  ],
  description: [
    'Does what a container manager does with a monitor: writes a bundle if none is given, starts the monitor, which has the OCI ' +
      'runtime create the container, starts the container, shows its output, waits for its exit and cleans up.',
    'Signals are forwarded to the container; the second one kills it.',
  ],
  examples: [
    ['$0 run --explain --rootfs ./rootfs -- /bin/sh -c "echo hello; exit 3"', 'shows each step'],
    ['$0 run -it --rootfs ./rootfs -- /bin/sh', 'a shell in a terminal'],
    ['$0 run --bundle ./bundle web', 'an OCI bundle'],
  ],
  positionals: { id: { type: 'string', describe: 'Id of the container (default: a random one)' } },
  options: RUN_OPTIONS,
  statuses: [
    ['126, 127', 'the command cannot be executed, or does not exist'],
    ['other', "the container's own, 128 + N if signal N killed it"],
  ],
  hasRest: true,
  run: async (argv, rest) => (await import('../run/run-command.js')).runCommand(argv, argv.id, rest),
});
