import { existsSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments, legacyArguments } from '../support/arguments.js';
import { launch } from '../support/monitor.js';
import { isAlive } from '../support/proc.js';
import { processesOf, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until } from '../support/wait.js';

void t.test('with --api-version the pid of the container is sent as data, in one line', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const run = launch(t, s, createArguments(s, runtime.path));
  const pid = await run.started();
  t.ok(isAlive(pid));
  t.match(run.sync.text, new RegExp(`^\\{"data": ?${pid}\\}\n$`));
  await runtime.start();
  await run.finished();
  t.match(await run.sync.rest(), /^[^\n]*\n$/, 'nothing follows');
});

void t.test('without --api-version the key is pid', async (t) => {
  const s = scene(t);
  const run = launch(t, s, legacyArguments(s, actor(s).path));
  const pid = await run.started();
  t.match(run.sync.text.trim(), new RegExp(`^\\{"pid": ?${pid}\\}$`));
});

void t.test('the pid is read from the pid file, not from who the runtime left as a child', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { before: 'sleep 30 >/dev/null 2>&1 &' });
  const pid = await launch(t, s, createArguments(s, runtime.path)).started();
  t.match(runtime.record('pid'), /^\d+$/);
  t.not(pid, Number(runtime.record('pid')));
  await runtime.start();
  await until('the exit file', () => existsSync(s.exitFile));
});

void t.test('a manager that is gone does not disturb the container', betterThanC('2.1.6 dies of EPIPE'), async (t) => {
  const s = scene(t);
  const runtime = actor(s, {
    before: `until [ -e '${s.dir}/continue' ]; do sleep 0.02; done`,
    ungated: true,
    payload: 'exit 5',
  });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.launcher();
  run.close('sync');
  writeFileSync(`${s.dir}/continue`, '');
  t.equal(await run.finished(), '5');
});

void t.test('the sync pipe is closed before the exit command runs', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const exitCommand = ['--exit-command', '/bin/sh', '--exit-command-arg', '-c', '--exit-command-arg', 'sleep 30'];
  const run = launch(t, s, createArguments(s, runtime.path, exitCommand));
  await run.started();
  await runtime.start();
  await run.sync.rest();
  t.ok(isAlive(await run.pid()), 'the exit command still runs');
});

void t.test('the sync pipe is closed before the exit command runs after a failed create', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { instead: 'echo broken >&2; exit 1' });
  const exitCommand = ['--exit-command', '/bin/sh', '--exit-command-arg', '-c', '--exit-command-arg', 'sleep 30'];
  const run = launch(t, s, createArguments(s, runtime.path, exitCommand));
  t.equal((await run.sync.message())['data'], -1);
  await run.sync.rest();
  t.ok(processesOf(s.dir).length > 0, 'the exit command still runs');
});
