/** `conmonctl resize`. */
import { MAX_WINDOW_SIZE } from '../../planner/constants.js';
import { command, CONTAINER, JSON_OPTION } from '../command.js';

export const RESIZE = command({
  name: 'resize',
  pattern: '<container> <size>',
  summary: "Give a container's terminal another size",
  usage: ['[--json] CONTAINER HEIGHTxWIDTH'],
  description: [`The size is in characters, each up to ${MAX_WINDOW_SIZE}. The monitor sends no confirmation.`],
  examples: [['$0 resize web 24x80', '24 lines of 80 characters']],
  positionals: {
    container: CONTAINER,
    size: { type: 'string', demandOption: true, describe: 'HEIGHTxWIDTH, such as 24x80' },
  },
  options: { json: JSON_OPTION },
  statuses: [['1', 'no monitor has such a container, or it has no terminal']],
  run: async (argv) => (await import('../attach/control-commands.js')).resizeCommand(argv),
});
