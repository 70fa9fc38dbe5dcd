/** A copy of what another user runs: a checkout need not be open to anybody but its owner. */
import { chmodSync, cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Test } from 'tap';
import { ROOT } from './target.js';

/** Files of the installed package that `conmonctl` and the monitor need. */
const FILES = ['package.json', 'dist/conmonctl.js', 'dist/native'];

export interface ReadableCopy {
  /** The directory, with the same paths below it as in the checkout. */
  readonly place: string;
  /** The words that start `conmonctl` in it. tap adds an import from the checkout to the options of each Node; they drop it. */
  readonly conmonctl: readonly string[];
}

/** Copies them to a new directory that every user can read. The test removes it. */
export function readableCopy(t: Test): ReadableCopy {
  const place = realpathSync(mkdtempSync(`${tmpdir()}/conmon-copy-`));
  t.teardown(() => rmSync(place, { recursive: true, force: true }));
  for (const path of FILES) cpSync(`${ROOT}${path}`, `${place}/${path}`, { recursive: true });
  for (const path of ['', '/dist', '/dist/native']) chmodSync(place + path, 0o755);
  for (const path of ['/package.json', '/dist/conmonctl.js']) chmodSync(place + path, 0o644);
  return { place, conmonctl: ['env', '-u', 'NODE_OPTIONS', process.execPath, `${place}/dist/conmonctl.js`] };
}
