/** Containers of tests that wait until the test lets them continue. */
import { writeFileSync } from 'node:fs';
import type { Scene } from './scene.js';

/** Shell commands that wait for {@link go}. A read from stdin would end with the monitor that holds the other end. */
export function waiting(s: Scene, name = 'go'): string {
  return `while [ ! -e '${s.dir}/${name}' ]; do sleep 0.02; done`;
}

export function go(s: Scene, name = 'go'): void {
  writeFileSync(`${s.dir}/${name}`, '');
}
