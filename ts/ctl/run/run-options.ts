/**
 * The options of `conmonctl run`: the table for yargs, and the type of its values.
 */
import type { InferredOptionTypes } from 'yargs';
import { LOG_FORMATS } from '../../planner/plan.js';
import { ENV_OPTION, flag, grouped, type Table, value } from '../command.js';
import { RUNTIME_NAMES } from '../runtimes.js';

const DRIVERS = `${Object.keys(LOG_FORMATS).join(', ')}, journald or none`;
const LOGS = `Where the output is logged: ${DRIVERS}; may be repeated (default: k8s-file)`;

export const RUN_OPTIONS = {
  ...grouped('What:', {
    bundle: value('DIR', 'OCI bundle to run', { alias: 'b' }),
    rootfs: value('DIR', 'Root file system for the command after --'),
    env: ENV_OPTION,
    cwd: value('DIR', 'Working directory of the command (default: /)'),
    hostname: value('NAME', 'Host name of the container', { default: 'container' }),
    network: {
      choices: ['none', 'host'],
      default: 'none',
      describe: 'Network of the container: none (only loopback) or host',
    },
    'read-only': flag('Make the root file system read-only'),
  }),
  ...grouped('How:', {
    detach: flag('Leave the container running, and print its id', { alias: 'd' }),
    interactive: flag('Attach, and connect standard input to the container', { alias: 'i' }),
    terminal: flag('Give the container a terminal, connected to the current one if there is one', { alias: 't' }),
    runtime: value('RUNTIME', `OCI runtime: ${RUNTIME_NAMES.join(', ')} or a path`, { alias: 'r', default: 'auto' }),
    conmon: value('PATH', 'The monitor (default: that of this package)'),
    'conmon-arg': value('ARG', 'Additional argument of the monitor; may be repeated', { array: true }),
    log: value('DRIVER[:PATH]', LOGS, { array: true }),
    timeout: value('SECONDS', 'Kill the container after SECONDS'),
    grace: value('SECONDS', 'Seconds between the first signal and SIGKILL', { default: '10' }),
    'log-level': {
      choices: ['error', 'warning', 'info', 'debug', 'trace'],
      default: 'warning',
      describe: "Level of the monitor's own messages",
    },
  }),
  ...grouped('Output:', {
    explain: flag('Explain each step as it happens'),
    json: flag('Print each step as a line of JSON'),
  }),
} as const satisfies Table;

export type RunArguments = InferredOptionTypes<typeof RUN_OPTIONS>;
