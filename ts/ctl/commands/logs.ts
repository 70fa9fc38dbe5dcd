/** `conmonctl logs`. */
import { LOG_FORMATS } from '../../planner/plan.js';
import { command, CONTAINER, flag, JSON_OPTION, value } from '../command.js';

export const LOGS = command({
  name: 'logs',
  pattern: '<source>',
  summary: 'Show the log of a container, or of a file, across rotation and compression',
  usage: ['[OPTIONS] CONTAINER', '[OPTIONS] FILE'],
  description: [
    'Prints what a container wrote: its stdout to stdout, its stderr to stderr, in the order of the log if both are the same. The ' +
      'log is that of a container under a monitor here, or a file, which has a slash in its name (*./FILE*). The format is ' +
      `${Object.keys(LOG_FORMATS).join(' or ')}; files that rotation keeps (*FILE*.1, *FILE*.2.gz, …) are read before it.`,
    'Logs of ended containers are found by name or id in the storage of Podman and CRI-O (containers-storage.conf(5)) and below ' +
      '*/var/log/pods*; a whole container id is also looked for in the journal.',
    'Times are *2026-11-24T18:10:00.5+01:00*, *2026-11-24 18:10* or *2026-11-24* (local), seconds since 1970, or how long ago: ' +
      '*90s*, *1h30m*, *2d*. Both are inclusive, and apply to each record, also where the clock was set back.',
    'Nothing is left out without a message on stderr. Malformed lines are skipped; the first three are reported, then their ' +
      'number. A line longer than 16 MiB is truncated and marked. A last line without a newline is printed when no process writes ' +
      'to the log any more. When a file cannot be read or decompressed, or not to its end, everything else is printed, and the ' +
      'status is 125.',
    'What a container wrote is printed unchanged, escape sequences included; **--json** escapes them.',
  ],
  examples: [
    ['$0 logs --tail 20 -f web', 'the last lines, then new ones until the container exits'],
    ['$0 logs --since 1h --stream stderr --timestamps web', 'errors of the last hour'],
    ['$0 logs --json ./ctr.log | jq -r .text', 'records of a file, for programs'],
  ],
  positionals: {
    source: {
      placeholder: 'CONTAINER|FILE',
      ...CONTAINER,
      describe: `${CONTAINER.describe}; or a file, with a slash`,
    },
  },
  options: {
    follow: flag('Print new records until the container exits', { alias: 'f' }),
    since: value('TIME', 'Only records since TIME: 10m, 1h30m, 2d (ago), or RFC 3339'),
    until: value('TIME', 'Only records until TIME, in the same formats'),
    tail: value('N', 'Only the last N lines, or all', { alias: 'n' }),
    stream: { choices: ['stdout', 'stderr'], describe: 'Only this stream' },
    timestamps: flag('Print the time before each line', { alias: 't' }),
    json: { ...JSON_OPTION, describe: 'For programs: one JSON object for each record' },
  },
  statuses: [['1', 'no such container']],
  run: async (argv) => (await import('../logs/logs-command.js')).logsCommand(argv),
});
