import { statSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { writeFifo } from '../support/fifo.js';
import { gate } from '../support/gate.js';
import { sleeps } from '../support/idle.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanC, betterThanCNeeds } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const MISSING = needs('miniruntime');

/** A container that prints the size of its terminal whenever it changes. */
const SIZES = `trap 'stty size' WINCH; echo ready; while :; do sleep 0.02; done`;

async function withTerminal(
  t: Test,
): Promise<{ s: Scene; output: () => string; sizes: (expected: RegExp) => Promise<void> }> {
  const s = scene(t);
  const c = container(t, s, 'miniruntime', { args: ['sh', '-c', SIZES], terminal: true });
  await launch(t, s, createArguments(s, c.runtime, [...c.options, '-t'])).started();
  await c.start();
  const output = (): string => joined(readLog(s.log), 'stdout').replaceAll('\r', '');
  const sizes = async (expected: RegExp): Promise<void> => {
    await until(`the size ${expected}`, () => expected.test(output()));
  };
  await sizes(/^ready\n$/);
  return { s, output, sizes };
}

/** A runtime that waits, two sizes, then a terminal; the container prints its size when `script` says so. */
async function sizesAhead(t: Test, script: string): Promise<string> {
  const s = scene(t);
  const c = container(t, s, 'miniruntime', { args: ['sh', '-c', script], terminal: true });
  const runtime = gate(s, c.runtime);
  const run = launch(t, s, createArguments(s, runtime.path, [...c.options, '-t']));
  await untilExists(runtime.reached);
  writeFifo(`${s.bundle}/ctl`, '1 40 100\n');
  writeFifo(`${s.bundle}/ctl`, '1 41 101\n');
  runtime.open();
  await run.started();
  await c.start();
  t.equal(await run.finished(), '0');
  return joined(readLog(s.log), 'stdout');
}

void t.test('the FIFOs have mode 0660', betterThanC('2.1.6 makes them 0640'), async (t) => {
  const s = scene(t);
  await launch(t, s, createArguments(s, actor(s).path)).started();
  t.equal(statSync(`${s.bundle}/ctl`).mode & 0o777, 0o660);
  t.equal(statSync(`${s.bundle}/winsz`).mode & 0o777, 0o660);
});

void t.test('stale files at the paths of FIFOs and socket are replaced', async (t) => {
  const s = scene(t);
  for (const name of ['ctl', 'winsz', 'attach']) writeFileSync(`${s.bundle}/${name}`, 'stale');
  await launch(t, s, createArguments(s, actor(s).path)).started();
  t.ok(statSync(`${s.bundle}/ctl`).isFIFO());
  t.ok(statSync(`${s.bundle}/winsz`).isFIFO());
  t.ok(statSync(`${s.bundle}/attach`).isSocket());
});

void t.test('both ends of the FIFOs are held open: a writer never blocks, and always finds a reader', async (t) => {
  const s = scene(t);
  await launch(t, s, createArguments(s, actor(s).path)).started();
  for (let round = 0; round < 3; round++) {
    writeFifo(`${s.bundle}/ctl`, '1 24 80\n');
    writeFifo(`${s.bundle}/winsz`, '24 80\n');
  }
  t.pass();
});

void t.test('"1 H W" on ctl resizes the terminal', MISSING, async (t) => {
  const { s, sizes } = await withTerminal(t);
  writeFifo(`${s.bundle}/ctl`, '1 31 91\n');
  await sizes(/\n31 91\n$/);
});

void t.test('"H W" on winsz resizes the terminal', MISSING, async (t) => {
  const { s, sizes } = await withTerminal(t);
  writeFifo(`${s.bundle}/winsz`, '32 92\n');
  await sizes(/\n32 92\n$/);
});

void t.test('a line may arrive in pieces', MISSING, async (t) => {
  const { s, sizes } = await withTerminal(t);
  writeFifo(`${s.bundle}/ctl`, '1 3', '3 9', '3\n');
  await sizes(/\n33 93\n$/);
});

void t.test(
  'many lines may arrive together: the last counts',
  betterThanCNeeds('2.1.6 loses some', 'miniruntime'),
  async (t) => {
    const { s, sizes } = await withTerminal(t);
    const lines = Array.from({ length: 400 }, (_, round) => `1 ${round + 1} 80\n`).join('');
    writeFifo(`${s.bundle}/ctl`, lines);
    await sizes(/\n400 80\n$/);
  },
);

for (const [what, line] of [
  ['text', 'not a message'],
  ['an unknown type', '7 1 1'],
  ['a number too little', '1 24'],
  ['rows above 1000', '1 1001 80'],
  ['columns above 1000', '1 24 65536'],
  ['a negative number', '1 -5 80'],
  ['an empty line', ''],
] as const) {
  void t.test(
    `${what} is skipped, the next line counts`,
    betterThanCNeeds('2.1.6 reads no further, or takes it', 'miniruntime'),
    async (t) => {
      const { s, sizes, output } = await withTerminal(t);
      writeFifo(`${s.bundle}/ctl`, '1 20 70\n');
      await sizes(/\n20 70\n$/);
      writeFifo(`${s.bundle}/ctl`, `${line}\n`);
      writeFifo(`${s.bundle}/ctl`, '1 34 94\n');
      await sizes(/\n34 94\n$/);
      t.equal(output(), 'ready\n20 70\n34 94\n', 'it had no effect');
    },
  );
}

void t.test('endless garbage does not block the FIFO', betterThanCNeeds('2.1.6 spins', 'miniruntime'), async (t) => {
  const { s, sizes } = await withTerminal(t);
  writeFifo(`${s.bundle}/ctl`, ...Array.from({ length: 20 }, () => 'x'.repeat(150)));
  writeFifo(`${s.bundle}/ctl`, '\n1 35 95\n');
  await sizes(/\n35 95\n$/);
});

void t.test(
  'the last size requested before the terminal exists is set when the container starts',
  betterThanCNeeds('2.1.6 loses lines that arrive together', 'miniruntime'),
  async (t) => {
    t.equal(await sizesAhead(t, 'stty size'), '41 101\r\n');
  },
);

void t.test('after garbage the monitor sleeps', async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path));
  await run.started();
  const monitor = await run.pid();
  writeFifo(`${s.bundle}/ctl`, 'garbage\n');
  writeFifo(`${s.bundle}/winsz`, 'garbage\n');
  await sleeps(t, monitor);
});
