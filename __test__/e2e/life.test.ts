import { existsSync, readFileSync, statSync, watch } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { launch } from '../support/monitor.js';
import { children, comm, isAlive, stat } from '../support/proc.js';
import { processesOf, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until } from '../support/wait.js';

void t.test('nothing is forked, written or run before the byte on the start pipe', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const run = launch(t, s, createArguments(s, runtime.path), { hold: true });
  const pid = run.child.pid ?? 0;
  // The start pipe is the first thing to block in: wait until it sleeps there.
  await until('the monitor to read the start pipe', () => stat(pid)?.state === 'S' && comm(pid) === 'conmon');
  t.same(children(pid), [], 'no child');
  t.same(processesOf(s.dir), [pid], 'no other process');
  t.notOk(existsSync(s.conmonPidfile), 'no pid file of the monitor');
  t.notOk(existsSync(`${s.dir}/runtime.pid`), 'the runtime was not run');
  run.go();
  t.same(await run.launcher(), { code: 0, signal: null });
  await run.started();
  await runtime.start();
  t.equal(await run.finished(), '0');
});

void t.test('a start pipe that is closed without a byte does not stop the container', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const run = launch(t, s, createArguments(s, runtime.path), { hold: true });
  run.close('start');
  t.same(await run.launcher(), { code: 0, signal: null });
  await run.started();
});

void t.test('without a start pipe the container is created immediately', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const run = launch(t, s, createArguments(s, runtime.path), { hold: true, withoutStart: true });
  t.same(await run.launcher(), { code: 0, signal: null });
  await run.started();
});

void t.test('the first process exits with 0 while the runtime still works', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { before: `until [ -e '${s.dir}/continue' ]; do sleep 0.02; done` });
  const run = launch(t, s, createArguments(s, runtime.path));
  t.same(await run.launcher(), { code: 0, signal: null });
  await until('the runtime', () => existsSync(`${s.dir}/runtime.pid`));
  t.equal(run.sync.text, '', 'nothing on the sync pipe yet');
});

void t.test('the pid file of the monitor exists when the first process has exited: digits, no newline', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.launcher();
  t.match(readFileSync(s.conmonPidfile, 'latin1'), /^[1-9][0-9]*$/);
  const monitor = await run.pid();
  t.ok(isAlive(monitor));
  t.not(monitor, run.child.pid, 'the monitor is another process');
});

void t.test('the pid file of the monitor appears by renaming', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const events: string[] = [];
  const watcher = watch(s.dir, (kind, name) => events.push(`${kind} ${name ?? ''}`));
  t.teardown(() => watcher.close());
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await until('the events', () => events.includes('rename conmon.pid'));
  t.notOk(events.includes('change conmon.pid'), 'it was never written in place');
});

void t.test('the container becomes a child of the monitor when the runtime has exited', async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path));
  const container = await run.started();
  t.equal(stat(container)?.parent, await run.pid());
});

void t.test('the container is reaped immediately: kill(pid, 0) fails while the monitor lives', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const exitCommand = ['--exit-command', '/bin/sh', '--exit-command-arg', '-c', '--exit-command-arg', 'sleep 30'];
  const run = launch(t, s, createArguments(s, runtime.path, exitCommand));
  const container = await run.started();
  const monitor = await run.pid();
  await runtime.start();
  await until('the exit file', () => existsSync(s.exitFile));
  t.equal(stat(container), undefined);
  t.ok(isAlive(monitor), 'it waits for the exit command');
});

void t.test('the runtime dies with the monitor while it creates', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { before: 'sleep 30' });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.launcher();
  await until('the runtime', () => existsSync(`${s.dir}/runtime.pid`));
  const pid = Number(runtime.record('pid'));
  process.kill(await run.pid(), 'SIGKILL');
  await until('the end of the runtime', () => !isAlive(pid));
  t.notOk(existsSync(s.exitFile), 'nobody is left to report');
});

void t.test(
  'the log file exists as soon as the first process has exited, even if the runtime then fails',
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { instead: 'exit 1' });
    const run = launch(t, s, createArguments(s, runtime.path));
    await run.launcher();
    t.ok(existsSync(s.log));
  },
);

void t.test('a log that cannot be opened is an error that the caller sees', async (t) => {
  const s = scene(t);
  const args = createArguments(s, actor(s).path, [], { '-l': `k8s-file:${s.dir}/no/such/directory/ctr.log` });
  const run = launch(t, s, args);
  t.same(await run.launcher(), { code: 1, signal: null });
  t.match(await run.stderr?.rest(), /No such file or directory/i);
  t.notOk(existsSync(s.conmonPidfile), 'there is no monitor');
  t.notOk(existsSync(`${s.dir}/runtime.pid`), 'the runtime was not run');
});

void t.test('ctl, winsz and attach are in the bundle when the container is reported', async (t) => {
  const s = scene(t);
  await launch(t, s, createArguments(s, actor(s).path)).started();
  t.ok(statSync(`${s.bundle}/ctl`).isFIFO());
  t.ok(statSync(`${s.bundle}/winsz`).isFIFO());
  t.ok(statSync(`${s.bundle}/attach`).isSocket());
});

void t.test('the attach socket is removed at the end', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await runtime.start();
  await run.finished();
  t.notOk(existsSync(`${s.bundle}/attach`));
});

void t.test('without --full-attach the socket is found through a link in the socket directory', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const args = createArguments(s, runtime.path, ['--socket-dir-path', s.sockets]).filter(
    (word) => word !== '--full-attach',
  );
  const run = launch(t, s, args);
  await run.started();
  t.ok(statSync(`${s.sockets}/${s.cid}/attach`).isSocket());
  await runtime.start();
  await run.finished();
  await t.test('the link is removed at the end', betterThanC('2.1.6 leaves the link behind'), async (t) => {
    t.notOk(existsSync(`${s.sockets}/${s.cid}`));
  });
});
