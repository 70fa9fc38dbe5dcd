/**
 * Whether a process is frozen, as those of a paused container are: cgroups(7). Of cgroup v2 it is in `cgroup.events`, of v1 in
 * `freezer.state`; in both also for a process whose cgroup is below a frozen one.
 */
import { readRegular } from '../foreign/read-regular.js';

const MOUNT = '/sys/fs/cgroup';
const LONGEST = 16_384;

/** False also where the files of the cgroup are not found at the usual place. */
export function isFrozen(pid: number): boolean {
  return textAt(`/proc/${pid}/cgroup`)
    .split('\n')
    .some((line) => {
      const [, controllers, path] = /^\d+:([^:]*):(\/.+)$/.exec(line) ?? [];
      // Outside of our cgroup namespace: the path is not below the mount.
      if (path === undefined || path.startsWith('/..')) return false;
      if (controllers?.split(',').includes('freezer')) return isFrozenV1(path);
      return controllers === '' && ['', '/unified'].some((mount) => isFrozenV2(`${MOUNT}${mount}${path}`));
    });
}

function isFrozenV1(path: string): boolean {
  return textAt(`${MOUNT}/freezer${path}/freezer.state`).trim() === 'FROZEN';
}

function isFrozenV2(directory: string): boolean {
  return /^frozen 1$/m.test(textAt(`${directory}/cgroup.events`));
}

function textAt(path: string): string {
  return readRegular(path, LONGEST)?.bytes.toString('latin1') ?? '';
}
