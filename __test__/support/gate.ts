/** A runtime that waits for the test before it does its work. */
import { chmodSync, writeFileSync } from 'node:fs';
import type { Scene } from './scene.js';

export interface Gate {
  /** Path for `--runtime`. */
  readonly path: string;
  /** Lets the runtime continue. */
  open(): void;
  /** Exists when the runtime waits. */
  readonly reached: string;
}

export function gate(scene: Scene, runtime: string): Gate {
  const path = `${scene.dir}/gated`;
  const script = `#!/bin/sh
: > '${path}.reached'
until [ -e '${path}.open' ]; do sleep 0.02; done
exec '${runtime}' "$@"
`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return { path, open: () => writeFileSync(`${path}.open`, ''), reached: `${path}.reached` };
}
