/** Live counters: what other processes can read from a running monitor, and what that costs it. */
import {
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Counters } from '../../ts/node/monitors/counter-values.js';
import { readCounters } from '../../ts/node/monitors/read-counters.js';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { attach, record } from '../support/attach.js';
import { command } from '../support/command.js';
import { writeFifo } from '../support/fifo.js';
import { sleeps } from '../support/idle.js';
import { type LaunchOptions, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { contextSwitches, descriptors, stat } from '../support/proc.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanCNeeds, IS_C } from '../support/target.js';
import { until } from '../support/wait.js';

const COOL_DOWN_MS = 1200;
const BETTER = betterThanCNeeds('it has no counters');

interface Running {
  readonly monitor: number;
  /** Waits until the counters fulfil the condition. */
  counters(condition: (counters: Counters) => boolean): Promise<Counters>;
  /** Lets the container continue after `wait NAME`. */
  go(step: string): void;
}

async function start(t: Test, s: Scene, script: string, log: string, extra: readonly string[], options: LaunchOptions) {
  const prelude = `wait() { until [ -e '${s.dir}/go-'$1 ]; do sleep 0.02; done; }`;
  const runtime = actor(s, { payload: `${prelude}\n${script}` });
  const run = launch(t, s, createArguments(s, runtime.path, extra, { '-l': log }), options);
  await run.started();
  await runtime.start();
  return run;
}

async function running(
  t: Test,
  s: Scene,
  script: string,
  {
    log = `k8s-file:${s.log}`,
    extra = [],
    ...options
  }: LaunchOptions & { log?: string; extra?: readonly string[] } = {},
): Promise<Running> {
  const run = await start(t, s, script, log, extra, options);
  const monitor = await run.pid();
  return {
    monitor,
    counters: (condition) =>
      until('counters', () => {
        const answer = readCounters(monitor, s.cid);
        if (!('counters' in answer)) throw new Error(answer.unavailable);
        return condition(answer.counters) ? answer.counters : undefined;
      }),
    go: (step) => writeFileSync(`${s.dir}/go-${step}`, ''),
  };
}

void t.test('bytes and lines of each stream are counted, in and out', BETTER, async (t) => {
  const s = scene(t);
  const { counters, go } = await running(t, s, 'seq 1 1000; printf abc; echo oops >&2; wait a; echo; wait b');
  const first = await counters(({ stdout, stderr }) => stdout.bytes === 3896 && stderr.bytes === 5);
  const nothing = { lostBytes: 0, lostLines: 0, withheldBytes: 0, withheldLines: 0, attachedBytes: 0 };
  t.strictSame(first.stdout, { bytes: 3896, lines: 1000, loggedBytes: 3896, loggedLines: 1000, ...nothing });
  t.strictSame(first.stderr, { bytes: 5, lines: 1, loggedBytes: 5, loggedLines: 1, ...nothing });
  t.equal(first.logFileBytes, readFileSync(s.log).length);
  t.equal(first.pid, Number(readFileSync(s.pidfile, 'utf8')));
  go('a');
  const { stdout } = await counters(({ stdout }) => stdout.bytes === 3897);
  t.equal(stdout.loggedLines, 1001);
});

void t.test('without a log bytes are counted, but not lines', BETTER, async (t) => {
  const { counters } = await running(t, scene(t), 'seq 1 1000; wait a', { log: 'none' });
  const { logs, stdout } = await counters(({ stdout }) => stdout.bytes === 3893);
  t.strictSame([logs, stdout.lines, stdout.loggedBytes], [0, 0, 0]);
});

void t.test('what an error keeps out of the log is lost, with its lines', BETTER, async (t) => {
  const s = scene(t);
  symlinkSync('/dev/full', s.log);
  const { counters } = await running(t, s, 'seq 1 1000; wait a', { env: { CONMON_LOG_LOSS_MARKER: '0' } });
  const { stdout, logFileBytes } = await counters(({ stdout }) => stdout.bytes === 3893);
  t.match(stdout, { lines: 1000, loggedBytes: 0, loggedLines: 0, lostBytes: 3893, lostLines: 1000 });
  t.equal(logFileBytes, 0);
});

void t.test('output beyond the limit for all logs is withheld', BETTER, async (t) => {
  // A record of 49 bytes fits, two do not.
  const extra = ['--log-global-size-max', '90'];
  const { counters, go } = await running(t, scene(t), 'echo one; wait a; echo two; wait b', { extra });
  await counters(({ stdout }) => stdout.loggedBytes === 4);
  go('a');
  const { stdout } = await counters(({ stdout }) => stdout.bytes === 8);
  t.match(stdout, { loggedBytes: 4, loggedLines: 1, withheldBytes: 4, withheldLines: 1, lostBytes: 0 });
});

void t.test('rotations are counted, also those that fail', BETTER, async (t) => {
  for (const [mode, expected] of [
    [0o755, { rotations: 3, rotationFailures: 0 }],
    [0o777, { rotations: 0, rotationFailures: 1 }],
  ] as const) {
    const s = scene(t);
    const dir = `${s.dir}/logs`;
    mkdirSync(dir);
    await command(['chmod', mode.toString(8), dir]);
    const extra = ['--log-size-max', '100', '--log-rotate', '--log-max-files', '2'];
    const script = 'for n in 1 2 3 4; do printf "%050d\\n" $n; sleep 0.01; done; wait a';
    const { counters } = await running(t, s, mode === 0o755 ? script : script.replace('1 2 3 4', '1 2'), {
      log: `k8s-file:${dir}/log`,
      extra,
    });
    const { rotations, rotationFailures } = await counters(({ stdout }) => stdout.lines === (mode === 0o755 ? 4 : 2));
    t.strictSame({ rotations, rotationFailures }, expected);
  }
});

void t.test('reopening is counted, also when it fails', BETTER, async (t) => {
  const s = scene(t);
  const dir = `${s.dir}/logs`;
  mkdirSync(dir);
  const { counters } = await running(t, s, 'wait a', { log: `k8s-file:${dir}/log` });
  writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
  t.match(await counters(({ reopens }) => reopens === 1), { reopenFailures: 0 });
  renameSync(dir, `${dir}.away`);
  writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
  t.match(await counters(({ reopenFailures }) => reopenFailures === 1), { reopens: 1 });
});

void t.test('clients are counted, and what they send', betterThanCNeeds('it has no counters', 'socat'), async (t) => {
  const s = scene(t);
  const { counters, go } = await running(t, s, 'read -r line; wait a; echo out', { extra: ['--stdin'] });
  t.match(await counters(() => true), { clients: 0, clientsAccepted: 0 });
  const client = await attach(t, `${s.bundle}/attach`);
  await attach(t, `${s.bundle}/attach`);
  t.strictSame((await counters(({ clients }) => clients === 2)).clientQueues, [0, 0]);
  client.send('hello\n');
  t.equal((await counters(({ stdinBytes }) => stdinBytes > 0)).stdinBytes, 6);
  client.vanish();
  t.match(await counters(({ clients }) => clients === 1), { clientsAccepted: 2, clientsStalled: 0 });
  t.equal(existsSync(s.exitFile), false);
  go('a');
});

void t.test(
  'a client that does not read shows in its queue, and in the time that the container waits',
  betterThanCNeeds('it has no counters', 'socat'),
  async (t) => {
    const s = scene(t);
    const env = { CONMON_ATTACH_STALL_SECONDS: '1' };
    const { counters } = await running(t, s, 'wait a; seq 1 400000; wait b', { env });
    const stuck = await record(t, `${s.bundle}/attach`, `${s.dir}/stuck`);
    stuck.pause();
    writeFileSync(`${s.dir}/go-a`, '');
    const waiting = await counters(({ underPressure }) => underPressure);
    t.ok((waiting.clientQueues[0] ?? 0) >= 2 ** 20, `${waiting.clientQueues}`);
    const later = await counters(({ pressureNanoseconds }) => pressureNanoseconds > waiting.pressureNanoseconds);
    t.match(later, { pressureTimes: 1, underPressure: true });
    const over = await counters(({ clientsStalled }) => clientsStalled === 1);
    t.match(over, { clients: 0, underPressure: false, clientQueues: [] });
    t.ok(over.pressureNanoseconds > 0.8e9 && over.pressureNanoseconds < 8e9, `${over.pressureNanoseconds}`);
  },
);

void t.test('reading the counters costs an idle monitor nothing', async (t) => {
  const run = await start(t, ...idle(t));
  const monitor = await run.pid();
  // It releases its buffers a second after the last byte: the only wake-up after activity.
  await sleep(COOL_DOWN_MS);
  await sleeps(t, monitor);
  const before = { switches: contextSwitches(monitor), ticks: stat(monitor)?.ticks };
  for (let time = 0; time < 200; time += 1) readCounters(monitor);
  t.same({ switches: contextSwitches(monitor), ticks: stat(monitor)?.ticks }, before);
  await sleeps(t, monitor);
});

function idle(t: Test): [Scene, string, string, readonly string[], LaunchOptions] {
  const s = scene(t);
  return [s, 'wait a', `k8s-file:${s.log}`, [], {}];
}

void t.test('C conmon is reported to have none', needs('conmon'), async (t) => {
  const [s, script, log, extra] = idle(t);
  const run = await start(t, s, script, log, extra, { command: '/usr/bin/conmon' });
  t.same(readCounters(await run.pid()), { unavailable: 'no counters' });
});

void t.test('counters are those of the requested container', BETTER, async (t) => {
  const s = scene(t);
  const { monitor } = await running(t, s, 'wait a');
  t.same(readCounters(monitor, s.cid.replace(/./, 'x')), { unavailable: 'no counters' });
  t.same(readCounters(2 ** 22 + 1), { unavailable: 'no such process' });
});

void t.test('the page takes 4 kB, and no other process can write to or truncate it', BETTER, async (t) => {
  const { monitor } = await running(t, scene(t), 'wait a');
  const [fd] = [...descriptors(monitor)].find(([, link]) => link.includes('conmon-counters')) ?? [];
  const path = `/proc/${monitor}/fd/${fd}`;
  const mapping = readFileSync(`/proc/${monitor}/smaps`, 'latin1').split(/^(?=[0-9a-f]+-)/m);
  t.match(
    mapping.find((text) => text.includes('conmon-counters')),
    /^Size: +4 kB$/m,
  );
  const file = openSync(path, 'r+');
  t.throws(() => ftruncateSync(file, 0), { code: 'EPERM' });
  t.throws(() => writeFileSync(path, 'x', { flag: 'r+' }), { code: 'EPERM' });
});

void t.test('another user cannot read them', { ...BETTER, ...(IS_C ? {} : needs('root', 'setpriv')) }, async (t) => {
  const { monitor } = await running(t, scene(t), 'wait a');
  const stranger = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const { code, stderr } = await command([...stranger, 'ls', '-l', `/proc/${monitor}/fd/`]);
  t.not(code, 0);
  t.match(stderr, 'Permission denied');
});
