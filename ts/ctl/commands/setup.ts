/** `conmonctl setup`. */
import { command, JSON_OPTION } from '../command.js';

export const SETUP = command({
  name: 'setup',
  pattern: '<manager>',
  summary: 'Have Podman or CRI-O use this monitor, or no longer',
  usage: ['podman [--user] [--dry-run] [--undo]', 'cri-o [--dry-run] [--undo]'],
  description: [
    "Writes a drop-in file of its own, **50-conmon-node.conf**, into the manager's configuration, and asks the manager " +
      'whether it took. Nothing else is changed: what other files say holds, and **--undo** removes the file. Containers that ' +
      'run keep the monitor they have.',
    'For CRI-O, every runtime that is configured gets **monitor_path**; its other settings are repeated in the file, because ' +
      'CRI-O replaces the whole table of a runtime. CRI-O reads its configuration when it starts: restart it.',
  ],
  examples: [
    ['$0 setup podman', 'all containers of root'],
    ['$0 setup podman --user --dry-run', 'shows what would be written for your own'],
    ['$0 setup podman --undo', 'the monitor of the distribution again'],
  ],
  positionals: {
    manager: { choices: ['podman', 'cri-o'], demandOption: true, describe: 'The container manager: podman or cri-o' },
  },
  options: {
    user: { type: 'boolean', describe: 'Podman of this user, without root (default: for the caller)' },
    'dry-run': { alias: 'n', type: 'boolean', describe: 'Show what would be done, and do nothing' },
    undo: { type: 'boolean', describe: 'Remove the file again' },
    conmon: {
      placeholder: 'PATH',
      type: 'string',
      requiresArg: true,
      describe: 'The monitor (default: that of this package)',
    },
    json: JSON_OPTION,
  },
  statuses: [['1', 'the file is written or removed, but the manager uses another monitor than it should']],
  run: async (argv) => (await import('../setup/setup-command.js')).setupCommand(argv),
});
