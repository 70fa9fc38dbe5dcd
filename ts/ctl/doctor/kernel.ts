/**
 * Kernel and cgroups.
 */
import { adviceFor } from '../runtimes.js';
import { type Finding, good, note, problem, warning } from './finding.js';
import type { Machine } from './machine.js';

/** close_range(2); pidfd_open(2) is older. */
const NEEDED = [5, 9] as const;
/** statfs(2). */
const CGROUP2 = 0x63677270;
const TMPFS = 0x01021994;
const ROOT = '/sys/fs/cgroup';

export function kernelFindings(machine: Machine): readonly Finding[] {
  return [kernel(machine), cgroups(machine)];
}

function kernel({ kernel, processor }: Machine): Finding {
  const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  const what = `Linux ${kernel}, ${processor}`;
  if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
    return problem('kernel', what, `The monitor needs Linux ${NEEDED.join('.')} or later.`);
  }
  return good('kernel', what);
}

function cgroups(machine: Machine): Finding {
  const type = machine.fileSystem(ROOT);
  if (type === CGROUP2) return unified(machine);
  if (type !== TMPFS) {
    return problem('cgroups', `nothing is mounted at ${ROOT}`, `mount -t cgroup2 none ${ROOT}, or boot with systemd.`);
  }
  const controllers = machine.read(`${ROOT}/unified/cgroup.controllers`)?.trim();
  if (controllers !== undefined && controllers !== '') {
    return warning(
      'cgroups',
      `v1 beside a v2 that has controllers (${controllers})`,
      adviceFor('hybrid mode not supported') ?? '',
    );
  }
  return note('cgroups', `v1${controllers === undefined ? '' : ' (hybrid)'}`, 'Recent managers want v2.');
}

function unified(machine: Machine): Finding {
  if (machine.uid === 0) return good('cgroups', 'v2');
  const { uid } = machine;
  const controllers = machine.read(`${ROOT}/user.slice/user-${uid}.slice/user@${uid}.service/cgroup.controllers`) ?? '';
  if (controllers.split(/\s/).includes('memory')) return good('cgroups', 'v2, with the memory controller for you');
  return warning(
    'cgroups',
    'v2, without the memory controller for you: no limits, and running out of memory is not noticed',
    'Log in by systemd (loginctl), and let it delegate: Delegate=memory pids cpu in user@.service.d.',
  );
}
