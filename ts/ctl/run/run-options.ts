/**
 * The options of `conmonctl run`: yargs' table, and the values that come of it.
 */
import type { InferredOptionTypes } from 'yargs';
import type { Option } from '../command.js';
import { RUNTIME_NAMES } from '../runtimes.js';

export const RUN_OPTIONS = {
  bundle: {
    placeholder: 'DIR',
    alias: 'b',
    type: 'string',
    requiresArg: true,
    describe: 'OCI bundle to run',
    group: 'What:',
  },
  rootfs: {
    placeholder: 'DIR',
    type: 'string',
    requiresArg: true,
    describe: 'Root file system for the command after --',
    group: 'What:',
  },
  env: {
    placeholder: 'NAME=VALUE',
    alias: 'e',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'NAME=VALUE for the command; may be repeated',
    group: 'What:',
  },
  cwd: {
    placeholder: 'DIR',
    type: 'string',
    requiresArg: true,
    describe: 'Folder the command starts in (default: /)',
    group: 'What:',
  },
  hostname: {
    placeholder: 'NAME',
    type: 'string',
    requiresArg: true,
    default: 'container',
    describe: 'Its host name',
    group: 'What:',
  },
  network: {
    choices: ['none', 'host'] as const,
    requiresArg: true,
    default: 'none',
    describe: 'none: loopback only; host: that of this machine',
    group: 'What:',
  },
  'read-only': { type: 'boolean', describe: 'The root file system cannot be written to', group: 'What:' },
  interactive: { alias: 'i', type: 'boolean', describe: 'Attach: our standard input is its input', group: 'How:' },
  terminal: {
    alias: 't',
    type: 'boolean',
    describe: 'The container gets a terminal; with ours if there is one',
    group: 'How:',
  },
  runtime: {
    placeholder: 'RUNTIME',
    alias: 'r',
    type: 'string',
    requiresArg: true,
    default: 'auto',
    describe: `OCI runtime: ${RUNTIME_NAMES.join(', ')} or a path`,
    group: 'How:',
  },
  conmon: {
    placeholder: 'PATH',
    type: 'string',
    requiresArg: true,
    describe: 'The monitor (default: that of this package)',
    group: 'How:',
  },
  'conmon-arg': {
    placeholder: 'ARG',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Further argument of the monitor; may be repeated',
    group: 'How:',
  },
  timeout: {
    placeholder: 'SECONDS',
    type: 'string',
    requiresArg: true,
    describe: 'Kill the container after SECONDS',
    group: 'How:',
  },
  grace: {
    placeholder: 'SECONDS',
    type: 'string',
    requiresArg: true,
    default: '10',
    describe: 'Seconds from the first signal to SIGKILL',
    group: 'How:',
  },
  'log-level': {
    choices: ['error', 'warning', 'info', 'debug', 'trace'] as const,
    requiresArg: true,
    default: 'warning',
    describe: "Of the monitor's own messages",
    group: 'How:',
  },
  explain: { type: 'boolean', describe: 'Tell each step as it happens', group: 'Output:' },
  json: { type: 'boolean', describe: 'The same for programs: one JSON object a line', group: 'Output:' },
} as const satisfies Record<string, Option>;

export type RunArguments = InferredOptionTypes<typeof RUN_OPTIONS>;
