/** `conmonctl setup`. */
import { command, flag, JSON_OPTION, value } from '../command.js';

export const SETUP = command({
  name: 'setup',
  pattern: '<manager>',
  summary: 'Configure Podman or CRI-O to use this monitor, or undo that',
  usage: ['podman [--user] [--dry-run] [--undo]', 'cri-o [--dry-run] [--undo]'],
  description: [
    "Writes a drop-in file of its own, **50-conmon-node.conf**, into the manager's configuration, and asks the manager " +
      'which monitor it then uses. If that is another one, the file is restored. Nothing else is changed, and **--undo** removes ' +
      'the file. Running containers keep their monitor. Undo this before you uninstall the package: the file names the ' +
      'monitor by its path.',
    'The monitor is called with **--version** first, and nothing is written if its output is not that of a monitor, or if a file of the ' +
      'configuration cannot be read.',
    'For CRI-O, every runtime that is configured gets **monitor_path**; its other settings are repeated in the file, because ' +
      'CRI-O replaces the whole table of a runtime. CRI-O reads its configuration when it starts: restart it.',
  ],
  examples: [
    ['$0 setup podman', 'all containers of root'],
    ['$0 setup podman --user --dry-run', 'shows what would be written for your own containers'],
    ['$0 setup podman --undo', 'the monitor of the distribution again'],
  ],
  positionals: {
    manager: { choices: ['podman', 'cri-o'], demandOption: true, describe: 'The container manager: podman or cri-o' },
  },
  options: {
    user: flag('Podman of this user, without root (default: for the caller)'),
    'dry-run': flag('Show what would be done, and do nothing', { alias: 'n' }),
    undo: flag('Remove the file again'),
    conmon: value('PATH', 'The monitor (default: that of this package)'),
    json: JSON_OPTION,
  },
  statuses: [['1', 'the manager uses another monitor, or does not answer']],
  run: async (argv) => (await import('../setup/setup-command.js')).setupCommand(argv),
});
