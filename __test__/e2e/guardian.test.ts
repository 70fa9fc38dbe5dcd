/** A guardian starts another monitor when the monitor is killed. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { CONMONCTL } from '../ctl/live.js';
import { readCounters } from '../../ts/node/monitors/read-counters.js';
import { attach } from '../support/attach.js';
import { command } from '../support/command.js';
import { container } from '../support/container.js';
import { joined, readTornLog } from '../support/cri-log.js';
import { go, waiting } from '../support/go.js';
import { counted, GUARDIAN, killMonitor, monitorOf, ranOnce, replaceMonitor, start } from '../support/guardian.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { children, cmdline, comm, contextSwitches, isAlive, stat, status } from '../support/proc.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { EXECUTABLE, upgrade } from '../support/upgrade.js';
import { until, untilExists } from '../support/wait.js';

const ONLY_OURS = betterThanC('leaves a container without a monitor when it is killed');
const KILLS = Number(process.env['CONMON_TEST_KILLS'] ?? 20);
/** A record about output that was lost with a monitor, which counts it. */
const GAP = /^conmon: output may be missing here, at most (\d+) bytes: the monitor was killed/;

const MISSING =
  'conmon: output may be missing here, at most 4 bytes: the monitor was killed, and another one continues';

/** Bytes that the records about gaps count. */
function countedLoss(s: Scene): number {
  const gaps = readTornLog(s.log).map(({ text }) => Number(GAP.exec(text)?.[1] ?? 0));
  return gaps.reduce((sum, bytes) => sum + bytes, 0);
}

/** What the container wrote, without our own records about the gap. */
function logged(s: Scene, stream: 'stdout' | 'stderr'): string {
  const lines = joined(readTornLog(s.log), stream).split(/(?<=\n)/);
  return lines.filter((line) => !GAP.test(line)).join('');
}

for (const hasCommand of [true, false]) {
  const how = hasCommand ? 'with an exit command' : 'restricted';
  void t.test(`output, input and exit are as before, ${how}`, ONLY_OURS, async (t) => {
    const s = scene(t);
    const payload = `echo before; ${waiting(s)}; echo after; echo error >&2; cat; echo end; exit 7`;
    const { run, guardian } = await start(t, s, { payload }, ['-i', ...(hasCommand ? counted(s) : [])]);
    const first = await monitorOf(guardian);
    await until('the monitor to rest', () => status(first, 'State')?.startsWith('S'));
    const facts = (pid: number): unknown => [comm(pid), status(pid, 'NoNewPrivs'), status(pid, 'Seccomp')];
    const before = facts(first);
    for (let round = 0; round < 3; round += 1) {
      const next = await replaceMonitor(guardian);
      await until('the monitor to rest', () => status(next, 'State')?.startsWith('S'));
      await until('its restrictions', () => JSON.stringify(facts(next)) === JSON.stringify(before));
    }
    const client = await attach(t, `${s.bundle}/attach`);
    go(s);
    await client.expect(2, /after/);
    client.send('hello\n');
    await client.expect(2, /hello/);
    await replaceMonitor(guardian);
    const second = await attach(t, `${s.bundle}/attach`);
    second.send('again\n');
    await second.expect(2, /again/);
    // The container sees the end of its input although the guardian had kept it open.
    second.end();
    t.equal(await run.finished(), '7');
    t.equal(readFileSync(s.persistFile, 'utf8'), '7');
    t.equal(logged(s, 'stdout'), 'before\nafter\nhello\nagain\nend\n');
    t.equal(logged(s, 'stderr'), 'error\n');
    if (hasCommand) await ranOnce(t, s, guardian);
    await until('the end of the guardian', () => !isAlive(guardian));
    for (const left of [`${s.bundle}/attach`, `${s.bundle}/conmon.sock`, `${s.conmonPidfile}.rescue`]) {
      t.notOk(existsSync(left), left);
    }
  });
}

void t.test('a terminal survives', { ...ONLY_OURS, ...needs('miniruntime', 'socat') }, async (t) => {
  const s = scene(t);
  const args = ['sh', '-c', `trap 'echo hang-up' HUP; ${waiting(s)}; echo out; read -r line; stty size; exit 5`];
  const c = container(t, s, 'miniruntime', { args, terminal: true });
  const words = createArguments(s, c.runtime, [...c.options, '-t', '-i', ...counted(s)]);
  const run = launch(t, s, words, { env: GUARDIAN });
  await run.started();
  await c.start();
  const guardian = await run.pid();
  await replaceMonitor(guardian);
  await replaceMonitor(guardian);
  writeFileSync(`${s.bundle}/ctl`, '1 33 77\n');
  const client = await attach(t, `${s.bundle}/attach`);
  go(s);
  await client.expect(2, /out/);
  client.send('line\n');
  t.equal(await run.finished(), '5');
  t.match(logged(s, 'stdout'), /^out\r\nline\r\n33 77\r\n$/);
  await ranOnce(t, s, guardian);
});

void t.test('a container that ends while there is no monitor keeps its status', ONLY_OURS, async (t) => {
  for (const [payload, code] of [
    ['exit 9', '9'],
    ['kill -9 $$', '137'],
  ] as const) {
    const s = scene(t);
    const { run, guardian } = await start(t, s, { payload: `${waiting(s)}; echo last; ${payload}` }, counted(s));
    const monitor = await monitorOf(guardian);
    process.kill(monitor, 'SIGSTOP');
    go(s);
    await until('the end of the container', () => !isAlive(Number(readFileSync(s.pidfile, 'utf8'))));
    await killMonitor(guardian);
    t.equal(await run.finished(), code);
    t.equal(logged(s, 'stdout'), 'last\n');
    await ranOnce(t, s, guardian);
    t.notOk(existsSync(`${s.conmonPidfile}.rescue`), 'nobody rescues it');
  }
});

void t.test('the guardian exits with the status of the container', ONLY_OURS, async (t) => {
  for (const kills of [0, 1]) {
    const s = scene(t);
    const runtime = actor(s, { ungated: true, payload: `${waiting(s)}; exit 6` });
    // A subreaper is the parent of the guardian, as systemd is.
    const script = `import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
subprocess.run(sys.argv[1:], close_fds=False)
print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)`;
    const words = createArguments(s, runtime.path);
    const run = launch(t, s, words, {
      env: GUARDIAN,
      prefix: ['python3', '-c', script],
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await run.started();
    const guardian = await run.pid();
    await untilExists(`${s.conmonPidfile}.rescue`);
    for (let round = 0; round < kills; round += 1) await replaceMonitor(guardian);
    go(s);
    t.equal(await run.finished(), '6');
    t.match(await run.stdout?.rest(), /^6\n$/);
  }
});

void t.test('signals to the guardian reach the container', ONLY_OURS, async (t) => {
  const s = scene(t);
  const payload = `trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done`;
  const { run, guardian } = await start(t, s, { payload });
  await until('its output', () => existsSync(s.log) && logged(s, 'stdout') === 'ready\n');
  await replaceMonitor(guardian);
  process.kill(guardian, 'SIGTERM');
  t.equal(await run.finished(), '3');
});

void t.test('without its guardian a monitor is the one that managers know', ONLY_OURS, async (t) => {
  const s = scene(t);
  const payload = `${waiting(s)}; exit 4`;
  const { run, guardian } = await start(t, s, { payload }, counted(s));
  const monitor = await monitorOf(guardian);
  process.kill(guardian, 'SIGKILL');
  await until('its pid', () => readFileSync(s.conmonPidfile, 'utf8') === `${monitor}`);
  await until('its record', () => readFileSync(`${s.conmonPidfile}.rescue`, 'latin1').startsWith(`1 ${monitor} `));
  const running = await command([CONMONCTL, 'rescue', '--executable', EXECUTABLE, `${s.conmonPidfile}.rescue`]);
  t.match(running.text, new RegExp(`^e2e: process ${monitor} monitors it\n$`));
  process.kill(monitor, 'SIGKILL');
  await until('the end of the monitor', () => !existsSync(`/proc/${monitor}`));
  const done = await command([CONMONCTL, 'rescue', '--executable', EXECUTABLE, `${s.conmonPidfile}.rescue`]);
  t.match(done.text, /^e2e: has a monitor again\n$/);
  go(s);
  t.equal(await run.finished(), '4');
  await untilExists(`${s.dir}/ran`);
});

void t.test('what the manager has left open stays open until the end is reported', ONLY_OURS, async (t) => {
  for (const kills of [0, 2]) {
    const s = scene(t);
    // A lock belongs to what is open, in whatever process: flock(2).
    const path = `${s.dir}/lock`;
    const fd = openSync(path, 'w');
    spawnSync('flock', ['--exclusive', '3'], { stdio: ['ignore', 'ignore', 'inherit', fd] });
    const isFree = (): boolean => spawnSync('flock', ['--nonblock', path, 'true']).status === 0;
    const runtime = actor(s, { ungated: true, payload: `${waiting(s)}; exit 4` });
    const run = launch(t, s, createArguments(s, runtime.path), { env: GUARDIAN, inherited: [fd] });
    closeSync(fd);
    await run.started();
    await untilExists(`${s.conmonPidfile}.rescue`);
    const guardian = await run.pid();
    for (let round = 0; round < kills; round += 1) await replaceMonitor(guardian);
    t.notOk(isFree(), 'it is open');
    go(s);
    await untilExists(s.exitFile);
    t.ok(isFree(), 'the exit file is there, and it is closed');
    t.equal(await run.finished(), '4');
  }
});

void t.test('an upgraded monitor still has its guardian', ONLY_OURS, async (t) => {
  const s = scene(t);
  const payload = `${waiting(s)}; echo one; cat; exit 8`;
  const { run, guardian } = await start(t, s, { payload }, ['-i', ...counted(s)]);
  await upgrade(s, EXECUTABLE);
  await replaceMonitor(guardian);
  await upgrade(s, EXECUTABLE);
  const client = await attach(t, `${s.bundle}/attach`);
  go(s);
  await client.expect(2, /one/);
  client.send('two\n');
  await client.expect(2, /two/);
  client.end();
  t.equal(await run.finished(), '8');
  t.equal(logged(s, 'stdout'), 'one\ntwo\n');
  await ranOnce(t, s, guardian);
});

void t.test('a monitor that is killed before the container runs leaves nothing behind', ONLY_OURS, async (t) => {
  const s = scene(t);
  const runtime = actor(s, {
    ungated: true,
    payload: 'exec sleep 1000',
    after: `: > '${s.dir}/made'; exec sleep 1000`,
  });
  const run = launch(t, s, createArguments(s, runtime.path, counted(s)), { env: GUARDIAN });
  await untilExists(`${s.dir}/made`);
  const guardian = await run.pid();
  const container = Number(readFileSync(s.pidfile, 'utf8'));
  await killMonitor(guardian);
  await until('the end of the guardian', () => !isAlive(guardian));
  t.notOk(isAlive(container), 'the container is gone');
  await ranOnce(t, s, guardian);
  t.notOk(existsSync(s.exitFile), 'no status of a container that nobody knows');
});

void t.test('no guardian without the variable, for --sync, or with a log that is inherited', ONLY_OURS, async (t) => {
  for (const [env, extra] of [
    [{}, []],
    [{ CONMON_GUARDIAN: '0' }, []],
    [GUARDIAN, ['--sync']],
    [GUARDIAN, ['-l', 'k8s-file:/dev/stdout']],
  ] as const) {
    const s = scene(t);
    const runtime = actor(s, { ungated: true, payload: `${waiting(s)}; exit 0` });
    const stdout = openSync(`${s.dir}/stdout`, 'a');
    const run = launch(t, s, createArguments(s, runtime.path, extra), { env, stdio: ['ignore', stdout, 'pipe'] });
    closeSync(stdout);
    await run.started();
    const container = Number(readFileSync(s.pidfile, 'utf8'));
    const monitor = stat(container)?.parent ?? 0;
    t.same(children(monitor), [container]);
    t.not(comm(stat(monitor)?.parent ?? 0), 'conmon-guard');
    go(s);
    await until('the status', () => existsSync(s.exitFile));
    t.equal(readFileSync(s.exitFile, 'utf8'), '0');
  }
});

void t.test('a guardian sleeps, is small, and is not listed as a monitor', ONLY_OURS, async (t) => {
  const s = scene(t);
  const long = ['--runtime-arg', 'x'.repeat(10_000)];
  const { run, guardian } = await start(t, s, { payload: `${waiting(s)}; exit 0` }, long);
  for (let round = 0; round < 2; round += 1) {
    const monitor = await monitorOf(guardian);
    await until(
      'the guardian to rest',
      () => comm(guardian) === 'conmon-guard' && status(guardian, 'VmRSS') !== undefined,
    );
    await sleep(100);
    const rollup = readFileSync(`/proc/${guardian}/smaps_rollup`, 'utf8');
    const dirty = /^Private_Dirty: +(\d+) kB$/m.exec(rollup)?.[1];
    t.ok(Number(dirty) <= 60, `${dirty} kB`);
    const switches = [guardian, monitor].map(contextSwitches);
    await sleep(500);
    t.same([guardian, monitor].map(contextSwitches), switches, 'neither is woken');
    t.same(cmdline(guardian), cmdline(monitor), 'its command line can be read');
    const { text } = await command([CONMONCTL, 'ps', '--json']);
    const found = JSON.parse(text).filter(({ bundle }: { bundle: string }) => bundle === s.bundle);
    t.match(found, [{ pid: monitor, containerPid: Number(readFileSync(s.pidfile, 'utf8')) }]);
    t.equal(found.length, 1);
    await replaceMonitor(guardian);
  }
  go(s);
  t.equal(await run.finished(), '0');
});

void t.test('what a monitor had read and not written is counted', ONLY_OURS, async (t) => {
  const s = scene(t);
  const payload = `echo whole; printf half; ${waiting(s)}; echo; exit 0`;
  // json-file keeps a line until its end has come.
  const { run, guardian } = await start(t, s, { payload }, ['-l', `json-file:${s.dir}/json`]);
  await until('its output', () => existsSync(s.log) && logged(s, 'stdout') === 'whole\nhalf');
  const lost = (pid: number): number | undefined => {
    const answer = readCounters(pid);
    return 'counters' in answer ? answer.counters.stdout.lostBytes + answer.counters.stderr.lostBytes : undefined;
  };
  t.equal(lost(await monitorOf(guardian)), 0);
  const next = await replaceMonitor(guardian);
  await until('the loss', () => lost(next) === 4);
  t.equal(logged(s, 'stderr'), '', 'nothing is missing in the other log');
  await replaceMonitor(guardian);
  await until('no other loss', async () => lost(await monitorOf(guardian)) === 0);
  t.equal(readFileSync(`${s.dir}/json`, 'utf8').split(MISSING).length - 1, 1, 'the log shows the loss');
  go(s);
  t.equal(await run.finished(), '0');
});

/** It may have ended by itself. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isAlive(pid)) return;
    throw error;
  }
}

void t.test('of a flood of output no more is missing than is counted', ONLY_OURS, async (t) => {
  const s = scene(t);
  const [line, lines] = ['012345678901234567890123456789', 1_000_000];
  const payload = `yes ${line} | head -n ${lines}; exit 0`;
  const { run, guardian } = await start(t, s, { payload });
  for (let round = 0; round < 3; round += 1) {
    // A fast monitor has ended before the last round.
    const monitor = await Promise.race([monitorOf(guardian), run.finished().then(() => undefined)]);
    if (monitor === undefined) break;
    await sleep(20 + Math.random() * 30);
    killIfThere(monitor);
  }
  t.equal(await run.finished(), '0');
  const [missing, counted] = [lines * (line.length + 1) - logged(s, 'stdout').length, countedLoss(s)];
  t.ok(missing <= counted, `${missing} bytes are missing, ${counted} are counted`);
});

void t.test(`killed at random ${KILLS} times`, { ...ONLY_OURS, timeout: 60_000 + KILLS * 2000 }, async (t) => {
  for (let round = 0; round < KILLS; round += 1) {
    const s = scene(t);
    const lines = 400;
    const wholeLength = Array.from({ length: lines }, (_, at) => `out ${at + 1}\n`).join('').length;
    const payload = `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); echo "out $i"; [ $((i%40)) != 0 ] || sleep 0.01; done; exit 7`;
    const { run, guardian } = await start(t, s, { payload }, counted(s));
    const before = Math.random() * 250;
    await sleep(before);
    const monitor = children(guardian).find((pid) => comm(pid) === 'conmon' || comm(pid) === 'exe');
    if (monitor !== undefined) killIfThere(monitor);
    const code = await run.finished();
    await until('the end of the guardian', () => !isAlive(guardian));
    const numbers = logged(s, 'stdout')
      .split('\n')
      .slice(0, -1)
      .map((line) => Number(/^out (\d+)$/.exec(line)?.[1]));
    const ordered = numbers.every((number, at) => number > (numbers[at - 1] ?? 0));
    const missing = wholeLength - logged(s, 'stdout').length;
    const ran = readFileSync(`${s.dir}/ran`, 'utf8').trim().split('\n').length;
    const seen = [code, readFileSync(s.persistFile, 'utf8'), ran, ordered, missing <= countedLoss(s)];
    if (JSON.stringify(seen) !== JSON.stringify(['7', '7', 1, true, true])) {
      t.fail(`killed after ${before.toFixed(1)} ms: ${JSON.stringify(seen)}, ${missing} bytes missing`);
    }
  }
});
