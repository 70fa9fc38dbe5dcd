/** Names of sockets, of every length: a socket's address holds 107 bytes (unix(7)), paths of bundles do not keep to that. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments, legacyArguments } from '../support/arguments.js';
import { RUNTIMES, container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { inParallel } from '../support/load.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { type Scene, scene } from '../support/scene.js';
import { STDOUT, connect } from '../support/stream-client.js';
import { betterThanCNeeds, IS_C } from '../support/target.js';
import { until } from '../support/wait.js';

/** The longest address, as the path of a socket. */
const LIMIT = 107;
const WIDTH = 4;
/** Around the limit for the bundle itself and for `BUNDLE/attach`, and far beyond. */
const LENGTHS = [40, ...Array.from({ length: 18 }, (_, more) => 94 + more), 130, 200, 255, 300];

/** Creates a directory below `parent` whose path has exactly this length. */
function directoryOf(parent: string, length: number): string {
  let path = parent;
  while (path.length < length) {
    const left = length - path.length - 1;
    // A name of one character more would leave no room for the slash before the next one.
    path += `/${'b'.repeat(left > 202 ? 200 : left)}`;
  }
  mkdirSync(path, { recursive: true });
  return path;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** A container whose output a client gets at `path`. */
async function reaches(t: Test, s: Scene, args: (runtime: string) => string[], path: string): Promise<void> {
  const runtime = actor(s, { payload: 'echo here; exit 5' });
  const run = launch(t, s, args(runtime.path));
  await run.started();
  const client = connect(t, path);
  await runtime.start();
  t.equal(await run.finished(), '5');
  await client.closed();
  t.equal(client.bytes(STDOUT).toString(), 'here\n', `${path.length} bytes`);
}

void t.test('--full-attach: the socket is in a bundle of any depth', async (t) => {
  await inParallel(WIDTH, LENGTHS, async (length) => {
    const own = scene(t);
    const s = { ...own, bundle: directoryOf(own.dir, length) };
    await reaches(t, s, (runtime) => createArguments(s, runtime), `${s.bundle}/attach`);
  });
});

void t.test('without it a bundle of any depth is reached through the link, which is gone at the end', async (t) => {
  await inParallel(WIDTH, LENGTHS, async (length) => {
    const own = scene(t);
    const s = { ...own, bundle: directoryOf(own.dir, length), sockets: own.dir.slice(0, own.dir.lastIndexOf('/')) };
    const link = `${s.sockets}/${s.cid.slice(0, 20)}`;
    const args = (runtime: string): string[] => legacyArguments(s, runtime, [], { '-u': s.cid.slice(0, 20) });
    await reaches(t, s, args, `${link}/attach`);
    if (!IS_C) t.notOk(isLink(link));
  });
});

void t.test('a link of any length leads to the bundle; one of 107 bytes is a byte shorter', async (t) => {
  await inParallel(WIDTH, [80, 99, 100, 101, 105, 106, LIMIT, 108, 109, 120, 200], async (length) => {
    const own = scene(t);
    const name = 'u'.repeat(20);
    const s = { ...own, sockets: directoryOf(own.dir, length - name.length - 1) };
    const link = `${s.sockets}/${name}`.slice(0, length === LIMIT ? LIMIT - 1 : length);
    const args = (runtime: string): string[] => legacyArguments(s, runtime, [], { '-u': name });
    await reaches(t, s, args, `${link}/attach`);
  });
});

void t.test('a bundle may be named relative to the working directory, by one letter', async (t) => {
  const own = scene(t);
  mkdirSync(`${own.dir}/b`);
  const s = { ...own, bundle: `${own.dir}/b` };
  await reaches(t, s, (runtime) => createArguments(s, runtime, [], { '-b': 'b' }), `${s.bundle}/attach`);
});

for (const [what, lay] of [
  ['a socket that nobody listens at', deadSocket],
  ['a link to nowhere', (path: string) => symlinkSync('/nowhere/at/all', path)],
  ['a link to another file', (path: string) => symlinkSync(`${dirname(dirname(path))}/precious`, path)],
] as const) {
  void t.test(`${what} in the place of the socket is replaced, and nothing else`, needs('socat'), async (t) => {
    const s = scene(t);
    writeFileSync(`${s.dir}/precious`, 'content');
    lay(`${s.bundle}/attach`);
    await reaches(t, s, (runtime) => createArguments(s, runtime), `${s.bundle}/attach`);
    t.ok(existsSync(`${s.dir}/precious`));
  });
}

void t.test('a stale link is replaced, and its target is left alone', needs('socat'), async (t) => {
  const s = scene(t);
  const other = `${s.dir}/other`;
  mkdirSync(other);
  deadSocket(`${other}/attach`);
  symlinkSync(other, `${s.sockets}/${s.cid}`);
  const runtime = actor(s, { payload: 'exit 5' });
  const run = launch(t, s, legacyArguments(s, runtime.path));
  await run.started();
  t.equal(readlinkSync(`${s.sockets}/${s.cid}`), s.bundle);
  await runtime.start();
  t.equal(await run.finished(), '5');
  t.ok(lstatSync(`${other}/attach`).isSocket(), 'the other socket is still there');
});

/** A stale socket, as left by a killed listener. */
function deadSocket(path: string): void {
  spawnSync('timeout', ['-s', 'KILL', '0.2', 'socat', `UNIX-LISTEN:${path},type=5`, '-']);
}

for (const name of RUNTIMES) {
  const tools = name === 'miniruntime' ? (['miniruntime'] as const) : (['root', name, 'busybox', 'unshare'] as const);
  const options = betterThanCNeeds('2.1.6 refuses it', ...tools);
  void t.test(`${name}: a terminal works however long TMPDIR is, and leaves nothing there`, options, async (t) => {
    // With `/conmon-term.` and sixteen digits, `/console.sock`: 65 bytes are the last that fit.
    for (const length of name === 'miniruntime' ? [60, 64, 65, 66, 67, 80, 107, 108, 300] : [65, 66, 300]) {
      const s = scene(t);
      const tmp = directoryOf(s.dir, length);
      const c = container(t, s, name, { args: ['sh', '-c', 'echo here; exit 5'], terminal: true });
      const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-t']), { env: { TMPDIR: tmp } });
      await run.started();
      t.same(readdirSync(tmp), [], `${length} bytes`);
      await c.start();
      t.equal(await run.finished(), '5');
      await until('the output', () => joined(readLog(s.log), 'stdout') === 'here\r\n');
    }
  });
}
