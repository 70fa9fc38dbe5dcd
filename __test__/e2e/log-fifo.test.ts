/** A FIFO, a terminal, a socket or a descriptor in the place of a log: nothing waits for its reader without a bound. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { joined, parseLog, readLog } from '../support/cri-log.js';
import { FifoReader, makeFifo, writeFifo } from '../support/fifo.js';
import { sleeps } from '../support/idle.js';
import { balancesInBytes, losses } from '../support/loss.js';
import { launch } from '../support/monitor.js';
import { scene } from '../support/scene.js';
import { start } from '../support/staged.js';
import { betterThanC, betterThanCNeeds } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const WAITS = betterThanC('2.1.6 waits for the reader without a bound');
const REPLACED = betterThanC('2.1.6 puts a file in its place');
const STALLED = 'its reader reads nothing';
const LINE = 'x'.repeat(99);
const MEGABYTE = `yes ${LINE} | head -n 10000`;

for (const driver of ['k8s-file', 'json-file']) {
  void t.test(`${driver}: a FIFO without a reader is refused, with the next step`, WAITS, async (t) => {
    const s = scene(t);
    await makeFifo(s.log);
    const run = launch(t, s, createArguments(s, actor(s).path, [], { '-l': `${driver}:${s.log}` }));
    t.equal((await run.launcher()).code, 1);
    const words = `Failed to open log file ${s.log}: no process reads this FIFO; start its reader first`;
    t.ok((await run.stderr?.rest())?.includes(words));
    t.equal((await run.sync.message())['data'], -1);
    t.notOk(existsSync(s.exitFile));
  });
}

void t.test('a socket is refused, with the reason', async (t) => {
  const s = scene(t);
  const server = createServer().listen(s.log);
  t.teardown(() => server.close());
  await untilExists(s.log);
  const run = launch(t, s, createArguments(s, actor(s).path));
  t.equal((await run.launcher()).code, 1);
  t.match(await run.stderr?.rest(), /Failed to open log file/);
});

void t.test(
  'a reader that stops: the container waits a second, then lines are lost, counted and reported',
  WAITS,
  async (t) => {
    const s = scene(t);
    await makeFifo(s.log);
    const reader = new FifoReader(t, s.log);
    const { run, at, go } = await start(t, s, s.log, `${MEGABYTE}; wait more; echo again; wait end; exit 6`);
    await at('more');
    await sleeps(t, await run.pid());
    reader.read();
    t.doesNotThrow(() => parseLog(reader.content), 'no record is torn');
    go('more');
    await until('the line after that', () => {
      reader.read();
      return reader.content.includes(' stdout F again\n');
    });
    const records = parseLog(reader.content);
    balancesInBytes(t, records, 1_000_000 + 6, STALLED);
    t.equal(losses(records).length, 1, 'told once');
    go('end');
    t.equal(await run.finished(), '6');
  },
);

for (const length of [99, 6000, 60_000]) {
  void t.test(
    `lines of ${length} bytes and a reader that stops indefinitely: the end is reported, no record is torn that fits into a page`,
    WAITS,
    async (t) => {
      const s = scene(t);
      await makeFifo(s.log);
      const reader = new FifoReader(t, s.log);
      const { run } = await start(t, s, s.log, `yes ${'x'.repeat(length)} | head -c 1000000; exit 7`);
      t.equal(await run.finished(), '7');
      reader.read();
      const content = reader.content;
      if (length < 4000) parseLog(content);
      else parseLog(content.subarray(0, content.lastIndexOf('\n') + 1));
      t.ok(content.length > 0 && content.length <= 1 << 16);
    },
  );
}

void t.test('a long record that a reader stopped in is finished before anything else', WAITS, async (t) => {
  const s = scene(t);
  await makeFifo(s.log);
  const reader = new FifoReader(t, s.log);
  const lines = `yes ${'x'.repeat(6000)} | head -n 100`;
  const { run, at, go } = await start(t, s, s.log, `${lines}; wait more; echo again; wait end; exit 7`);
  await at('more');
  await sleeps(t, await run.pid());
  reader.read();
  go('more');
  await until('the line after that', () => {
    reader.read();
    return reader.content.includes(' stdout F again\n');
  });
  const records = parseLog(reader.content);
  balancesInBytes(t, records, 100 * 6001 + 6, STALLED);
  go('end');
  t.equal(await run.finished(), '7');
});

void t.test('a slow reader slows the container down and loses nothing', async (t) => {
  const s = scene(t);
  await makeFifo(s.log);
  const reader = new FifoReader(t, s.log);
  const { run } = await start(t, s, s.log, 'seq 1 20000; exit 4');
  await until('the last line', () => {
    reader.read(16_384);
    return reader.content.subarray(-200).includes(' 20000\n');
  });
  t.equal(await run.finished(), '4');
  const expected = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('');
  t.equal(joined(parseLog(reader.content), 'stdout'), expected);
});

void t.test(
  'a reader that leaves and comes back gets the following lines, and a report of those it missed',
  WAITS,
  async (t) => {
    const s = scene(t);
    await makeFifo(s.log);
    const first = new FifoReader(t, s.log);
    const script = 'echo one; wait gone; echo lost; wait back; echo two; wait end; exit 3';
    const { run, at, go } = await start(t, s, s.log, script);
    await at('gone');
    await until('the first line', () => {
      first.read();
      return first.content.includes('one\n');
    });
    first.leave();
    go('gone');
    await at('back');
    await sleeps(t, await run.pid());
    const second = new FifoReader(t, s.log);
    go('back');
    await until('the second line', () => {
      second.read();
      return second.content.includes('two\n');
    });
    const texts = parseLog(second.content).map(({ text }) => text);
    t.same(texts, ['conmon: lost 5 bytes in 1 lines: Broken pipe', 'two']);
    t.ok(statSync(s.log).isFIFO());
    go('end');
    t.equal(await run.finished(), '3');
  },
);

void t.test('a reader that leaves while the container waits for it', WAITS, async (t) => {
  const s = scene(t);
  await makeFifo(s.log);
  const reader = new FifoReader(t, s.log);
  const { run } = await start(t, s, s.log, `${MEGABYTE}; exit 3`);
  await until('a full FIFO', async () => {
    reader.read(4096);
    return reader.content.length > 8192;
  });
  reader.leave();
  t.equal(await run.finished(), '3');
});

void t.test(
  '"2 0 0" while the reader is stopped: the container continues, and its end is reported',
  WAITS,
  async (t) => {
    const s = scene(t);
    await makeFifo(s.log);
    const reader = new FifoReader(t, s.log);
    const { run, at, go } = await start(t, s, s.log, `${MEGABYTE}; wait more; ${MEGABYTE}; exit 6`);
    await at('more');
    writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
    go('more');
    t.equal(await run.finished(), '6');
    reader.read();
    parseLog(reader.content);
  },
);

void t.test('"2 0 0" that finds a FIFO without a reader stays in the old file until there is one', WAITS, async (t) => {
  const s = scene(t);
  const script = `echo one; wait fifo; echo two; wait reader; until [ -e '${s.dir}/enough' ]; do echo more; sleep 0.1; done; exit 5`;
  const { run, at, go } = await start(t, s, s.log, script);
  await at('fifo');
  const old = `${s.dir}/old`;
  renameSync(s.log, old);
  await makeFifo(s.log);
  writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
  go('fifo');
  await at('reader');
  await until('the second line', () => readLog(old).length === 2);
  await sleeps(t, await run.pid());
  const reader = new FifoReader(t, s.log);
  go('reader');
  await until('the log to come to the FIFO', () => {
    reader.read();
    return reader.content.length > 0;
  });
  writeFileSync(`${s.dir}/enough`, '');
  t.equal(await run.finished(), '5');
  reader.read();
  const texts = [...readLog(old), ...parseLog(reader.content)].map(({ text }) => text);
  t.same(texts, ['one', 'two', ...Array.from({ length: texts.length - 2 }, () => 'more')]);
});

void t.test('what waits for a stopped reader goes to the file that takes the place of its FIFO', WAITS, async (t) => {
  const s = scene(t);
  await makeFifo(s.log);
  const reader = new FifoReader(t, s.log);
  const { run, at, go } = await start(t, s, s.log, `${MEGABYTE}; wait file; echo again; exit 6`);
  await until('a full FIFO', () => {
    reader.read(4096);
    return reader.content.length > 300_000;
  });
  const fifo = `${s.dir}/fifo`;
  renameSync(s.log, fifo);
  writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
  // Reads on meanwhile: a second without that would be too long.
  await until('a file', () => {
    reader.read(4096);
    return existsSync(s.log);
  });
  await at('file');
  go('file');
  t.equal(await run.finished(), '6');
  reader.read();
  const records = [...parseLog(reader.content.subarray(0, reader.content.lastIndexOf('\n') + 1)), ...readLog(s.log)];
  t.equal(joined(records, 'stdout'), `${`${LINE}\n`.repeat(10_000)}again\n`, 'nothing lost, nothing twice');
});

void t.test('a FIFO stays a FIFO under --log-size-max and --log-rotate, and gets everything', REPLACED, async (t) => {
  const s = scene(t);
  await makeFifo(s.log);
  const reader = new FifoReader(t, s.log);
  const extra = ['--log-size-max', '1000', '--log-rotate'];
  const { run } = await start(t, s, s.log, 'seq 1 1000; exit 2', { extra });
  await until('the last line', () => {
    reader.read();
    return reader.content.includes(' 1000\n');
  });
  t.equal(await run.finished(), '2');
  t.ok(statSync(s.log).isFIFO());
  t.equal(parseLog(reader.content).length, 1000);
});

void t.test('/dev/stdout is the caller\'s own stream, also after "2 0 0"', REPLACED, async (t) => {
  for (const log of ['/dev/stdout', '/proc/self/fd/1', '/dev/fd/1']) {
    const s = scene(t);
    const fifo = `${s.dir}/fifo`;
    await makeFifo(fifo);
    const reader = new FifoReader(t, fifo);
    const prefix = ['/bin/sh', '-c', `exec "$@" > '${fifo}'`, 'sh'];
    const { run, at, go } = await start(t, s, log, 'echo one; wait reopen; echo two; exit 3', { prefix });
    await at('reopen');
    await until('the first line', () => {
      reader.read();
      return reader.content.includes('one\n');
    });
    writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
    await sleeps(t, await run.pid());
    go('reopen');
    t.equal(await run.finished(), '3');
    reader.read();
    const texts = parseLog(reader.content).map(({ text }) => text);
    t.same(texts, ['one', 'two'], log);
  }
});

void t.test(
  'a terminal whose output is stopped',
  betterThanCNeeds('2.1.6 waits for it without a bound', 'socat'),
  async (t) => {
    const s = scene(t);
    const seen = `${s.dir}/seen`;
    const child = spawn('socat', ['-u', `PTY,raw,echo=0,link=${s.log}`, `CREATE:${seen}`], { stdio: 'ignore' });
    t.teardown(() => child.kill('SIGKILL'));
    await untilExists(s.log);
    const { run, at, go } = await start(
      t,
      s,
      s.log,
      `echo first; wait stop; ${MEGABYTE}; wait again; echo again; exit 6`,
    );
    await at('stop');
    await until('the first line', () => existsSync(seen) && readFileSync(seen).includes('first'));
    child.kill('SIGSTOP');
    go('stop');
    await at('again');
    await sleeps(t, await run.pid());
    child.kill('SIGCONT');
    await until('the terminal to be read', () => statSync(seen).size > 4000);
    go('again');
    t.equal(await run.finished(), '6');
    await until('the last line', () => readFileSync(seen).includes('again\n'));
    balancesInBytes(t, parseLog(readFileSync(seen)), 1_000_000 + 12, STALLED);
  },
);
