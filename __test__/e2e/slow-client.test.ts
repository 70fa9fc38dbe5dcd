/** Clients that hold the container up: who reads, however slowly, loses nothing; who does not is dropped, alone and once. */
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { writeFifo } from '../support/fifo.js';
import { anonymous } from '../support/memory.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { betterThanCNeeds } from '../support/target.js';
import { type Scene, scene } from '../support/scene.js';
import { STDOUT, connect } from '../support/stream-client.js';
import { syslog } from '../support/syslog.js';
import { unlessEmulated } from '../support/target.js';
import { trickle } from '../support/trickle.js';
import { until } from '../support/wait.js';

const MISSING = betterThanCNeeds('2.1.6 waits for a client without end', 'root', 'socat', 'unshare', 'nsenter');
const LINES = 400_000;
const OUTPUT = Array.from({ length: LINES }, (_, line) => `${line + 1}\n`).join('');
/** Kilobytes: the queue of a client, in a buffer that may be twice as large, plus one read. */
const BOUND = 4096;

void t.test(
  'only a client that does not read is dropped after its time, with one warning; memory is bounded',
  { ...MISSING, ...unlessEmulated('it needs more memory itself') },
  async (t) => {
    const s = scene(t);
    const messages = await syslog(t, s);
    const runtime = actor(s, { payload: `seq 1 ${LINES}; exit 3` });
    const run = launch(t, s, createArguments(s, runtime.path, ['--syslog']), {
      env: { CONMON_ATTACH_STALL_SECONDS: '2' },
      prefix: [...messages.namespace.prefix, s.dir],
    });
    await run.started();
    const monitor = await run.pid();
    const stuck = connect(t, `${s.bundle}/attach`);
    stuck.pause();
    const healthy = connect(t, `${s.bundle}/attach`);
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, anonymous(monitor))), 20);
    t.teardown(() => clearInterval(timer));
    const begun = performance.now();
    await runtime.start();
    t.equal(await run.finished(), '3');
    const took = performance.now() - begun;
    t.ok(took > 1900 && took < 6000, `blocked for ${took} ms`);
    await healthy.closed();
    t.ok(healthy.bytes(STDOUT).toString() === OUTPUT, 'the other client');
    t.ok(joined(readLog(s.log), 'stdout') === OUTPUT, 'the log');
    t.ok(most < BOUND, `${most} kB`);
    stuck.resume();
    await stuck.closed();
    t.ok(OUTPUT.startsWith(stuck.bytes(STDOUT).toString()), 'what it got before is in order');
    const said = messages.text().match(/<nwarn>: [^<]*/g) ?? [];
    t.equal(said.length, 1, said.join('\n'));
    t.match(said[0], /dropped an attach client that read nothing for 2 seconds/);
  },
);

void t.test(
  'while a client blocks the container, resizing, reopening, signals and other clients still work',
  betterThanCNeeds('2.1.6 waits for a client without end', 'miniruntime'),
  async (t) => {
    const s = scene(t);
    const script = `trap 'stty size > ${s.dir}/size' WINCH; trap 'exit 9' TERM; yes & while :; do sleep 0.02; done`;
    const c = container(t, s, 'miniruntime', { args: ['/bin/bash', '-c', script], terminal: true });
    const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-t', '-i']));
    await run.started();
    const stuck = connect(t, `${s.bundle}/attach`);
    stuck.pause();
    await c.start();
    const monitor = await run.pid();
    await until('the container to be blocked', () => anonymous(monitor) > 1024);
    writeFifo(`${s.bundle}/ctl`, '1 33 44\n');
    await until('the size', () => existsSync(`${s.dir}/size`) && readFileSync(`${s.dir}/size`, 'utf8') === '33 44\n');
    renameSync(s.log, `${s.dir}/old`);
    writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
    await until('the log', () => existsSync(s.log));
    connect(t, `${s.bundle}/attach`).close();
    process.kill(monitor, 'SIGTERM');
    t.equal(await run.finished(), '9');
  },
);

void t.test(
  'a client that takes 10 kB a second loses nothing, though its patience is one second',
  needs('socat'),
  async (t) => {
    const s = scene(t);
    const lines = 220_000;
    const output = Array.from({ length: lines }, (_, line) => `${line + 1}\n`).join('');
    const runtime = actor(s, { payload: `seq 1 ${lines}; exit 3` });
    const run = launch(t, s, createArguments(s, runtime.path), { env: { CONMON_ATTACH_STALL_SECONDS: '1' } });
    await run.started();
    const slow = await trickle(t, s, 10_000);
    await runtime.start();
    await sleep(6000);
    t.ok(slow.length > 0, 'it reads');
    slow.hurry();
    t.equal(await run.finished(), '3');
    t.ok((await slow.end()) === output);
  },
);

void t.test(
  'a client that reads slowly at the end gets the rest while the exit command runs, and then EOF',
  betterThanCNeeds('2.1.6 lets everybody wait', 'socat'),
  async (t) => {
    const s = scene(t);
    const lines = 70_000;
    const output = Array.from({ length: lines }, (_, line) => `${line + 1}\n`).join('');
    const runtime = actor(s, { payload: `seq 1 ${lines}; exit 3` });
    const command = ['--exit-command', '/bin/sleep', '--exit-command-arg', '30'];
    const run = launch(t, s, createArguments(s, runtime.path, command));
    await run.started();
    const slow = await trickle(t, s, 10_000);
    await runtime.start();
    await until('the exit file', () => existsSync(s.exitFile));
    await sleep(5000);
    slow.hurry();
    t.ok((await slow.end()) === output, 'all of it, before the command has ended');
  },
);

void t.test(
  'a client that does not read at the end is dropped, and gets EOF when it reads, while the exit command runs',
  betterThanCNeeds('2.1.6 lets everybody wait'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'seq 1 70000; exit 3' });
    const command = ['--exit-command', '/bin/sleep', '--exit-command-arg', '30'];
    const run = launch(t, s, createArguments(s, runtime.path, command));
    await run.started();
    const stuck = connect(t, `${s.bundle}/attach`);
    stuck.pause();
    await runtime.start();
    await until('the exit file', () => existsSync(s.exitFile));
    // Longer than anybody is waited for at the end.
    await sleep(3000);
    stuck.resume();
    await stuck.closed();
  },
);

void t.test(
  'the end is reported when clients have received everything, or have timed out',
  betterThanCNeeds('2.1.6 waits for a client without end', 'socat'),
  async (t) => {
    const payload = (s: Scene): string => `seq 1 70000; date +%s%3N > ${s.dir}/end; exit 3`;
    /** Milliseconds from the end of the container to the exit file. */
    const delay = (s: Scene): number => statSync(s.exitFile).mtimeMs - Number(readFileSync(`${s.dir}/end`, 'utf8'));

    await t.test('a client that does not read is waited for, but not long', async (t) => {
      const s = scene(t);
      const runtime = actor(s, { payload: payload(s) });
      const run = launch(t, s, createArguments(s, runtime.path));
      await run.started();
      connect(t, `${s.bundle}/attach`).pause();
      await runtime.start();
      await until('the exit file', () => existsSync(s.exitFile));
      t.ok(delay(s) > 150 && delay(s) < 1500, `${delay(s)} ms`);
    });

    await t.test(
      'a client that still reads delays the report only for a moment, and gets the rest later',
      async (t) => {
        const s = scene(t);
        const runtime = actor(s, { payload: payload(s) });
        const run = launch(t, s, createArguments(s, runtime.path));
        await run.started();
        const slow = await trickle(t, s, 60_000);
        await runtime.start();
        await until('the exit file', () => existsSync(s.exitFile));
        t.ok(delay(s) > 150 && delay(s) < 2000, `${delay(s)} ms`);
        const output = Array.from({ length: 70_000 }, (_, line) => `${line + 1}\n`).join('');
        t.ok(slow.length < output.length, 'it has not got everything by then');
        slow.hurry();
        t.ok((await slow.end()) === output, 'it gets the rest');
      },
    );
  },
);
