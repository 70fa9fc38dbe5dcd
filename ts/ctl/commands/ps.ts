/** `conmonctl ps`. */
import { command, JSON_OPTION } from '../command.js';
import { LIST_OPTIONS } from './list-options.js';

export const PS = command({
  name: 'ps',
  pattern: '',
  summary: 'List the monitors on this host, with their containers',
  usage: ['[OPTIONS]'],
  description: [
    'Lists every monitor, of this project and C conmon alike, oldest first: those of containers and, marked **(exec)**, those of ' +
      'exec sessions in containers. **STATE** is *creating*, *running*, *paused* or *ended*, or *stopped* if the monitor itself ' +
      'is; **PID** is the first process of the container; **USER** is the user of the monitor; **PSS** is the memory of the monitor ' +
      'with its share of what it shares, **PRIVATE** what only it has; **LOG** is the size of the log file. What you may not see ' +
      'is `-`: of other users that is nearly everything.',
    'On a terminal that is too narrow (or with **COLUMNS** set), names and kinds are cut first; then **PRIVATE**, **CLIENTS**, ' +
      '**PSS**, **LOG**, **MONITOR**, **KIND**, **AGE**, **USER** and **PID** are left out, in this order. **--no-trunc** prints ' +
      'everything.',
    'Filters with the same key are alternatives; those with different keys must all match.',
    'Any process can call itself **conmon** and claim any container: of another user’s monitor nothing but its pid and its user is ' +
      'certain. All of those together get 100 ms; one that was not examined by then has a **PROBLEM**.',
    'Only **/proc** and regular files are read; no monitor notices it.',
  ],
  examples: [
    ['$0 ps', 'all monitors'],
    ['$0 ps --filter user=root --filter state=running --sort pss', 'those of root that run, the largest first'],
    ['$0 ps -q --filter mode=container', 'IDs of all containers'],
  ],
  positionals: {},
  options: { ...LIST_OPTIONS, json: JSON_OPTION },
  statuses: [],
  run: async (argv) => (await import('../monitors/ps-command.js')).psCommand(argv),
});
