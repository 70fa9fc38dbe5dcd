/** Which container manager a monitor works for, from the places that the manager gives it. */
import type { MonitorInfo } from '../monitors/info.js';

/** A container manager, and its command for people. */
export interface Manager {
  readonly name: 'Podman' | 'CRI-O';
  readonly command: 'podman' | 'crictl';
}

/** Podman keeps exit files below `libpod`, CRI-O below `crio`. */
const MANAGERS: readonly (readonly [place: RegExp, manager: Manager])[] = [
  [/\/libpod\//, { name: 'Podman', command: 'podman' }],
  [/\/crio\//, { name: 'CRI-O', command: 'crictl' }],
];

/** Undefined when it is another program. */
export function managerOf({ exitFiles, bundle = '' }: Pick<MonitorInfo, 'exitFiles' | 'bundle'>): Manager | undefined {
  return MANAGERS.find(([place]) => [...exitFiles, bundle].some((path) => place.test(path)))?.[1];
}
