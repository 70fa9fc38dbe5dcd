/** `conmonctl adopt`. */
import { command, CONTAINERS, flag, JSON_OPTION, value } from '../command.js';

export const ADOPT = command({
  name: 'adopt',
  pattern: '[container..]',
  summary: 'Continue running C conmons as the executable of this package',
  usage: ['[--executable PATH] CONTAINER…', '[--executable PATH] --all'],
  description: [
    'A C conmon, version 2.1.6 to 2.2.1, becomes a monitor of this project while its container runs: same pid, same parent, same ' +
      'descriptors. Its container waits for some 10 milliseconds, and nothing is lost of its output and input, its attach clients ' +
      'and its time limit. So a host can switch to this project without restarting its containers.',
    'The process is stopped with ptrace(2) while it waits for events, and executes the executable. That is tried first: what is ' +
      'not understood of the process, such as an unknown descriptor, is reported as the reason, and the C conmon continues.',
    'The caller needs the right to trace the process: root has it, and the user of the monitor unless the system forbids it (Yama). The ' +
      'file must belong to root or to that user, and no other user may be able to write to it.',
    'Monitors of exec sessions are not adopted; they end with their session. **--all** passes them over, and the monitors of this project.',
  ],
  examples: [
    ['$0 adopt --all', 'after the installation of the package'],
    ['$0 adopt --executable /usr/libexec/conmon-node/conmon web', 'another executable for one container'],
  ],
  positionals: { container: CONTAINERS },
  options: {
    all: flag('All C conmons of root and of the caller'),
    executable: value('PATH', 'The executable; default: that of this package'),
    json: JSON_OPTION,
  },
  statuses: [['1', 'a C conmon continues because of an error, or no monitor has such a container']],
  run: async (argv) => (await import('../monitors/adopt-command.js')).adoptCommand(argv),
});
