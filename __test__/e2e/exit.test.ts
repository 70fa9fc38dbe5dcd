import { existsSync, readFileSync, readdirSync, watch } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments, legacyArguments } from '../support/arguments.js';
import { launch } from '../support/monitor.js';
import { isAlive } from '../support/proc.js';
import { scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

for (const [payload, status] of [
  ['exit 0', '0'],
  ['exit 1', '1'],
  ['exit 125', '125'],
  ['exit 255', '255'],
  ['kill -9 $$', '137'],
  ['kill -15 $$', '143'],
  ['kill -6 $$', '134'],
] as const) {
  void t.test(`a container that ends with "${payload}" has the exit status ${status}, without a newline`, async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload });
    const run = launch(t, s, createArguments(s, runtime.path));
    await run.started();
    await runtime.start();
    t.equal(await run.finished(), status);
    t.equal(readFileSync(s.persistFile, 'utf8'), status);
  });
}

void t.test('the exit file in the persist directory is there before the one in the exit directory', async (t) => {
  const s = scene(t);
  const seen: string[] = [];
  const watchers = [
    watch(s.persist, (_, name) => seen.push(`persist/${name ?? ''}`)),
    // What counts is what a manager finds when it is woken by its exit directory.
    watch(s.exits, (_, name) => seen.push(`exits/${name ?? ''} ${existsSync(s.persistFile) ? 'after' : 'before'}`)),
  ];
  t.teardown(() => watchers.forEach((watcher) => watcher.close()));
  const runtime = actor(s);
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await runtime.start();
  await run.finished();
  await until('the events', () => seen.includes(`exits/${s.cid} after`));
  t.ok(seen.indexOf('persist/exit') < seen.indexOf(`exits/${s.cid} after`), seen.join(', '));
});

void t.test('exit files appear by renaming, under a temporary name that is not a container id', async (t) => {
  const s = scene(t);
  const events: string[] = [];
  const watcher = watch(s.exits, (kind, name) => events.push(`${kind} ${name ?? ''}`));
  t.teardown(() => watcher.close());
  const runtime = actor(s);
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await runtime.start();
  await run.finished();
  await until('the events', () => events.includes(`rename ${s.cid}`));
  t.notOk(events.includes(`change ${s.cid}`), 'never written in place');
  const names = new Set(events.map((event) => event.split(' ')[1] ?? '').filter((name) => name !== s.cid));
  t.ok(names.size > 0, 'there was a temporary file');
  for (const name of names) t.notMatch(name, /^[a-z0-9]+$/, name);
  t.same(readdirSync(s.exits), [s.cid], 'which is gone');
});

void t.test(
  'a persist directory that is gone does not keep the exit file from being written',
  betterThanC('2.1.6 gives up'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'exit 3' });
    const run = launch(t, s, createArguments(s, runtime.path, [], { '--persist-dir': `${s.dir}/gone` }));
    await run.started();
    await runtime.start();
    t.equal(await run.finished(), '3');
  },
);

void t.test('an exit directory that is gone does not keep the persist file from being written', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'exit 3' });
  const run = launch(t, s, createArguments(s, runtime.path, [], { '--exit-dir': `${s.dir}/gone` }));
  await run.started();
  await runtime.start();
  await untilExists(s.persistFile);
  t.equal(readFileSync(s.persistFile, 'utf8'), '3');
});

void t.test(
  '--sync: the monitor stays the child of the caller and ends with the status of the container',
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'exit 7' });
    const run = launch(t, s, createArguments(s, runtime.path, ['--sync']));
    await run.started();
    t.ok(isAlive(run.child.pid ?? 0));
    await runtime.start();
    t.same(await run.launcher(), { code: 7, signal: null });
    t.equal(readFileSync(s.exitFile, 'utf8'), '7');
  },
);

void t.test('a container killed by --timeout: -1, its whole process group, and immediately', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: `sleep 60 & echo $! > '${s.dir}/child'; wait` });
  const run = launch(t, s, createArguments(s, runtime.path, ['--timeout', '1']));
  await run.started();
  await runtime.start();
  t.equal(await run.finished(), '-1');
  const child = Number(readFileSync(`${s.dir}/child`, 'utf8'));
  await until('the end of the child', () => !isAlive(child));
});

void t.test('a container that ends before the time limit is not affected by --timeout', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'exit 6' });
  const run = launch(t, s, createArguments(s, runtime.path, ['--timeout', '1']));
  await run.started();
  await runtime.start();
  t.equal(await run.finished(), '6');
});

void t.test('without --exit-dir and --persist-dir nothing is written, and the monitor ends', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const run = launch(t, s, legacyArguments(s, runtime.path, [], { '--exit-dir': null, '--persist-dir': null }));
  await run.started();
  const monitor = await run.pid();
  await runtime.start();
  await until('the end of the monitor', () => !isAlive(monitor));
  t.same([...readdirSync(s.exits), ...readdirSync(s.persist)], []);
});

for (const [survivor, what] of [
  ['sleep 60', 'sleeps with'],
  ['yes', 'writes without end to'],
] as const) {
  const options = survivor === 'yes' ? betterThanC('2.1.6 drains without a bound') : {};
  void t.test(`a survivor that ${what} the pipe delays the exit by less than a second`, options, async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: `setsid ${survivor} & exit 8` });
    const run = launch(t, s, createArguments(s, runtime.path, [], { '-l': 'none' }));
    await run.started();
    await runtime.start();
    const container = performance.now();
    t.equal(await run.finished(), '8');
    t.ok(performance.now() - container < 2000, `${performance.now() - container} ms`);
  });
}
