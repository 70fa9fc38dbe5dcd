import {
  appendFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import type { ReadLogOptions } from '../../../ts/node/logs/options.js';
import { readLog } from '../../../ts/node/logs/read-log.js';
import { within } from '../../support/wait.js';
import { Follower, k8s, openBelow, timeAt } from './collect.js';

interface Followed {
  readonly path: string;
  readonly follower: Follower;
  /** Nothing more is written. */
  readonly end: () => void;
  /** Waits until there are this many. */
  readonly expect: (...texts: readonly string[]) => Promise<void>;
}

function followed(t: Test, content: string, options: ReadLogOptions = {}): Followed {
  const directory = t.testdir({ log: content });
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const follower = new Follower(readLog(`${directory}/log`, { follow: ended, ...options }));
  t.teardown(async () => {
    end();
    await within('the end of following', follower.ended).catch(() => undefined);
    const open = openBelow(directory);
    if (open.length > 0) throw new Error(`left open: ${open.join(', ')}`);
  });
  const expect = async (...texts: readonly string[]): Promise<void> => {
    await within(`the records ${texts.join(', ')}`, follower.until(texts.length));
    t.same(follower.texts, texts);
  };
  return { path: `${directory}/log`, follower, end, expect };
}

t.test('existing records are read first, then new ones, a torn write once it is complete', async (t) => {
  const { path, expect, end, follower } = followed(t, k8s('a'));
  await expect('a');
  appendFileSync(path, k8s('b'));
  await expect('a', 'b');
  appendFileSync(path, k8s('cd').slice(0, -2));
  await sleep(20);
  appendFileSync(path, 'd\n');
  await expect('a', 'b', 'cd');
  end();
  await within('the end', follower.ended);
});

t.test('a tail of 0 lines has only new records', async (t) => {
  const { path, expect } = followed(t, k8s('a'), { tail: 0 });
  await sleep(50);
  appendFileSync(path, k8s('b'));
  await expect('b');
});

t.test('a file truncated in place is read from its start', async (t) => {
  const { path, expect } = followed(t, k8s('a') + k8s('b'));
  await expect('a', 'b');
  truncateSync(path, 0);
  await sleep(20);
  appendFileSync(path, k8s('c'));
  await expect('a', 'b', 'c');
});

t.test('renamed, recreated later, written to in between (kubelet)', async (t) => {
  const { path, expect } = followed(t, k8s('a'));
  await expect('a');
  renameSync(path, `${path}.20261124-120000`);
  await sleep(20);
  appendFileSync(`${path}.20261124-120000`, k8s('b'));
  await expect('a', 'b');
  writeFileSync(path, '');
  await sleep(20);
  appendFileSync(path, k8s('c'));
  await expect('a', 'b', 'c');
  appendFileSync(path, k8s('d'));
  await expect('a', 'b', 'c', 'd');
});

t.test('a new file in place while the writer still has the old one (logrotate create)', async (t) => {
  const { path, expect } = followed(t, k8s('a'));
  await expect('a');
  renameSync(path, `${path}.1`);
  writeFileSync(path, '');
  await sleep(20);
  appendFileSync(`${path}.1`, k8s('b'));
  await expect('a', 'b');
  appendFileSync(path, k8s('c'));
  await expect('a', 'b', 'c');
});

/** As the monitor does: a fresh file replaces the log, which is kept by a link. */
function rotate(path: string, kept: number): void {
  for (let number = kept; number >= 1; number -= 1) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
  linkSync(path, `${path}.1`);
  writeFileSync(`${path}-fresh`, '');
  renameSync(`${path}-fresh`, path);
}

t.test('replaced by a fresh file, with the old one kept or not (the monitor)', async (t) => {
  const { path, expect } = followed(t, k8s('a'));
  await expect('a');
  rotate(path, 0);
  appendFileSync(path, k8s('b'));
  await expect('a', 'b');
  writeFileSync(`${path}-fresh`, k8s('c'));
  renameSync(`${path}-fresh`, path);
  await expect('a', 'b', 'c');
});

t.test('rotation that is quicker than we are loses nothing that is kept, also compressed', async (t) => {
  const { path, expect } = followed(t, k8s('a'));
  await expect('a');
  // No callback of this process runs until all of this is done.
  appendFileSync(path, k8s('b'));
  rotate(path, 0);
  appendFileSync(path, k8s('c'));
  rotate(path, 1);
  appendFileSync(path, k8s('d'));
  rotate(path, 2);
  appendFileSync(path, k8s('e'));
  writeFileSync(`${path}.2.gz`, gzipSync(k8s('c')));
  unlinkSync(`${path}.2`);
  writeFileSync(`${path}.3.gz`, gzipSync(k8s('a') + k8s('b')));
  unlinkSync(`${path}.3`);
  await expect('a', 'b', 'c', 'd', 'e');
});

t.test('a file that was dropped before it was read to its end is read to its end', async (t) => {
  const { path, expect } = followed(t, k8s('a'));
  await expect('a');
  appendFileSync(path, k8s('b'));
  writeFileSync(`${path}-fresh`, k8s('c'));
  renameSync(`${path}-fresh`, path);
  await expect('a', 'b', 'c');
});

t.test('old files of another time are not taken for new ones', async (t) => {
  const directory = t.testdir({ log: k8s('a'), 'log.1': k8s('old') });
  utimesSync(`${directory}/log.1`, 0, 0);
  const controller = new AbortController();
  t.teardown(() => controller.abort());
  const follower = new Follower(readLog(`${directory}/log`, { follow: true, tail: 1, signal: controller.signal }));
  await within('a record', follower.until(1));
  await sleep(20);
  writeFileSync(`${directory}/fresh`, k8s('b'));
  renameSync(`${directory}/fresh`, `${directory}/log`);
  await within('the new record', follower.until(2));
  t.same(follower.texts, ['a', 'b']);
});

t.test('at the end the rest of the log is read without waiting', async (t) => {
  const { path, end, follower } = followed(t, k8s('a'));
  await within('a record', follower.until(1));
  appendFileSync(path, k8s('b'));
  rotate(path, 0);
  appendFileSync(path, `${k8s('c')}unfinished`);
  end();
  await within('the end', follower.ended);
  t.same(follower.texts, ['a', 'b', 'c']);
});

t.test('a log that has vanished is waited for, and its end is not an error', async (t) => {
  const { path, end, follower, expect } = followed(t, k8s('a'));
  await expect('a');
  rmSync(path);
  await sleep(20);
  end();
  await within('the end', follower.ended);
  mkdirSync(path);
});

t.test('a log whose directory has vanished is read to its end, without an error', async (t) => {
  for (const removedFirst of [true, false]) {
    const { path, expect, end, follower } = followed(t, k8s('a'));
    await expect('a');
    appendFileSync(path, k8s('b'));
    if (removedFirst) rmSync(dirname(path), { recursive: true });
    else end();
    await expect('a', 'b');
    if (removedFirst) end();
    else rmSync(dirname(path), { recursive: true, force: true });
    await within('the end', follower.ended);
  }
});

t.test('a signal ends it while it waits', async (t) => {
  const controller = new AbortController();
  const { follower, expect } = followed(t, k8s('a'), { signal: controller.signal, follow: true });
  await expect('a');
  controller.abort();
  await t.rejects(within('the end', follower.ended), { name: 'AbortError' });
});

t.test('until ends it, by a record that is later, or by the clock', async (t) => {
  const first = followed(t, k8s('a', 1), { follow: true, until: '2026-11-24T12:40:02Z' });
  appendFileSync(first.path, k8s('b', 3));
  await within('the end', first.follower.ended);
  t.same(first.follower.texts, ['a']);
  const second = followed(t, k8s('a', -3600), { follow: true, until: new Date(Date.now() + 300) });
  await within('the end', second.follower.ended);
  t.same(second.follower.texts.length, timeAt(-3600) < new Date().toISOString() ? 1 : 0);
});
