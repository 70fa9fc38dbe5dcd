/** `conmonctl stats`. */
import { command, CONTAINERS, flag, JSON_OPTION, value } from '../command.js';
import { LIST_OPTIONS } from './list-options.js';

export const STATS = command({
  name: 'stats',
  pattern: '[container..]',
  summary: 'Show live counters: output, logs, losses, clients, waiting',
  usage: ['[OPTIONS] [CONTAINER…]'],
  description: [
    'Shows what each monitor has counted since it was started: **OUT** and **LINES** that the container wrote, **LOGGED** and ' +
      '**LOST** bytes of that, **IN** from clients, **CLIENTS** attached now and the bytes **QUEUED** for them and for journald, how ' +
      'long the container **WAITED** for a slow reader, log files **ROTATED**, and how often memory ran out (**OOM**). With ' +
      '**--watch**, **OUT/S** is the rate since the last time.',
    'Reading the counters does not wake a monitor: they are in memory that it shares. C conmon has none: that is shown instead of ' +
      'the numbers, and is not an error. Without a log, lines are not counted.',
    'On a terminal that is too narrow (or with **COLUMNS** set), names are cut first; then **ROTATED**, **IN**, **CLIENTS**, ' +
      '**QUEUED**, **LOGGED**, **USER**, **LINES**, **OOM** and **WAITED** are left out, in this order. With **--watch**, a table ' +
      'fits the terminal: its last line says how many containers are not shown, so sort what matters to the top.',
    '**--format prometheus** is for the textfile collector of node_exporter: write it into its directory with **--output**, as ' +
      '*NAME***.prom**. **--format openmetrics** has the same metrics for readers of that format. Exec sessions are only counted ' +
      'there. The package has a systemd timer, alert rules and a dashboard in *examples/prometheus*.',
  ],
  examples: [
    ['$0 stats', 'all containers, once'],
    ['$0 stats --watch web', 'one, every two seconds'],
    ['$0 stats --watch --sort out/s', 'those that write most first'],
    [
      '$0 stats --format prometheus --output /var/lib/prometheus/node-exporter/conmon.prom',
      'for the textfile collector of node_exporter, in the directory that Debian gives it',
    ],
  ],
  positionals: {
    container: { ...CONTAINERS, describe: `${CONTAINERS.describe} (default: all)` },
  },
  options: {
    watch: flag('Repeat until interrupted; on a terminal in place', { alias: 'w' }),
    interval: value('SECONDS', 'Seconds between two tables, only with --watch (default: 2)'),
    format: { choices: ['table', 'json', 'openmetrics', 'prometheus'], default: 'table', describe: 'Output format' },
    output: value('FILE', 'Replace this file atomically instead of printing', { alias: 'o' }),
    ...LIST_OPTIONS,
    json: { ...JSON_OPTION, describe: 'The same as --format json' },
  },
  statuses: [['1', 'no monitor has such a container']],
  run: async (argv) => (await import('../monitors/stats-command.js')).statsCommand(argv),
});
