/** `conmonctl ps`. */
import { command, JSON_OPTION } from '../command.js';

export const PS = command({
  name: 'ps',
  pattern: '',
  summary: 'List the monitors on this host, with their containers',
  usage: ['[--no-trunc] [--json]'],
  description: [
    'Lists every monitor, of this project and C conmon alike, oldest first: those of containers and, marked **(exec)**, those of ' +
      'exec sessions in containers. **STATE** is *creating*, *running* or *ended*; **PID** is the first process of the ' +
      'container; **PSS** is the memory of the monitor with its share of what it shares, **PRIVATE** what only it has; **LOG** is ' +
      'the size of the log file. What you may not see is `-`: of other users that is nearly everything. **USER** is the user of the ' +
      'monitor.',
    'Any process can call itself **conmon** and claim any container: of another user’s monitor nothing but its pid and its user is ' +
      'certain. All of those together get 100 ms; one that was not examined by then has a **PROBLEM**.',
    'Only **/proc** and regular files are read; no monitor notices it.',
  ],
  examples: [
    ['$0 ps', 'all monitors'],
    ["$0 ps --json | jq -r '.[].cid'", 'ids of all containers'],
  ],
  positionals: {},
  options: { 'no-trunc': { type: 'boolean', describe: 'Whole ids' }, json: JSON_OPTION },
  statuses: [],
  run: async (argv) => (await import('../monitors/ps-command.js')).psCommand(argv),
});
