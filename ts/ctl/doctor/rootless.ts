/**
 * What an unprivileged user needs for containers.
 */
import { type Finding, good, problem, warning } from './finding.js';
import type { Machine } from './machine.js';

export function rootlessFindings(machine: Machine): readonly Finding[] {
  return machine.uid === 0 ? [] : [namespaces(machine), ids(machine), runtimeDirectory(machine)];
}

function namespaces(machine: Machine): Finding {
  const off =
    machine.read('/proc/sys/user/max_user_namespaces')?.trim() === '0' ||
    machine.read('/proc/sys/kernel/unprivileged_userns_clone')?.trim() === '0';
  if (!off) return good('namespaces', 'you can create user namespaces');
  const advice = 'As root: sysctl user.max_user_namespaces=15000 kernel.unprivileged_userns_clone=1';
  return problem('namespaces', 'you cannot create user namespaces', advice);
}

/** subuid(5): lines `NAME-OR-UID:FIRST:COUNT`. */
function ids(machine: Machine): Finding {
  const missing = ['newuidmap', 'newgidmap'].filter((name) => machine.find(name) === undefined);
  if (missing.length > 0) {
    return warning('ids', `${missing.join(' and ')} missing: one user in a container`, 'apt-get install uidmap');
  }
  const has = (path: string): boolean =>
    (machine.read(path) ?? '')
      .split('\n')
      .some((line) => [machine.user, String(machine.uid)].includes(line.split(':')[0] ?? ''));
  if (has('/etc/subuid') && has('/etc/subgid')) return good('ids', 'you have subordinate ids');
  const advice = `As root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${machine.user}`;
  return warning('ids', 'you have no subordinate ids: one user in a container', advice);
}

function runtimeDirectory(machine: Machine): Finding {
  const directory = machine.env['XDG_RUNTIME_DIR'];
  if (directory !== undefined && machine.exists(directory)) return good('directory', `XDG_RUNTIME_DIR is ${directory}`);
  const advice =
    'Log in instead of using su or sudo, or set XDG_RUNTIME_DIR to a directory of yours that is emptied at boot.';
  return warning('directory', 'XDG_RUNTIME_DIR does not exist: Podman uses another directory', advice);
}
