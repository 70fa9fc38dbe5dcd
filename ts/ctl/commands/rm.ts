/** `conmonctl rm`. */
import { command, CONTAINERS, flag } from '../command.js';

export const RM = command({
  name: 'rm',
  pattern: '[container..]',
  summary: 'End and remove containers of run and of the library',
  usage: ['CONTAINER…', '--leftovers'],
  description: [
    'Kills each container if it still runs, waits for its monitor, and removes its directory with the log. Prints the ID. A directory ' +
      'that was given to the library stays.',
    '**--leftovers** removes what killed programs have left behind: containers that were to end with **conmonctl run**, those that ' +
      'have ended, as has the program that created them, and directories without a container. **conmonctl doctor** lists them.',
    'Only for containers that **conmonctl run** or the library has created. Those of Podman and CRI-O are refused: *podman rm -f*, ' +
      '*crictl rm -f*.',
  ],
  examples: [
    ['$0 rm web', 'ends it and removes everything'],
    ['$0 rm --leftovers', 'what crashes have left behind'],
  ],
  positionals: { container: CONTAINERS },
  options: { leftovers: flag('Remove what killed programs have left behind') },
  statuses: [['1', 'no such container']],
  run: async (argv) => (await import('../containers/rm-command.js')).rmCommand(argv),
});
