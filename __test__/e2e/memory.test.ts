/**
 * A monitor's memory and descriptors are after any amount of work what they were before it. What is compared is anonymous
 * memory in rest, before and after; the work is done once before the comparison, so that what is needed once is there.
 * `CONMON_TEST_VOLUME_MB` says how much is logged; 1024 is a gigabyte.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createArguments } from '../support/arguments.js';
import { command } from '../support/command.js';
import { type Process, type RuntimeName, container } from '../support/container.js';
import { readLog } from '../support/cri-log.js';
import { writeFifo } from '../support/fifo.js';
import { staysAsleep } from '../support/idle.js';
import { anonymous } from '../support/memory.js';
import { type Launched, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { descriptors } from '../support/proc.js';
import { type Scene, scene } from '../support/scene.js';
import { connect } from '../support/stream-client.js';
import { betterThanC } from '../support/target.js';
import { until } from '../support/wait.js';

const MEGABYTES = Number(process.env['CONMON_TEST_VOLUME_MB'] ?? 200);
const SLACK_KB = 50;
const MISSING = needs('miniruntime', 'socat');
const OOM = existsSync('/sys/fs/cgroup/memory/memory.oom_control')
  ? needs('root', 'runc', 'busybox')
  : { skip: 'no cgroup v1 memory controller' };

interface Work {
  readonly name: string;
  readonly extra?: readonly string[];
  readonly terminal?: boolean;
  /** Why C conmon is not tested. */
  readonly better?: string;
  /** Does it `times` times. */
  readonly work: (t: Test, s: Scene, times: number) => Promise<void>;
  readonly times: number;
}

/** Requests a burst of output from the container, and waits until it has been written. */
async function burst(s: Scene, kilobytes: number): Promise<void> {
  rmSync(`${s.dir}/done`, { force: true });
  writeFileSync(`${s.dir}/wish.part`, `${kilobytes}\n`);
  renameSync(`${s.dir}/wish.part`, `${s.dir}/wish`);
  await until('the output', () => existsSync(`${s.dir}/done`), 60_000);
}

/** Writes to ctl as soon as there is room: a FIFO holds 64 KiB. */
async function tell(s: Scene, line: string): Promise<void> {
  await until('room in the FIFO', () => {
    try {
      writeFifo(`${s.bundle}/ctl`, line);
      return true;
    } catch {
      return false;
    }
  });
}

/** A container that writes as much as requested. */
function servant(s: Scene): string {
  return `while :; do
  if [ -e '${s.dir}/wish' ]; then
    read -r n < '${s.dir}/wish'; rm '${s.dir}/wish'
    yes 'a line of forty characters, or near to it' | head -c "$n"000
    : > '${s.dir}/done'
  fi
  sleep 0.01
done`;
}

const WORKS: readonly Work[] = [
  {
    name: 'attaching and leaving',
    better: '2.1.6 keeps memory and descriptors of clients that have gone',
    times: 1000,
    async work(t, s, times) {
      for (let round = 0; round < times; round++) {
        const client = connect(t, `${s.bundle}/attach`);
        if (round % 3 === 0) await client.send('x\n');
        if (round % 5 === 0) client.end();
        client.close();
      }
    },
    extra: ['-i', '--leave-stdin-open'],
  },
  {
    name: 'a client that is behind, and catches up',
    better: '2.1.6 keeps the descriptors of clients that have gone',
    times: 5,
    async work(t, s, times) {
      for (let round = 0; round < times; round++) {
        const client = connect(t, `${s.bundle}/attach`);
        client.pause();
        const written = burst(s, 3000);
        await sleep(50);
        client.resume();
        await written;
        client.close();
      }
    },
  },
  {
    name: 'megabytes of log',
    times: MEGABYTES,
    work: async (_, s, times) => burst(s, times * 1000),
    extra: ['--log-size-max', '10000000'],
  },
  {
    name: 'resizing',
    times: 1000,
    terminal: true,
    async work(_, s, times) {
      for (let round = 0; round < times; round++) await tell(s, `1 ${20 + (round % 50)} 80\n`);
    },
  },
  {
    name: 'garbage on ctl',
    times: 1000,
    async work(_, s, times) {
      for (let round = 0; round < times; round++) await tell(s, `${'x'.repeat(round % 4000)}\n`);
    },
  },
  {
    name: 'reopening the log',
    times: 500,
    async work(_, s, times) {
      for (let round = 0; round < times; round++) {
        if (existsSync(s.log)) renameSync(s.log, `${s.dir}/old`);
        await tell(s, '2 0 0\n');
      }
    },
  },
  {
    name: 'rotating the log',
    better: '2.1.6 does not rotate',
    times: 10,
    work: async (_, s, times) => burst(s, times * 1000),
    extra: ['--log-size-max', '20000', '--log-rotate', '--log-max-files', '3'],
  },
  {
    name: 'notifications',
    times: 300,
    async work(_, s, times) {
      const socket = `${s.bundle}/notify/notify.sock`;
      const lines = `STATUS=${'x'.repeat(4000)}\n`.repeat(times);
      await command(['socat', '-u', '-b', '4008', '-', `UNIX-SENDTO:${socket}`], { input: lines });
    },
    extra: ['--sdnotify-socket', '/nowhere/at/all'],
  },
  {
    name: 'signals',
    times: 1000,
    async work(_, s, times) {
      const pid = Number(readFileSync(s.conmonPidfile, 'utf8'));
      for (let round = 0; round < times; round++) process.kill(pid, 'SIGUSR1');
    },
  },
];

async function started(
  t: Test,
  s: Scene,
  runtime: RuntimeName,
  how: Process,
  extra: readonly string[],
): Promise<Launched> {
  const c = container(t, s, runtime, how);
  const run = launch(t, s, createArguments(s, c.runtime, [...c.options, ...extra]));
  await run.started();
  await c.start();
  return run;
}

/** Memory and descriptors of a monitor that rests. */
async function rest(t: Test, monitor: number): Promise<{ memory: number; descriptors: number }> {
  await staysAsleep(t, monitor);
  return { memory: anonymous(monitor), descriptors: descriptors(monitor).size };
}

t.jobs = 4;
for (const { name, work, times, extra = [], terminal = false, better } of WORKS) {
  const options = { ...MISSING, ...(better === undefined ? {} : betterThanC(better)) };
  void t.test(
    `${times} times ${name}: no more memory, no more descriptors`,
    { ...options, buffered: true },
    async (t) => {
      const s = scene(t);
      mkdirSync(`${s.bundle}/notify`);
      const how = { args: ['/bin/sh', '-c', servant(s)], terminal };
      const run = await started(t, s, 'miniruntime', how, [...extra, ...(terminal ? ['-t'] : [])]);
      const monitor = await run.pid();
      await work(t, s, Math.ceil(times / 20));
      const before = await rest(t, monitor);
      await work(t, s, times);
      const after = await rest(t, monitor);
      t.ok(after.memory - before.memory <= SLACK_KB, `${before.memory} kB before, ${after.memory} kB after`);
      t.equal(after.descriptors, before.descriptors);
    },
  );
}

void t.test(
  'thirty OOM kills in a container: no more memory, no more descriptors',
  { ...OOM, buffered: true },
  async (t) => {
    const s = scene(t);
    const script = 'while :; do tail /dev/zero; echo killed; sleep 0.05; done';
    const run = await started(t, s, 'runc', { args: ['sh', '-c', script], memory: 16 << 20 }, []);
    const monitor = await run.pid();
    const kills = async (count: number): Promise<void> => {
      await until(`${count} kills`, () => readLog(s.log).length >= count, 60_000);
    };
    await kills(3);
    const before = { memory: anonymous(monitor), descriptors: descriptors(monitor).size };
    await kills(33);
    t.ok(existsSync(`${s.persist}/oom`));
    const after = { memory: anonymous(monitor), descriptors: descriptors(monitor).size };
    t.ok(after.memory - before.memory <= SLACK_KB, `${before.memory} kB before, ${after.memory} kB after`);
    t.equal(after.descriptors, before.descriptors);
  },
);
