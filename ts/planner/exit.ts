import { MONITOR_SOCKET, OOM_FILE } from './bundle-files.js';
import type { Given } from './given.js';
import type { Invocation } from './invocation.js';
import type { ExitPlan, ExitCommandPlan } from './plan.js';
import { below, directoryOf } from './path.js';

/** How the exit is reported: first in the persistent directory, which CRI-O reads as soon as the other file appears. */
export function planExit({ flags, strings, lists, numbers }: Given, invocation: Invocation): ExitPlan {
  const { action, bundle, cid } = invocation;
  const files: string[] = [];
  if (strings['persist-dir'] !== undefined) files.push(below(strings['persist-dir'], 'exit'));
  if (strings['exit-dir'] !== undefined) files.push(below(strings['exit-dir'], cid));
  const timeout = numbers.timeout ?? 0;
  return { files, command: exitCommand(), timeoutSeconds: timeout > 0 ? timeout : null };

  function exitCommand(): ExitCommandPlan | null {
    const program = strings['exit-command'];
    if (program === undefined) return null;
    const argv = [program].concat(lists['exit-command-arg'] ?? []);
    const delaySeconds = numbers['exit-delay'] ?? 0;
    // Podman makes the bundle of an exec session in that of its container.
    const adopts = action.kind === 'exec' && bundle !== null && delaySeconds > 0 && flags.sync !== true;
    return { argv, delaySeconds, adopter: adopts ? below(directoryOf(bundle), MONITOR_SOCKET) : null };
  }
}

/** The files that report an OOM kill: CRI-O and Podman 4 look in the bundle, Podman 5 in the persistent directory. */
export function oomFiles({ strings }: Given, prefix: string | null): readonly string[] {
  const files: string[] = [];
  if (prefix !== null) files.push(prefix + OOM_FILE);
  if (strings['persist-dir'] !== undefined) files.push(below(strings['persist-dir'], OOM_FILE));
  return files;
}
