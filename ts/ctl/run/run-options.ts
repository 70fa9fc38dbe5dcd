/**
 * The options of `conmonctl run`: the table for yargs, and the type of its values.
 */
import type { InferredOptionTypes } from 'yargs';
import { ENV_OPTION, type Option } from '../command.js';
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
  env: { ...ENV_OPTION, group: 'What:' },
  cwd: {
    placeholder: 'DIR',
    type: 'string',
    requiresArg: true,
    describe: 'Working directory of the command (default: /)',
    group: 'What:',
  },
  hostname: {
    placeholder: 'NAME',
    type: 'string',
    requiresArg: true,
    default: 'container',
    describe: 'Host name of the container',
    group: 'What:',
  },
  network: {
    choices: ['none', 'host'] as const,
    requiresArg: true,
    default: 'none',
    describe: 'Network of the container: none (only loopback) or host',
    group: 'What:',
  },
  'read-only': { type: 'boolean', describe: 'Make the root file system read-only', group: 'What:' },
  detach: { alias: 'd', type: 'boolean', describe: 'Leave the container running, and print its id', group: 'How:' },
  interactive: { alias: 'i', type: 'boolean', describe: 'Attach, with our standard input as its input', group: 'How:' },
  terminal: {
    alias: 't',
    type: 'boolean',
    describe: 'Give the container a terminal, connected to ours if there is one',
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
    describe: 'Additional argument of the monitor; may be repeated',
    group: 'How:',
  },
  log: {
    placeholder: 'DRIVER[:PATH]',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Where the output is logged: k8s-file, json-file, journald or none; may be repeated (default: k8s-file)',
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
    describe: 'Seconds between the first signal and SIGKILL',
    group: 'How:',
  },
  'log-level': {
    choices: ['error', 'warning', 'info', 'debug', 'trace'] as const,
    requiresArg: true,
    default: 'warning',
    describe: "Level of the monitor's own messages",
    group: 'How:',
  },
  explain: { type: 'boolean', describe: 'Explain each step as it happens', group: 'Output:' },
  json: { type: 'boolean', describe: 'Print each step as a line of JSON', group: 'Output:' },
} as const satisfies Record<string, Option>;

export type RunArguments = InferredOptionTypes<typeof RUN_OPTIONS>;
