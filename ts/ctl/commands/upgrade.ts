/** `conmonctl upgrade`. */
import { command, CONTAINERS, flag, JSON_OPTION, value } from '../command.js';

export const UPGRADE = command({
  name: 'upgrade',
  pattern: '[container..]',
  summary: 'Continue running monitors as another executable',
  usage: ['[--executable PATH] CONTAINER…', '[--executable PATH] --all'],
  description: [
    'Each monitor executes the new executable in its own process: same pid, same parent, same descriptors. Its container waits for a ' +
      'few milliseconds, and nothing is lost of its output and input, its attach clients, its time limit and pending exit commands. ' +
      'The monitor first tries the new executable in a child; if that cannot continue it, the monitor keeps its executable and reports the reason.',
    'The file must belong to root or to the user of the monitor, and no other user may be able to write to it. A monitor without an ' +
      'exit command is restricted: it can only execute files in the directory of its present executable.',
    'Monitors of Podman’s exec sessions are upgraded as well. Those of CRI-O’s, monitors inside a Node process and those of C conmon ' +
      'keep their executable until they end: **--all** passes them over, and those that already run this file.',
  ],
  examples: [
    ['$0 upgrade --all', 'after an update of the package'],
    ['$0 upgrade --executable /usr/libexec/conmon-node/conmon web', 'another executable for one container'],
  ],
  positionals: { container: CONTAINERS },
  options: {
    all: flag('All monitors of root and of the caller'),
    executable: value('PATH', 'The new executable; default: that of this package'),
    json: JSON_OPTION,
  },
  statuses: [['1', 'a monitor keeps its executable because of an error, or no monitor has such a container']],
  run: async (argv) => (await import('../monitors/upgrade-command.js')).upgradeCommand(argv),
});
