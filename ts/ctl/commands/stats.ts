/** `conmonctl stats`. */
import { command, JSON_OPTION } from '../command.js';

export const STATS = command({
  name: 'stats',
  pattern: '[container..]',
  summary: 'Show live counters: output, logs, losses, clients, waiting',
  usage: ['[OPTIONS] [CONTAINER…]'],
  description: [
    'Shows what each monitor has counted since it began: **OUT** and **LINES** that the container wrote, **LOGGED** and **LOST** ' +
      'bytes of that, **IN** from clients, **CLIENTS** attached now and the bytes **QUEUED** for them and for journald, how long ' +
      'the container **WAITED** for a slow reader, log files **ROTATED**, and how often memory ran out (**OOM**). With ' +
      '**--watch**, **OUT/S** is the rate since the last time.',
    'A monitor is not asked and does not notice: its counters stand in memory that it shares. C conmon has none; that is said in ' +
      'the place of the numbers, which is not an error. Without a log, lines are not counted.',
    '**--format openmetrics** is for the textfile collector of node_exporter: write it into its directory with **--output**, as ' +
      '*NAME***.prom**. Further processes (exec) are only counted there.',
  ],
  examples: [
    ['$0 stats', 'all containers, once'],
    ['$0 stats --watch web', 'one, every two seconds'],
    ['$0 stats --format openmetrics --output /var/lib/node_exporter/conmon.prom', 'for Prometheus'],
  ],
  positionals: {
    container: {
      type: 'string',
      array: true,
      describe: 'Id, begin of an id, or name; or pid:N of the monitor (default: all)',
    },
  },
  options: {
    watch: { alias: 'w', type: 'boolean', describe: 'Again and again, until interrupted' },
    interval: {
      placeholder: 'SECONDS',
      type: 'string',
      requiresArg: true,
      default: '2',
      describe: 'Seconds between, with --watch',
    },
    format: {
      choices: ['table', 'json', 'openmetrics'],
      requiresArg: true,
      default: 'table',
      describe: 'What is printed',
    },
    output: {
      placeholder: 'FILE',
      alias: 'o',
      type: 'string',
      requiresArg: true,
      describe: 'Replace this file atomically instead of printing',
    },
    json: { ...JSON_OPTION, describe: 'The same as --format json' },
  },
  statuses: [['1', 'no monitor has such a container']],
  run: async (argv) => (await import('../monitors/stats-command.js')).statsCommand(argv),
});
