/** The files that a monitor creates in a bundle. Managers look for them by these names. */
import { below } from './path.js';
import type { ControlPlan } from './plan.js';

/** The attach socket. */
export function attachSocket(bundle: string): string {
  return below(bundle, 'attach');
}

/** The control FIFOs. */
export function controlFifos(bundle: string): ControlPlan {
  return { ctl: below(bundle, 'ctl'), winsz: below(bundle, 'winsz') };
}

/** The empty file that reports an OOM kill. */
export function oomFile(bundle: string): string {
  return below(bundle, 'oom');
}

/** The notify socket of the container. Podman bind-mounts its directory into the container. */
export function notifySocket(bundle: string): string {
  return below(bundle, 'notify/notify.sock');
}
