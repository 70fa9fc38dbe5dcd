/** `conmonctl doctor`. */
import { command, JSON_OPTION } from '../command.js';

export const DOCTOR = command({
  name: 'doctor',
  pattern: '',
  summary: 'Check this machine: what is installed, which monitor is used, what to fix',
  usage: ['[--json]'],
  description: [
    'Looks at the kernel, cgroups, OCI runtimes, container managers, their configuration and the monitor each of them uses, containers ' +
      'without a monitor, pipe limits and the journal. Each problem comes with its fix. Nothing is changed.',
  ],
  examples: [
    ['$0 doctor', 'findings, with what to do'],
    ['$0 doctor --json', 'the same for programs'],
  ],
  positionals: {},
  options: { json: JSON_OPTION },
  statuses: [['1', 'there is a problem: containers cannot run, or not under this monitor']],
  run: async (argv) => (await import('../doctor/doctor-command.js')).doctorCommand(argv),
});
