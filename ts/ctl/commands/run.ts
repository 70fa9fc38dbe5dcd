/** `conmonctl run`. */
import { command } from '../command.js';
import { RUN_OPTIONS } from '../run/run-options.js';

export const RUN = command({
  name: 'run',
  pattern: '[id]',
  summary: 'Run a container under the monitor, and end with its status',
  usage: [
    '[OPTIONS] --bundle DIR [ID]',
    '[OPTIONS] --rootfs DIR [ID] -- COMMAND [ARGUMENT…]',
    '[OPTIONS] [ID] -- COMMAND [ARGUMENT…]     (a plain process, not isolated)',
  ],
  description: [
    'Does what a container manager does with a monitor, in the open: writes a bundle if there is none, starts the monitor, lets ' +
      'the OCI runtime create and start the container, shows its output, waits for its end and removes what is left.',
    'Signals are handed on to the container; the second one kills it.',
  ],
  examples: [
    ['$0 run --explain --rootfs ./rootfs -- /bin/sh -c "echo hello; exit 3"', 'shows each step'],
    ['$0 run -it --rootfs ./rootfs -- /bin/sh', 'a shell in a terminal'],
    ['$0 run --bundle ./bundle web', 'a bundle, as runtimes take it'],
  ],
  positionals: { id: { type: 'string', describe: 'Id of the container (default: one that nobody else has)' } },
  options: RUN_OPTIONS,
  statuses: [
    ['126, 127', 'the command cannot be executed, or is not there'],
    ['other', "the container's own, 128 + N if signal N killed it"],
  ],
  run: async (argv, rest) => (await import('../run/run-command.js')).runCommand(argv, argv.id, rest),
});
