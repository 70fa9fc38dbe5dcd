/** A container whose monitor was killed gets another one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { type Role, actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { CONMONCTL } from '../ctl/live.js';
import { attach } from '../support/attach.js';
import { type Result, command } from '../support/command.js';
import { joined, readLog } from '../support/cri-log.js';
import { readDockerLog } from '../support/docker-log.js';
import { go, waiting } from '../support/go.js';
import { sleeps } from '../support/idle.js';
import { type Launched, launch } from '../support/monitor.js';
import { cmdline, comm, isAlive, status } from '../support/proc.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { EXECUTABLE } from '../support/upgrade.js';
import { until, untilExists } from '../support/wait.js';

const ONLY_OURS = betterThanC('leaves a container without a monitor when it is killed');
const GAP = /^conmon: output may be missing here: the monitor was killed/;

/** With and without an exit command: without one the monitor is restricted. */
const CONFINEMENTS: readonly (readonly [string, boolean])[] = [
  ['with an exit command', true],
  ['restricted', false],
];

async function start(
  t: Test,
  s: Scene,
  role: Role,
  extra: readonly string[] = [],
  changes: Readonly<Record<string, string>> = {},
): Promise<{ readonly run: Launched; readonly pid: number }> {
  const runtime = actor(s, { ungated: true, ...role });
  const run = launch(t, s, createArguments(s, runtime.path, extra, changes), { env: { RESCUE_TEST: 'kept' } });
  await run.started();
  await untilExists(recordOf(s));
  return { run, pid: await run.pid() };
}

function recordOf(s: Scene): string {
  return `${s.conmonPidfile}.rescue`;
}

function containerPid(s: Scene): number {
  return Number(readFileSync(s.pidfile, 'utf8'));
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  // Its pid can be used again when it has been reaped.
  await until('the end of the monitor', () => !existsSync(`/proc/${pid}`));
}

function ctl(...words: readonly string[]): Promise<Result> {
  return command([CONMONCTL, 'rescue', '--executable', EXECUTABLE, ...words]);
}

async function rescue(t: Test, s: Scene): Promise<void> {
  const done = await ctl(recordOf(s));
  t.equal(done.code, 0, done.stderr);
  t.match(done.text, /^e2e: has a monitor again\n$/);
}

/** What the container wrote, without our own records about the gap. */
function logged(s: Scene, stream: 'stdout' | 'stderr'): string {
  const lines = joined(readLog(s.log), stream).split(/(?<=\n)/);
  return lines.filter((line) => !GAP.test(line)).join('');
}

for (const [how, hasCommand] of CONFINEMENTS) {
  void t.test(`output, input and exit are as before, ${how}`, ONLY_OURS, async (t) => {
    const s = scene(t);
    const script = `env > '${s.dir}/ran.new'; pwd >> '${s.dir}/ran.new'; mv '${s.dir}/ran.new' '${s.dir}/ran'`;
    const words = ['/bin/sh', '--exit-command-arg', '-c', '--exit-command-arg', script];
    const { run, pid } = await start(
      t,
      s,
      { payload: `echo before; ${waiting(s)}; echo after; echo error >&2; read -r line; echo "got $line"; exit 7` },
      ['-i', ...(hasCommand ? ['--exit-command', ...words] : [])],
    );
    // A container that writes while nobody has the other end of its pipe gets SIGPIPE.
    await until('the first line', () => logged(s, 'stdout') === 'before\n');
    const facts = (at: number): unknown => [comm(at), cmdline(at), status(at, 'NoNewPrivs'), status(at, 'Seccomp')];
    await until('the monitor to rest', () => status(pid, 'State')?.startsWith('S'));
    const before = facts(pid);
    await kill(pid);
    await rescue(t, s);
    const now = Number(readFileSync(s.conmonPidfile, 'utf8'));
    t.equal(now, pid, 'the same pid, by which managers know it');
    await until('the monitor to rest', () => status(now, 'State')?.startsWith('S'));
    t.same(facts(now), before);
    await sleeps(t, now);
    const client = await attach(t, `${s.bundle}/attach`);
    go(s);
    await client.expect(2, /after/);
    client.send('hello\n');
    await client.expect(2, /got hello/);
    t.equal(await run.finished(), '7');
    t.equal(readFileSync(s.persistFile, 'utf8'), '7');
    t.equal(logged(s, 'stdout'), 'before\nafter\ngot hello\n');
    t.equal(logged(s, 'stderr'), 'error\n');
    t.ok(GAP.test(joined(readLog(s.log), 'stderr')), 'the log shows the gap');
    if (hasCommand) {
      await untilExists(`${s.dir}/ran`);
      t.match(readFileSync(`${s.dir}/ran`, 'utf8'), /RESCUE_TEST=kept/);
      t.notMatch(readFileSync(`${s.dir}/ran`, 'utf8'), /_CONMON_RESCUE/);
    }
    await until('the end of the monitor', () => !isAlive(now));
    for (const left of ['attach', 'conmon.sock']) t.notOk(existsSync(`${s.bundle}/${left}`), left);
    t.notOk(existsSync(recordOf(s)), 'the record is removed');
  });
}

void t.test(
  'output that was written without a monitor is in the log, also when the streams were closed',
  ONLY_OURS,
  async (t) => {
    for (const driver of ['k8s-file', 'json-file']) {
      const s = scene(t);
      // The first process closes its streams; another one holds them.
      const payload = `(${waiting(s)}; echo last) & echo first; : > '${s.dir}/said'; exec >/dev/null 2>&1; wait; exit 3`;
      const { run, pid } = await start(t, s, { payload: `sleep 0.3; ${payload}` }, [], { '-l': `${driver}:${s.log}` });
      process.kill(pid, 'SIGSTOP');
      await untilExists(`${s.dir}/said`);
      await kill(pid);
      await rescue(t, s);
      go(s);
      t.equal(await run.finished(), '3');
      if (driver === 'k8s-file') t.equal(logged(s, 'stdout'), 'first\nlast\n');
      else {
        const lines = readDockerLog(s.log).map(({ log }) => log);
        t.same(
          lines.filter((line) => !GAP.test(line)),
          ['first\n', 'last\n'],
        );
        t.equal(lines.length, 3, 'the log shows the gap');
      }
    }
  },
);

void t.test('a container that has ended meanwhile is reported', ONLY_OURS, async (t) => {
  const s = scene(t);
  const script = `: > '${s.dir}/ran'`;
  const exit = ['--exit-command', '/bin/sh', '--exit-command-arg', '-c', '--exit-command-arg', script];
  const { run, pid } = await start(t, s, { payload: 'exec sleep 1000' }, exit);
  await kill(pid);
  process.kill(containerPid(s), 'SIGKILL');
  await until('the end of the container', () => !isAlive(containerPid(s)));
  await rescue(t, s);
  // A parent that has not reaped it shows how it ended.
  t.match(await run.finished(), /^(255|137)$/);
  await untilExists(`${s.dir}/ran`);
  t.notOk(existsSync(recordOf(s)), 'it is not rescued again');
});

void t.test('the status that the killed monitor has reported stays', ONLY_OURS, async (t) => {
  const s = scene(t);
  const { run, pid } = await start(t, s, { payload: 'exec sleep 1000' });
  await kill(pid);
  process.kill(containerPid(s), 'SIGKILL');
  await until('the end of the container', () => !isAlive(containerPid(s)));
  writeFileSync(s.exitFile, '42');
  await rescue(t, s);
  await until('the report', () => existsSync(s.persistFile));
  t.equal(await run.finished(), '42');
  t.equal(readFileSync(s.persistFile, 'utf8'), '42');
});

void t.test('reopening, resizing, an upgrade and a second rescue work afterwards', ONLY_OURS, async (t) => {
  const s = scene(t);
  const payload = `${waiting(s)}; echo one; ${waiting(s, 'again')}; echo two; exit 9`;
  const { run, pid } = await start(t, s, { payload });
  await kill(pid);
  await rescue(t, s);
  writeFileSync(`${s.bundle}/ctl`, '2 0 0\n');
  const upgraded = await command([CONMONCTL, 'upgrade', '--executable', EXECUTABLE, s.cid]);
  t.equal(upgraded.code, 0, upgraded.stderr);
  const client = await attach(t, `${s.bundle}/attach`);
  go(s);
  await client.expect(2, /one/);
  await kill(Number(readFileSync(s.conmonPidfile, 'utf8')));
  await rescue(t, s);
  const second = await attach(t, `${s.bundle}/attach`);
  go(s, 'again');
  await second.expect(2, /two/);
  t.equal(await run.finished(), '9');
  t.equal(logged(s, 'stdout'), 'one\ntwo\n');
});

void t.test('the time limit counts from the start of the container', ONLY_OURS, async (t) => {
  const s = scene(t);
  const { run, pid } = await start(t, s, { payload: 'exec sleep 1000' }, ['-T', '2']);
  await kill(pid);
  await rescue(t, s);
  t.equal(await run.finished(), '-1');
});

void t.test('of several at a time one monitors the container', ONLY_OURS, async (t) => {
  const s = scene(t);
  const { run, pid } = await start(t, s, { payload: `${waiting(s)}; echo once; exit 5` });
  await kill(pid);
  const done = await Promise.all(Array.from({ length: 4 }, () => ctl('--json', recordOf(s))));
  const results = done.map(({ text }) => JSON.parse(text).containers[0].result);
  t.equal(results.filter((result) => result === 'rescued').length, 1, results.join());
  t.match((await ctl(recordOf(s))).text, /^e2e: process \d+ monitors it\n$/);
  go(s);
  t.equal(await run.finished(), '5');
  t.equal(logged(s, 'stdout'), 'once\n');
});

void t.test('records of other users and invalid records are not used', ONLY_OURS, async (t) => {
  const s = scene(t);
  const { pid } = await start(t, s, { payload: 'exec sleep 1000' });
  await kill(pid);
  const copy = `${s.dir}/foreign.rescue`;
  copyFileSync(recordOf(s), copy);
  chownSync(copy, 65_534, 65_534);
  t.match((await ctl(copy)).stderr, /no record of a monitor names a container/);
  writeFileSync(`${s.dir}/malformed.rescue`, '1 2 3 4 5 6 - - - 1 0 0 0\n');
  t.match((await ctl(`${s.dir}/malformed.rescue`)).stderr, /no record of a monitor names a container/);
  const stale = `${s.dir}/stale.rescue`;
  copyFileSync(recordOf(s), stale);
  const refused = await ctl(stale);
  t.match([refused.code, refused.stderr], [1, /cannot rescue e2e: .*another one has replaced it/]);
  t.match((await ctl('nobody-has-this')).stderr, /no record of a monitor names a container/);
  t.match((await ctl()).stderr, /needs containers, --all or --watch/);
  t.equal(statSync(recordOf(s)).mode & 0o777, 0o600);
  t.ok(isAlive(containerPid(s)), 'the container still runs');
});

void t.test('a container with a terminal keeps its report', ONLY_OURS, async (t) => {
  const s = scene(t);
  const payload = `trap '' HUP; ${waiting(s)}; exit 6`;
  const { run, pid } = await start(t, s, { payload });
  await kill(pid);
  await rescue(t, s);
  go(s);
  t.equal(await run.finished(), '6');
});

void t.test('rescue --watch replaces a killed monitor within a second', ONLY_OURS, async (t) => {
  const s = scene(t);
  // A place that is searched: a directory as those of `conmonctl run`.
  const directory = `${s.dir}/conmonctl-aB3xY9`;
  const own = { ...s, conmonPidfile: `${directory}/conmon.pid` };
  await command(['mkdir', directory]);
  const { run, pid } = await start(t, own, { payload: `${waiting(s)}; exit 8` });
  const watcher: ChildProcess = spawn(CONMONCTL, ['rescue', '--executable', EXECUTABLE, '--watch'], {
    env: { ...process.env, TMPDIR: s.dir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => watcher.kill('SIGKILL'));
  let printed = '';
  watcher.stdout?.on('data', (text: Buffer) => (printed += text.toString()));
  for (let round = 0; round < 2; round += 1) {
    const monitor = Number(readFileSync(own.conmonPidfile, 'utf8'));
    await until('the record', () => existsSync(recordOf(own)));
    const before = statSync(recordOf(own)).ino;
    const since = performance.now();
    process.kill(monitor, 'SIGKILL');
    await until('another monitor', () => existsSync(recordOf(own)) && statSync(recordOf(own)).ino !== before);
    const took = performance.now() - since;
    t.comment(`${took.toFixed(0)} ms`);
    if (round > 0) t.ok(took < 1000 || process.env['CI'] === undefined, `${took.toFixed(0)} ms`);
  }
  go(s);
  t.equal(await run.finished(), '8');
  watcher.kill('SIGTERM');
  await until('its end', () => watcher.exitCode !== null);
  t.equal(watcher.exitCode, 0);
  t.match(printed, /^(e2e: has a monitor again\n){2}$/);
  t.ok(pid > 0);
});
