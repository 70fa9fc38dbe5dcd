/** Misbehaving environments: the monitor sleeps when idle, continues, and exits. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { attach } from '../support/attach.js';
import { sleeps } from '../support/idle.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { isAlive } from '../support/proc.js';
import { processesOf, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until } from '../support/wait.js';

void t.test('an idle monitor makes no wake-up', async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path));
  await run.started();
  await sleeps(t, await run.pid());
});

void t.test('a container that closed its output costs no wake-up', async (t) => {
  const s = scene(t);
  const runtime = actor(s, {
    payload: `exec >&- 2>&-; : > '${s.dir}/closed'; read -r _ < '${s.dir}/never'`,
    before: `mkfifo '${s.dir}/never'`,
  });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await runtime.start();
  await until('the end of its output', () => existsSync(`${s.dir}/closed`));
  await sleeps(t, await run.pid());
});

void t.test('an attach client that vanished costs no wake-up', needs('socat'), async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path, ['-i', '--leave-stdin-open']));
  await run.started();
  (await attach(t, `${s.bundle}/attach`)).vanish();
  const half = await attach(t, `${s.bundle}/attach`);
  half.end();
  await sleeps(t, await run.pid());
});

void t.test('a bundle that is removed under us does not end the monitor', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'exit 2' });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  rmSync(s.bundle, { recursive: true });
  await runtime.start();
  t.equal(await run.finished(), '2');
});

void t.test('a log that is a full device loses lines, never the container', betterThanC('2.1.6 ends'), async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'seq 1 5000; exit 2' });
  const run = launch(t, s, createArguments(s, runtime.path, [], { '-l': '/dev/full' }));
  await run.started();
  await runtime.start();
  t.equal(await run.finished(), '2');
});

void t.test(
  'an exit directory that cannot be written does not keep the monitor from ending',
  betterThanC('2.1.6 tries no further'),
  async (t) => {
    const s = scene(t);
    writeFileSync(`${s.dir}/file`, '');
    const runtime = actor(s, { payload: 'exit 2' });
    const command = [
      '--exit-command',
      '/bin/sh',
      '--exit-command-arg',
      '-c',
      '--exit-command-arg',
      `: > '${s.dir}/ran'`,
    ];
    const run = launch(
      t,
      s,
      createArguments(s, runtime.path, command, { '--exit-dir': `${s.dir}/file`, '--persist-dir': `${s.dir}/file` }),
    );
    await run.started();
    const monitor = await run.pid();
    await runtime.start();
    await until('the end of the monitor', () => !isAlive(monitor));
    t.ok(existsSync(`${s.dir}/ran`), 'and the exit command ran');
  },
);

void t.test('a bundle in which nothing can be made is an error', async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path, [], { '-b': `${s.dir}/no-such-bundle` }));
  const { code } = await run.launcher();
  t.ok(code !== 0 || (await run.sync.message().catch(() => ({ data: -1 })))['data'] === -1, 'no container');
  await until('the end of all processes', () => processesOf(s.dir).length === 0);
});

void t.test('paths far beyond the length of a socket address work', async (t) => {
  const s = scene(t);
  const bundle = `${s.dir}/${'long/'.repeat(50)}bundle`;
  mkdirSync(bundle, { recursive: true });
  const runtime = actor(s, { payload: 'exit 2' });
  const run = launch(t, s, createArguments(s, runtime.path, [], { '-b': bundle }));
  await run.started();
  t.ok(existsSync(`${bundle}/attach`));
  await runtime.start();
  t.equal(await run.finished(), '2');
});
