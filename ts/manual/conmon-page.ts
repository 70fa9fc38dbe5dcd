/**
 * conmon(8), from the option table of the planner.
 */
import { OPTION_SPECS, type OptionSpec } from '../planner/options.js';
import { ENVIRONMENT } from './environment.js';
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
          paragraph('**conmonctl setup podman** writes that, and asks Podman whether it took.'),
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
  '**conmon** stays with a container from its begin to its end: it calls the OCI runtime that makes it, holds its standard ' +
    'streams, writes its log, lets clients attach, forwards signals, notices when memory runs out, and reports how it ended. ' +
    'Managers such as Podman and CRI-O start one for each container, and one for each further process in it (**--exec**).',
  'It takes the command line of the conmon that these managers come with, and does the same. The process that is started leaves ' +
    'as soon as the monitor is on its own; with **--sync** it stays. Once a container runs, no error ends its monitor.',
];

const OPTIONS_ARE =
  'A value follows after a space or after **=**, and may begin with a dash. Of an option that is given twice the last counts, ' +
  'unless it is repeatable. What is no option is ignored.';

const LOGS = [
  [
    '**k8s-file:***PATH*, or *PATH*',
    'One record a line, as the CRI has it: time, stream, **F** for a whole line or **P** for a part, text.',
  ],
  ['**json-file:***PATH*', "The format of Docker's driver of that name."],
  ['**journald**', 'The journal of systemd, by its native protocol.'],
  ['**passthrough**', "The container gets the caller's own streams; nothing is logged, and nobody can attach."],
  ['**none**, **null**, **off**', 'No log.'],
] as const;

const MANAGERS =
  'Podman passes on what **conmon_env_vars** of containers.conf(5) lists, CRI-O what **monitor_env** does. A bad value is a warning, ' +
  'and the default holds.';

const FILES = [
  [
    '*BUNDLE*/attach',
    'Socket (SOCK_SEQPACKET) of clients. Without **--full-attach** it is found through *DIR*/*CUUID*.',
  ],
  [
    '*BUNDLE*/ctl',
    'FIFO for requests: **1** *H* *W* gives the terminal a size, **2 0 0** lets the log go on at its path.',
  ],
  ['*BUNDLE*/winsz', 'FIFO for sizes alone.'],
  ['*BUNDLE*/oom, *PERSIST*/oom', 'Empty; there if memory ran out.'],
  ['*PERSIST*/exit, *EXITDIR*/*ID*', 'The exit status, digits alone.'],
] as const;

const STATUS =
  'The process that was started: 0 when the monitor is on its own, 1 when nothing could be started; the reason is on stderr and on ' +
  'the sync pipe. The monitor: that of the container, 128 + *N* if signal *N* killed it, whatever that of **--exit-command** is.';

function options(): readonly (readonly [string, string])[] {
  return Object.entries(OPTION_SPECS)
    .filter(([, { hidden }]) => hidden !== true)
    .map(([name, spec]) => [spelling(name, spec), `${spec.describe}.`]);
}

function spelling(name: string, { short, placeholder }: OptionSpec): string {
  const value = placeholder === undefined ? '' : ` *${placeholder}*`;
  return [...(short === undefined ? [] : [`**-${short}**${value}`]), `**--${name}**${value}`].join(', ');
}
