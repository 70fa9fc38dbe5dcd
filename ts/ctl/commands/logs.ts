/** `conmonctl logs`. */
import { command, JSON_OPTION } from '../command.js';

export const LOGS = command({
  name: 'logs',
  pattern: '<source>',
  summary: 'Show the log of a container, or of a file, across rotation and compression',
  usage: ['[OPTIONS] CONTAINER', '[OPTIONS] FILE'],
  description: [
    'Shows what a container wrote: its stdout on ours, its stderr on ours. The log is that of a container under a monitor here, ' +
      'or a file, which has a slash in its name (*./FILE*); a whole container id without a monitor is looked for in the journal. ' +
      'Files may be k8s-file or json-file; those that rotation keeps (*FILE*.1, *FILE*.2.gz, …) are read before it.',
    'Times are *2026-11-24T18:10:00.5+01:00*, *2026-11-24 18:10* or *2026-11-24* (local), seconds since 1970, or how long ago: ' +
      '*90s*, *1h30m*, *2d*. Both are inclusive.',
    'Lines that are not records, or are longer than 1 MiB, are reported on stderr and skipped. What a container wrote is printed as ' +
      'it is, escape sequences included; **--json** escapes them.',
  ],
  examples: [
    ['$0 logs --tail 20 -f web', 'the last lines, and what comes, until the container ends'],
    ['$0 logs --since 1h --stream stderr --timestamps web', 'errors of the last hour'],
    ['$0 logs --json ./ctr.log | jq -r .text', 'records of a file, for programs'],
  ],
  positionals: {
    source: {
      type: 'string',
      demandOption: true,
      describe: 'Id, begin of an id or name of a container, or pid:N of its monitor; or a file, with a slash',
    },
  },
  options: {
    follow: { alias: 'f', type: 'boolean', describe: 'Go on with what is written, until the container ends' },
    since: { placeholder: 'TIME', type: 'string', requiresArg: true, describe: 'Not what is older than TIME' },
    until: { placeholder: 'TIME', type: 'string', requiresArg: true, describe: 'Not what is newer than TIME' },
    tail: {
      placeholder: 'N',
      alias: 'n',
      type: 'string',
      requiresArg: true,
      describe: 'Only the last N lines, or all',
    },
    stream: { choices: ['stdout', 'stderr'], requiresArg: true, describe: 'Only this stream' },
    timestamps: { alias: 't', type: 'boolean', describe: 'The time in front of each line' },
    json: { ...JSON_OPTION, describe: 'For programs: one JSON object a record' },
  },
  statuses: [['1', 'no monitor has such a container']],
  run: async (argv) => (await import('../logs/logs-command.js')).logsCommand(argv),
});
