/** Real containers, made, started, watched and removed by the library. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import {
  createContainer,
  type CreateOptions,
  type LogRecord,
  monitors,
  RuntimeError,
  startContainer,
} from '../../../ts/node/index.js';
import { container, type Process, RUNTIMES, type RuntimeName } from '../../support/container.js';
import { needs } from '../../support/needs.js';
import { isAlive } from '../../support/proc.js';
import { scene, type Scene } from '../../support/scene.js';
import { within } from '../../support/wait.js';

const C_CONMON = '/usr/bin/conmon';
const sh = (command: string): Process => ({ args: ['/bin/sh', '-c', command] });

interface Prepared {
  readonly s: Scene;
  readonly options: CreateOptions;
}

function prepared(t: Test, name: RuntimeName, process: Process): Prepared {
  const s = scene(t);
  const made = container(t, s, name, process);
  const runtimeArg = made.options.filter((word) => word !== '--runtime-arg');
  return { s, options: { bundle: s.bundle, cid: s.cid, runtime: made.runtime, runtimeArg, directory: s.dir } };
}

async function texts(records: AsyncIterable<LogRecord>): Promise<string[]> {
  const found: string[] = [];
  for await (const { stream, text } of records) found.push(`${stream} ${text.toString()}`);
  return found;
}

for (const runtime of RUNTIMES) {
  for (const monitor of [undefined, C_CONMON]) {
    const needed = needs(runtime, 'root', ...(monitor === undefined ? [] : (['conmon'] as const)));
    t.test(`${runtime} under ${monitor ?? 'our conmon'}: from start to end`, needed, async (t) => {
      const { options, s } = prepared(t, runtime, sh('echo out; echo err >&2; exit 7'));
      const made = await startContainer({ ...options, monitor });
      const records = await within('the end of the log', texts(made.log({ follow: true })));
      t.same(records.toSorted(), ['stderr err', 'stdout out']);
      t.match(await made.wait(), { status: 7, oomKilled: false, timedOut: false, pid: made.pid });
      t.equal(made.cid, s.cid);
      await made.delete();
      t.ok(existsSync(s.log), 'a given directory stays');
    });

    t.test(`${runtime} under ${monitor ?? 'our conmon'}: attach, exec, signal`, needed, async (t) => {
      const { options } = prepared(
        t,
        runtime,
        sh('trap "exit 5" TERM; echo first; read -r line; echo "got $line"; while :; do sleep 0.1; done'),
      );
      const made = await createContainer({ ...options, monitor, stdin: true });
      const streams = await made.attach();
      let shown = '';
      streams.on('data', (bytes: Buffer) => (shown += bytes.toString()));
      streams.stderr.resume();
      await made.start();
      const process = await made.exec({
        args: ['/bin/sh', '-c', 'cat; echo "$X"; echo err >&2; exit 3'],
        env: { X: 'with a value' },
        stdin: true,
      });
      process.streams.end('input\n');
      t.same(await within('output', Promise.all([text(process.streams), text(process.streams.stderr)])), [
        'input\nwith a value\n',
        'err\n',
      ]);
      t.same(await within('its end', process.wait()), { status: 3, timedOut: false });
      t.notOk(process.kill(), 'it has ended');
      streams.write('a line\n');
      while (!shown.includes('got')) await sleep(5);
      t.equal(shown, 'first\ngot a line\n');
      await made.kill();
      t.match(await within('the end', made.wait()), { status: 5 });
      await made.delete();
    });
  }
}

const MINI = needs('miniruntime');

t.test('monitors finds it, and knows its places', MINI, async (t) => {
  const made = await startContainer(prepared(t, 'miniruntime', { args: ['/bin/sleep', '60'] }).options);
  const info = (await monitors()).find(({ cid }) => cid === made.cid);
  t.match(info, {
    pid: made.monitorPid,
    containerPid: made.pid,
    attachSocket: made.attachSocket,
    control: made.control,
  });
  await made.delete();
  t.notOk(isAlive(made.pid));
});

t.test('the directory that the library creates is removed, also after a failure', MINI, async (t) => {
  const ours = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('conmon-node-'));
  const before = ours();
  const { directory: _, ...options } = prepared(t, 'miniruntime', sh('echo hello')).options;
  const made = await startContainer(options);
  t.same(await within('the log', texts(made.log({ follow: true }))), ['stdout hello']);
  t.ok(ours().length > before.length);
  await made.delete();
  await t.rejects(startContainer({ ...options, bundle: '/no/such/bundle' }), { name: 'BundleError' });
  await t.rejects(startContainer({ ...options, exitDelay: -1 }), { name: 'PlanError' });
  t.same(ours(), before);
});

t.test("the runtime's stderr is the error message", MINI, async (t) => {
  const { options, s } = prepared(t, 'miniruntime', sh('true'));
  writeFileSync(`${s.bundle}/config.json`, '{}');
  const error: unknown = await createContainer(options).catch((thrown: unknown) => thrown);
  t.match(error, { name: 'RuntimeError', action: 'create', runtime: options.runtime, message: /config\.json/ });
  t.ok(error instanceof RuntimeError);
});

t.test('a missing runtime, a missing monitor', MINI, async (t) => {
  const { options } = prepared(t, 'miniruntime', sh('true'));
  await t.rejects(createContainer({ ...options, runtime: 'no-such-runtime' }), {
    name: 'InstallationError',
    code: 'ERR_CONMON_RUNTIME_NOT_FOUND',
    message: 'cannot find an OCI runtime: no-such-runtime is not in PATH; the option `runtime` takes a path as well',
  });
  await t.rejects(createContainer({ ...options, monitor: '/no/such/conmon' }), {
    name: 'MonitorError',
    message: 'cannot execute /no/such/conmon: no such file or directory',
  });
  await t.rejects(createContainer({ ...options, runtime: '/no/such/runtime' }), {
    name: 'InstallationError',
    code: 'ERR_CONMON_RUNTIME_NOT_FOUND',
    message: 'cannot execute the OCI runtime /no/such/runtime: no such file or directory',
  });
  await t.rejects(createContainer({ ...options, logPath: ['k8s-file:/no/such/directory/log'] }), {
    name: 'MonitorError',
    message: /ended with status 1: .*\/no\/such\/directory\/log/,
  });
});

t.test('a process that cannot be executed, or takes too long', MINI, async (t) => {
  const made = await startContainer(prepared(t, 'miniruntime', { args: ['/bin/sleep', '60'] }).options);
  await t.rejects(made.exec({ args: ['/no/such/program'] }), {
    name: 'RuntimeError',
    action: 'exec',
    message: /no\/such\/program/,
  });
  const slow = await made.exec({ args: ['/bin/sleep', '60'], timeout: 1 });
  slow.streams.resume();
  t.same(await within('its end', slow.wait()), { status: -1, timedOut: true });
  t.same(
    readdirSync(made.logs.length === 0 ? '/' : made.bundle).filter((name) => name.startsWith('exec-')),
    [],
  );
  await made.delete();
});

t.test('waiting can be aborted, and the time limit ends the container', MINI, async (t) => {
  const made = await startContainer({
    ...prepared(t, 'miniruntime', { args: ['/bin/sleep', '60'] }).options,
    timeout: 2,
  });
  await t.rejects(made.wait({ signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' });
  t.match(await within('the end', made.wait()), { status: -1, timedOut: true });
  await made.delete();
});

t.test('a killed monitor is reported, not waited for', MINI, async (t) => {
  const made = await startContainer(prepared(t, 'miniruntime', { args: ['/bin/sleep', '60'] }).options);
  process.kill(made.monitorPid, 'SIGKILL');
  await t.rejects(within('the end', made.wait()), { name: 'MonitorError', message: /without writing the exit file/ });
  await made.delete();
});

t.test('an abort signal ends the creation, and nothing remains', MINI, async (t) => {
  const { options, s } = prepared(t, 'miniruntime', sh('true'));
  const slow = `${s.dir}/slow`;
  writeFileSync(slow, '#!/bin/sh\ncase "$*" in *delete*) exit 1 ;; esac\necho $$ > "$0.pid"\nexec sleep 60\n', {
    mode: 0o755,
  });
  const controller = new AbortController();
  const making = createContainer({ ...options, runtime: slow, runtimeArg: [], signal: controller.signal });
  while (!existsSync(`${slow}.pid`)) await sleep(5);
  controller.abort();
  await t.rejects(within('the refusal', making), { name: 'AbortError' });
  t.notOk(isAlive(Number(readFileSync(`${slow}.pid`, 'utf8'))));
  t.same(
    (await monitors()).filter(({ cid }) => cid === s.cid),
    [],
  );
  await t.rejects(createContainer({ ...options, signal: controller.signal }), { name: 'AbortError' });
});
