/**
 * conmon(8), from the option table of the planner.
 */
import { OPTIONS, type OptionSpec } from '../planner/options.js';
import { LOG_FORMATS } from '../planner/plan.js';
import { ENVIRONMENT } from './environment.js';
import { OPTION_NAMES, optionText } from './option-text.js';
import { example, type Page, paragraph, synopsis, terms } from './roff.js';

/** `version` is that of the package. */
export function conmonPage(version: string, revised: string): Page {
  return {
    ...{ name: 'conmon', section: 8, purpose: 'monitor a container for its manager', revised },
    source: `conmon-node ${version}`,
    sections: [
      {
        title: 'SYNOPSIS',
        blocks: [
          synopsis('**conmon** **--cid** *ID* **--cuuid** *ID* **--runtime** *PATH* **--log-path** *LOG* [*OPTION*]…'),
        ],
      },
      { title: 'DESCRIPTION', blocks: DESCRIPTION.map(paragraph) },
      { title: 'OPTIONS', blocks: [paragraph(OPTIONS_ARE), terms(options())] },
      { title: 'LOGS', blocks: [terms(LOGS)] },
      { title: 'ENVIRONMENT', blocks: [paragraph(MANAGERS), terms(ENVIRONMENT)] },
      { title: 'FILES', blocks: [terms(FILES)] },
      { title: 'EXIT STATUS', blocks: [paragraph(STATUS)] },
      {
        title: 'EXAMPLES',
        blocks: [
          paragraph('For all containers of root, in containers.conf(5):'),
          example('[engine]', 'conmon_path = ["/usr/local/libexec/conmon-node/conmon"]'),
          paragraph('**conmonctl setup podman** writes that, and asks Podman whether it uses it.'),
        ],
      },
      {
        title: 'SEE ALSO',
        blocks: [
          paragraph(
            '**conmonctl**(1), **podman**(1), **crio**(8), **crun**(1), **runc**(8), **containers.conf**(5), **crio.conf**(5)',
          ),
        ],
      },
    ],
  };
}

const DESCRIPTION = [
  '**conmon** monitors a container for its whole life: it calls the OCI runtime that creates it, holds its standard streams, writes ' +
    'its log, serves attach clients, forwards signals, detects OOM kills, and reports the exit. Managers such as Podman and CRI-O ' +
    'start one for each container, and one for each exec session (**--exec**).',
  'It accepts the command line of the conmon that these managers ship with, and does the same. The started process exits as soon as ' +
    'the monitor runs on its own; with **--sync** it stays. Once a container runs, no error ends its monitor.',
];

const OPTIONS_ARE =
  'A value follows after a space or after **=**, and may start with a dash. The last value of an option wins, unless the option is ' +
  'repeatable. Words that are not options are ignored.';

const LOGS = [
  ...Object.entries(LOG_FORMATS).map(([format, text]) => [`**${format}:***PATH*`, text] as const),
  ['*PATH*', 'The same as **k8s-file:***PATH*.'],
  ['**journald**', "systemd's journal, by its native protocol."],
  ['**passthrough**', "The container inherits the caller's own streams; nothing is logged, and no client can attach."],
  ['**none**, **null**, **off**', 'No log.'],
] as const satisfies readonly (readonly [string, string])[];

const MANAGERS =
  'Podman passes the variables in **conmon_env_vars** of containers.conf(5), CRI-O those in **monitor_env**. An invalid value is ' +
  'ignored with a warning.';

const FILES = [
  [
    '*BUNDLE*/attach',
    'Attach socket (SOCK_SEQPACKET). Without **--full-attach** clients reach it through *DIR*/*CUUID*.',
  ],
  ['*BUNDLE*/ctl', 'FIFO for requests: **1** *H* *W* resizes the terminal, **2 0 0** reopens the log at its path.'],
  ['*BUNDLE*/winsz', 'FIFO for resizes only.'],
  ['*BUNDLE*/oom, *PERSIST*/oom', 'Empty; created after an OOM kill.'],
  ['*PERSIST*/exit, *EXITDIR*/*ID*', 'The exit status, digits only.'],
] as const;

const STATUS =
  'Of the started process: 0 when the monitor runs on its own, 1 when nothing could be started; the reason is on stderr and on the ' +
  'sync pipe. Of the monitor: the exit status of the container, or 128 + *N* if signal *N* killed it, regardless of **--exit-command**.';

function options(): readonly (readonly [string, string])[] {
  return OPTION_NAMES.map((name) => [name, OPTIONS[name] as OptionSpec] as const)
    .filter(([, { hidden }]) => hidden !== true)
    .map(([name, spec]) => [spelling(name, spec), optionText(name, (other) => `**--${other}**`)]);
}

function spelling(name: string, { short, placeholder }: OptionSpec): string {
  const value = placeholder === undefined ? '' : ` *${placeholder}*`;
  return [...(short === undefined ? [] : [`**-${short}**${value}`]), `**--${name}**${value}`].join(', ');
}
