/** Command lines of the monitor as managers write them. */
import type { Scene } from './scene.js';

/** Options of `create` as Podman passes them; each can be replaced, or omitted with null. */
export function createArguments(
  scene: Scene,
  runtime: string,
  extra: readonly string[] = [],
  changes: Readonly<Record<string, string | null>> = {},
): string[] {
  return ['--api-version', '1', ...pairs(scene, runtime, changes), '--full-attach', ...extra];
}

/** The same without `--api-version` and `--full-attach`, like CRI-O. */
export function legacyArguments(
  scene: Scene,
  runtime: string,
  extra: readonly string[] = [],
  changes: Readonly<Record<string, string | null>> = {},
): string[] {
  return [...pairs(scene, runtime, changes), '--socket-dir-path', scene.sockets, ...extra];
}

function pairs(scene: Scene, runtime: string, changes: Readonly<Record<string, string | null>>): string[] {
  const values: Record<string, string | null> = {
    '-c': scene.cid,
    '-u': scene.cid,
    '-n': 'e2e',
    '-r': runtime,
    '-b': scene.bundle,
    '-p': scene.pidfile,
    '-P': scene.conmonPidfile,
    '-l': `k8s-file:${scene.log}`,
    '--exit-dir': scene.exits,
    '--persist-dir': scene.persist,
    ...changes,
  };
  return Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [name, value]));
}
