/** `conmonctl kill`. */
import { command, CONTAINERS, value } from '../command.js';

export const KILL = command({
  name: 'kill',
  pattern: '<container..>',
  summary: 'Send a signal to containers of run and of the library',
  usage: ['[--signal SIGNAL] CONTAINER…'],
  description: [
    'Sends a signal to the first process of each container, and prints the ID. Process 1 of a container ignores every signal that it ' +
      'has no handler for, except SIGKILL.',
    'Only for containers that **conmonctl run** or the library has created. Those of Podman and CRI-O are refused: *podman kill*, ' +
      '*crictl stop*.',
  ],
  examples: [
    ['$0 kill web', 'SIGKILL'],
    ['$0 kill --signal HUP web', 'another signal'],
  ],
  positionals: {
    container: { ...CONTAINERS, demandOption: true },
  },
  options: {
    signal: value('SIGNAL', 'Name or number of the signal', { alias: 's', default: 'KILL' }),
  },
  statuses: [['1', 'no such container']],
  run: async (argv) => (await import('../containers/kill-command.js')).killCommand(argv),
});
