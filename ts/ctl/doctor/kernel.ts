/**
 * Kernel and cgroups.
 */
import { runtimeAdvice } from '../runtimes.js';
import { type Finding, good, note, problem, warning } from './finding.js';
import type { Machine } from './machine.js';

/** The oldest kernel that the executable runs on, and the first with every call that it prefers: close_range(2). */
const NEEDED = [4, 18] as const;
const COMPLETE = [5, 9] as const;
/** statfs(2). */
const CGROUP2 = 0x63677270;
const TMPFS = 0x01021994;
const ROOT = '/sys/fs/cgroup';

export function kernelFindings(machine: Machine): readonly Finding[] {
  return [kernel(machine), cgroups(machine)];
}

function kernel({ kernel, processor }: Machine): Finding {
  const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  const isBefore = (version: readonly [number, number]): boolean =>
    major < version[0] || (major === version[0] && minor < version[1]);
  const what = `Linux ${kernel}, ${processor}`;
  if (isBefore(NEEDED)) return problem('kernel', what, `The monitor needs Linux ${NEEDED.join('.')} or later.`);
  if (!isBefore(COMPLETE)) return good('kernel', what);
  return note(
    'kernel',
    what,
    `The monitor works without newer system calls. Linux ${COMPLETE.join('.')} has all that it can use.`,
  );
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
      runtimeAdvice('hybrid mode not supported') ?? '',
    );
  }
  return note('cgroups', `v1${controllers === undefined ? '' : ' (hybrid)'}`, 'Recent managers expect v2.');
}

function unified(machine: Machine): Finding {
  if (machine.uid === 0) return good('cgroups', 'v2');
  const { uid } = machine;
  const controllers = machine.read(`${ROOT}/user.slice/user-${uid}.slice/user@${uid}.service/cgroup.controllers`) ?? '';
  if (controllers.split(/\s/).includes('memory')) return good('cgroups', 'v2, with the memory controller for you');
  return warning(
    'cgroups',
    'v2, without the memory controller for you: no limits, and OOM kills go unnoticed',
    'Log in through systemd (loginctl), and have it delegate: Delegate=memory pids cpu in user@.service.d.',
  );
}
