/** `conmonctl reopen`. */
import { command, CONTAINER, JSON_OPTION } from '../command.js';

export const REOPEN = command({
  name: 'reopen',
  pattern: '<container>',
  summary: "Reopen a container's log at its path, after the file was renamed",
  usage: ['[--json] CONTAINER'],
  description: [
    'For rotation from outside: rename the log, then call this. Nothing is lost. The monitor sends no confirmation; with one of this ' +
      'project, **conmonctl stats --json** counts *reopens* and *reopenFailures*.',
  ],
  examples: [['mv ctr.log ctr.log.old && $0 reopen web', 'rotation by hand']],
  positionals: { container: CONTAINER },
  options: { json: JSON_OPTION },
  statuses: [['1', 'no monitor has such a container']],
  run: async (argv) => (await import('../attach/control-commands.js')).reopenCommand(argv),
});
