/** Finds real monitors, ours and C's. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import t, { type Test } from 'tap';
import type { MonitorInfo } from '../../../ts/node/monitors/info.js';
import { monitors } from '../../../ts/node/monitors/monitors.js';
import { type Role, actor } from '../../support/actor.js';
import { createArguments, legacyArguments } from '../../support/arguments.js';
import { attach } from '../../support/attach.js';
import { type Launched, launch, type LaunchOptions } from '../../support/monitor.js';
import { needs } from '../../support/needs.js';
import { enterNamespace } from '../../support/namespace.js';
import { type Scene, scene } from '../../support/scene.js';
import { ROOT } from '../../support/target.js';
import { until } from '../../support/wait.js';

const SLEEPS: Role = { payload: 'echo hello; sleep 60', ungated: true };
const FREEZER = existsSync('/sys/fs/cgroup/freezer/tasks')
  ? needs('root')
  : { skip: 'this machine has no freezer of cgroup v1' };
const PROGRAMS = [
  { kind: 'conmon-node', command: `${ROOT}dist/native/conmon`, needed: needs('miniruntime') },
  { kind: 'conmon', command: '/usr/bin/conmon', needed: needs('conmon') },
] as const;

interface Running {
  readonly s: Scene;
  readonly run: Launched;
  readonly pid: number;
}

async function running(t: Test, args: readonly string[], options: LaunchOptions, role = SLEEPS): Promise<Running> {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s, role).path, args), options);
  return { s, run, pid: await run.started() };
}

/** Those of one container. */
async function of({ cid }: Scene): Promise<MonitorInfo[]> {
  return (await monitors()).filter((info) => info.cid === cid);
}

/** The version of the program itself, which for conmon-node is not the third word. */
function versionOf(command: string): string {
  const text = execFileSync(command, ['--version'], { encoding: 'utf8' });
  return /commit: conmon-node-([^-]+)-/.exec(text)?.[1] ?? text.split(/\s+/)[2] ?? '';
}

for (const { kind, command, needed } of PROGRAMS) {
  t.test(`${kind}: everything about a running container`, needed, async (t) => {
    const { s, run, pid } = await running(t, ['--exit-command', '/bin/true'], { command });
    await until('the log', () => statSync(s.log).size > 0);
    const [info, ...others] = await of(s);
    t.same(others, []);
    const { startedAt, memory, ...rest } = info ?? { startedAt: new Date(0), memory: undefined };
    t.same(rest, {
      pid: await run.pid(),
      uid: process.getuid?.(),
      isForeign: false,
      kind,
      version: versionOf(command),
      cid: s.cid,
      name: 'e2e',
      cuuid: s.cid,
      mode: 'create',
      terminal: false,
      state: 'running',
      containerPid: pid,
      bundle: s.bundle,
      logs: [{ driver: 'k8s-file', path: s.log, bytes: statSync(s.log).size }],
      attachSocket: `${s.bundle}/attach`,
      control: `${s.bundle}/ctl`,
      exitFiles: [s.persistFile, s.exitFile],
      clients: 0,
      problem: undefined,
    });
    t.ok(Math.abs(Date.now() - startedAt.getTime()) < 60_000, 'it was started just now');
    t.ok((memory?.anonymous ?? 0) > 0 && (memory?.pss ?? 0) > 0 && (memory?.rss ?? 0) >= (memory?.anonymous ?? 0));
  });

  t.test(`${kind}: clients are counted`, { ...needed, ...needs('socat') }, async (t) => {
    const { s } = await running(t, [], { command });
    const first = await attach(t, `${s.bundle}/attach`);
    await attach(t, `${s.bundle}/attach`);
    await until('two clients', async () => (await of(s))[0]?.clients === 2);
    first.vanish();
    // C conmon keeps a connection until it has something to send to it.
    const left = kind === 'conmon' ? 2 : 1;
    await until('one client less', async () => (await of(s))[0]?.clients === left);
  });

  t.test(`${kind}: a container that has ended, and the exit command waits`, needed, async (t) => {
    const role = { payload: 'exit 0', ungated: true };
    const args = ['--exit-command', '/bin/true', '--exit-delay', '60'];
    const { s, run } = await running(t, args, { command }, role);
    await until('its end', async () => (await of(s))[0]?.state === 'ended');
    const found = await of(s);
    t.same(
      found.map((info) => info.pid),
      [await run.pid()],
      'the child that waits is not a monitor',
    );
  });

  t.test(`${kind}: a container that is being created`, needed, async (t) => {
    const s = scene(t);
    const runtime = actor(s, { before: 'sleep 60' });
    launch(t, s, createArguments(s, runtime.path), { command });
    // The launcher is found too, until it ends.
    const info = await until('the monitor', async () => (await of(s)).find(({ state }) => state === 'creating'));
    t.equal(info.containerPid, undefined);
  });

  t.test(`${kind}: an exec session`, needed, async (t) => {
    const session = 'f'.repeat(64);
    const s = scene(t);
    const runtime = actor(s, SLEEPS);
    const args = createArguments(s, runtime.path, ['--exec', '--exec-process-spec', '/dev/null'], { '-u': session });
    await launch(t, s, args, { command }).started();
    t.match(await of(s), [{ mode: 'exec', cuuid: session, state: 'running', attachSocket: `${s.bundle}/attach` }]);
  });

  t.test(`${kind}: relative paths, several logs`, needed, async (t) => {
    const s = scene(t);
    const logs = ['-l', 'k8s-file:relative.log', '-l', 'journald'];
    const runtime = actor(s, SLEEPS);
    const args = createArguments(s, runtime.path, logs, { '-l': null, '-b': 'bundle', '-p': 'pidfile' });
    launch(t, s, args, { command });
    const info = await until('the container', async () => (await of(s)).find(({ state }) => state === 'running'));
    t.equal(info.attachSocket, `${s.bundle}/attach`);
    t.match(info.logs, [
      { driver: 'k8s-file', path: `${s.dir}/relative.log` },
      { driver: 'journald', path: undefined },
    ]);
  });

  const others = { ...needed, ...needs('root', 'unshare', 'nsenter') };
  t.test(`${kind}: in another mount namespace, files are found from here`, others, async (t) => {
    const s = scene(t);
    const namespace = await enterNamespace(`mount -t tmpfs none ${s.bundle}`);
    t.teardown(() => namespace.leave());
    const runtime = actor(s, SLEEPS);
    const args = createArguments(s, runtime.path, [], { '-l': `k8s-file:${s.bundle}/log`, '-p': `${s.bundle}/pid` });
    const run = launch(t, s, args, { command, prefix: [...namespace.prefix, s.dir] });
    const pid = await run.started();
    const info = await until('the log', async () => (await of(s)).find(({ logs }) => (logs[0]?.bytes ?? 0) > 0));
    t.match(info, { containerPid: pid, bundle: s.bundle, state: 'running' });
    t.ok(statSync(info.attachSocket ?? '').isSocket());
    t.ok(statSync(info.control ?? '').isFIFO());
  });

  t.test(`${kind}: a monitor that is stopped, and one that continues`, needed, async (t) => {
    const { s, run } = await running(t, [], { command });
    const pid = await run.pid();
    process.kill(pid, 'SIGSTOP');
    await until('it to stop', async () => (await of(s))[0]?.state === 'stopped');
    process.kill(pid, 'SIGCONT');
    await until('it to continue', async () => (await of(s))[0]?.state === 'running');
    t.pass();
  });

  t.test(`${kind}: a paused container`, { ...needed, ...FREEZER }, async (t) => {
    const { s, pid } = await running(t, [], { command });
    const freezer = `/sys/fs/cgroup/freezer/conmon-test-${process.pid}`;
    mkdirSync(`${freezer}/inner`, { recursive: true });
    t.teardown(async () => {
      writeFileSync(`${freezer}/freezer.state`, 'THAWED');
      process.kill(pid, 'SIGKILL');
      await until('the cgroup to be empty', () => readFileSync(`${freezer}/inner/cgroup.procs`, 'utf8') === '');
      rmdirSync(`${freezer}/inner`);
      rmdirSync(freezer);
    });
    writeFileSync(`${freezer}/inner/cgroup.procs`, String(pid));
    writeFileSync(`${freezer}/freezer.state`, 'FROZEN');
    await until('it to be frozen', async () => (await of(s))[0]?.state === 'paused');
    t.match(await of(s), [{ state: 'paused', containerPid: pid }]);
    writeFileSync(`${freezer}/freezer.state`, 'THAWED');
    await until('it to run', async () => (await of(s))[0]?.state === 'running');
  });

  const apart = { ...needed, ...needs('root', 'setpriv') };
  t.test(`${kind}: another user sees what the system lets it see`, apart, async (t) => {
    const { s, run } = await running(t, [], { command });
    // What that user can read even where only its owner can enter this checkout.
    const library = `${s.dir}/index.mjs`;
    copyFileSync(`${ROOT}dist/index.js`, library);
    chmodSync(s.dir, 0o755);
    chmodSync(s.pidfile, 0o600);
    const program = `
      import { monitors } from '${library}';
      console.log(JSON.stringify((await monitors()).find((info) => info.cid === '${s.cid}')));`;
    // tap adds a module of this checkout to NODE_OPTIONS of every child.
    const node = ['env', '--unset=NODE_OPTIONS', process.execPath, '--input-type=module', '--eval', program];
    const child = spawn('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', ...node], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: '/',
    });
    let text = '';
    for await (const chunk of child.stdout) text += String(chunk);
    t.match(JSON.parse(text), { pid: await run.pid(), cid: s.cid, kind: 'unknown', name: 'e2e', bundle: s.bundle });
    t.notOk('state' in JSON.parse(text), 'it cannot read the pid file');
    t.notMatch(JSON.parse(text), { clients: /./ });
  });
}

t.test('an exec of CRI-O, which nobody can attach to', async (t) => {
  const s = scene(t);
  const runtime = actor(s, SLEEPS);
  const args = legacyArguments(s, runtime.path, ['--exec', '--exec-process-spec', '/dev/null'], { '-u': null });
  launch(t, s, args);
  const info = await until('the process', async () => (await of(s)).find(({ state }) => state === 'running'));
  t.match(info, { mode: 'exec', cuuid: undefined, attachSocket: undefined, control: undefined });
});

t.test('a process that is only named conmon is not a monitor', async (t) => {
  const directory = t.testdir({});
  execFileSync('cp', ['/bin/sleep', `${directory}/conmon`]);
  const child = spawn(`${directory}/conmon`, ['60'], { stdio: 'ignore' });
  t.teardown(() => child.kill());
  t.notOk((await monitors()).some(({ pid }) => pid === child.pid));
});
