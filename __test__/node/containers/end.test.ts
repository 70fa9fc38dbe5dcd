/** What can be asked of a container that has exited or was deleted, and how others are ended. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { type Container, createContainer, startContainer } from '../../../ts/node/index.js';
import { monitorFailure } from '../../../ts/node/containers/monitor-failure.js';
import { needs } from '../../support/needs.js';
import { until, within } from '../../support/wait.js';
import { prepared, sh, withTemporary } from './prepared.js';

const MINI = needs('miniruntime');

async function running(t: Test, command = 'sleep 60'): Promise<Container> {
  const { s, options } = prepared(t, 'miniruntime', sh(command));
  withTemporary(t, s.dir);
  return startContainer(options);
}

t.test('wait resolves at any time and any number of times, also after delete', MINI, async (t) => {
  const made = await running(t, 'exit 4');
  t.match(await within('the end', made.wait()), { status: 4 });
  await made.delete();
  for (let time = 0; time < 3; time += 1) t.match(await made.wait(), { status: 4, pid: made.pid });
  const killed = await running(t);
  const pending = killed.wait();
  await killed.delete();
  t.match(await pending, { status: 137 });
  t.match(await killed.wait(), { status: 137 });
  await killed.delete();
  const never = await running(t, 'exit 5');
  await within('the end', never.delete());
  t.match(await never.wait(), { status: Number });
});

const ASKED: Readonly<Record<string, (made: Container) => Promise<unknown>>> = {
  start: (made) => made.start(),
  kill: (made) => made.kill(),
  attach: (made) => made.attach(),
  exec: (made) => made.exec({ args: ['/bin/true'] }),
  resize: (made) => made.resize(24, 80),
  reopenLogs: (made) => made.reopenLogs(),
  execOutput: (made) => made.execOutput({ args: ['/bin/true'] }),
};

for (const [name, ask] of Object.entries(ASKED)) {
  t.test(`${name}: the error names an ended or deleted container`, MINI, async (t) => {
    const made = await running(t, 'exit 0');
    await within('the end', made.wait());
    await t.rejects(ask(made), {
      name: 'ContainerError',
      code: 'ERR_CONMON_CONTAINER_ENDED',
      cid: made.cid,
      message: new RegExp(`^cannot .* the container ${made.cid}: it has exited$`),
    });
    await made.delete();
    await t.rejects(ask(made), {
      name: 'ContainerError',
      code: 'ERR_CONMON_CONTAINER_DELETED',
      message: new RegExp(`^cannot .* the container ${made.cid}: it has been deleted$`),
    });
  });
}

t.test('a log that was deleted with its container', MINI, async (t) => {
  const made = await running(t, 'echo hello');
  await within('the end', made.wait());
  await made.delete();
  t.throws(() => made.log(), {
    name: 'ContainerError',
    code: 'ERR_CONMON_CONTAINER_DELETED',
    message: `cannot read the log of the container ${made.cid}: it has been deleted`,
  });
});

t.test('the same before the monitor has reported the exit', MINI, async (t) => {
  const made = await running(t);
  process.kill(made.monitorPid, 'SIGSTOP');
  process.kill(made.pid, 'SIGKILL');
  await until('the state', async () => (await made.state()).status === 'stopped');
  for (const ask of [ASKED['kill'], ASKED['exec']]) {
    await t.rejects(ask?.(made) ?? Promise.resolve(), { code: 'ERR_CONMON_CONTAINER_ENDED', cause: Error });
  }
  process.kill(made.monitorPid, 'SIGCONT');
  t.match(await within('the end', made.wait()), { status: 137 });
  await made.delete();
});

t.test('a bundle that cannot be used is named, with the reason', MINI, async (t) => {
  const { s, options } = prepared(t, 'miniruntime', sh('true'));
  withTemporary(t, s.dir);
  const refused = async (bundle: string, message: string | RegExp): Promise<void> => {
    await t.rejects(startContainer({ ...options, bundle }), {
      name: 'BundleError',
      code: 'ERR_CONMON_BUNDLE',
      message,
    });
  };
  await refused('/nonexistent', 'cannot use the bundle /nonexistent: no such file or directory');
  await refused('/dev/null', 'cannot use the bundle /dev/null: not a directory');
  const bundle = `${s.dir}/other`;
  mkdirSync(bundle);
  await refused(bundle, `cannot read ${bundle}/config.json: no such file or directory`);
  writeFileSync(`${bundle}/config.json`, '{');
  await refused(bundle, new RegExp(`^cannot read ${bundle}/config.json: .*JSON`));
  writeFileSync(`${bundle}/config.json`, '[]');
  await refused(bundle, `cannot read ${bundle}/config.json: it is not a JSON object`);
  rmSync(`${bundle}/config.json`);
  mkdirSync(`${bundle}/config.json`);
  await refused(bundle, `cannot read ${bundle}/config.json: it is not a regular file`);
});

t.test('a failure of the monitor is not called that of the runtime', MINI, async (t) => {
  const { s, options } = prepared(t, 'miniruntime', sh('true'));
  withTemporary(t, s.dir);
  await t.rejects(createContainer({ ...options, socketDirPath: `${s.dir}/none/such` }), {
    name: 'MonitorError',
    code: 'ERR_CONMON_MONITOR',
    message: /conmon failed: cannot .*attach link .*none\/such.*: No such file or directory$/,
  });
  for (const text of ['executable file `x` not found', 'cannot bind the attach socket: no', '', undefined]) {
    t.equal(monitorFailure(text), undefined, String(text));
  }
  t.equal(monitorFailure('conmon: cannot bind the attach socket'), 'cannot bind the attach socket');
});

t.test('state: what the runtime and the monitor know', MINI, async (t) => {
  const { s, options } = prepared(t, 'miniruntime', sh('sleep 60'));
  withTemporary(t, s.dir);
  const made = await createContainer(options);
  t.same(await made.state(), { status: 'created', pid: made.pid, exit: undefined });
  await made.start();
  t.same(await made.state(), { status: 'running', pid: made.pid, exit: undefined });
  await made.kill('SIGKILL');
  await within('the end', made.wait());
  t.match(await made.state(), { status: 'stopped', pid: undefined, exit: { status: 137 } });
  await made.delete();
  t.match(await made.state(), { status: 'deleted', exit: { status: 137 } });
});

t.test('stop sends SIGTERM first, then SIGKILL', MINI, async (t) => {
  const polite = await running(t, 'trap "exit 3" TERM; while :; do sleep 0.01; done');
  t.match(await within('the end', polite.stop()), { status: 3 });
  t.match(await polite.stop(), { status: 3 }, 'one that has ended');
  await polite.delete();
  t.match(await polite.stop(), { status: 3 }, 'one that was deleted');
  const rude = await running(t, 'trap "" TERM; while :; do sleep 0.01; done');
  t.match(await within('the end', rude.stop({ timeout: 0.2 })), { status: 137 });
  await rude.delete();
  const other = await running(t, 'trap "" TERM; trap "exit 5" USR1; while :; do sleep 0.01; done');
  await until('its traps', async () => (await other.execOutput({ args: ['/bin/true'] })).exitCode === 0);
  t.match(await within('the end', other.stop({ stopSignal: 'SIGUSR1' })), { status: Number });
  await other.delete();
});

t.test('a container is deleted at the end of its scope', MINI, async (t) => {
  const made = await running(t);
  await made[Symbol.asyncDispose]();
  t.match(await made.state(), { status: 'deleted' });
});

t.test('output of an exec session, and its status', MINI, async (t) => {
  const made = await running(t);
  const shell = (command: string): readonly [string, ...string[]] => ['/bin/sh', '-c', command];
  t.same(await made.execOutput({ args: shell('cat; echo "$X" >&2; exit 3'), input: 'in\n', env: { X: 'err' } }), {
    stdout: 'in\n',
    stderr: 'err\n',
    exitCode: 3,
    timedOut: false,
  });
  t.match(await made.execOutput({ args: shell('printf "\\377"'), encoding: 'latin1' }), { stdout: '\u00ff' });
  t.match(await made.execOutput({ args: shell('sleep 60'), timeout: 1 }), { exitCode: -1, timedOut: true });
  await t.rejects(made.execOutput({ args: shell('sleep 60'), signal: AbortSignal.timeout(300) }), {
    name: 'TimeoutError',
  });
  await t.rejects(made.execOutput({ args: shell('yes'), maxBuffer: 10_000 }), { name: 'RangeError' });
  await t.rejects(made.execOutput({ args: ['/no/such/program'] }), { name: 'RuntimeError', action: 'exec' });
  await made.delete();
});
