/** Logs that cannot be written: the container continues, and lost output is counted. */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import t from 'tap';
import { command } from '../support/command.js';
import { parseLog } from '../support/cri-log.js';
import { readDockerLog } from '../support/docker-log.js';
import { writeFifo } from '../support/fifo.js';
import { sleeps } from '../support/idle.js';
import { LOST, balances, losses } from '../support/loss.js';
import { enterNamespace } from '../support/namespace.js';
import { descriptors } from '../support/proc.js';
import { scene } from '../support/scene.js';
import { replaceLog, start, untilEnough } from '../support/staged.js';
import { until } from '../support/wait.js';
import { betterThanCNeeds } from '../support/target.js';

const BETTER = betterThanCNeeds(
  '2.1.6 does not report losses, and tears records',
  'root',
  'unshare',
  'nsenter',
  'prlimit',
);
void t.test('a full file system', BETTER, async (t) => {
  const s = scene(t);
  mkdirSync(`${s.dir}/small`);
  const namespace = await enterNamespace(`mount -t tmpfs -o size=256k none '${s.dir}/small'`);
  t.teardown(() => namespace.leave());
  const seen = `/proc/${namespace.pid}/root${s.dir}/small`;
  const line = 'x'.repeat(99);
  const print = (count: number): string => `yes ${line} | head -n ${count}`;
  // 100 bytes a line, and every write ends with a line: no parts.
  const script = `${print(40)}; wait full; i=0; while [ $i -lt 100 ]; do ${print(40)}; i=$((i+1)); done; wait free; echo again; wait end; exit 9`;
  const { run, at, go } = await start(t, s, `${s.dir}/small/ctr.log`, script, { prefix: [...namespace.prefix, s.dir] });
  await at('full');
  // Leaves room for some of what follows.
  writeFileSync(`${seen}/ballast`, Buffer.alloc(200 * 1024));
  go('full');
  await at('free');
  await t.test('the container continues, and the monitor sleeps', async (t) => sleeps(t, await run.pid()));
  await t.test('no record is torn', async (t) => t.doesNotThrow(() => parseLog(readFileSync(`${seen}/ctr.log`))));
  rmSync(`${seen}/ballast`);
  go('free');
  await at('end');
  await t.test('a record reports the loss when there is room again', async (t) => {
    const records = await until('the last line', () => {
      const found = parseLog(readFileSync(`${seen}/ctr.log`));
      return found.at(-1)?.text === 'again' && found;
    });
    balances(t, records, 4040 * 100 + 6, 4041, 'No space left on device');
    t.equal(losses(records).length, 1, 'told once');
    const told = records.at(-2);
    t.match(told?.text, LOST);
    t.same([told?.stream, told?.tag], ['stderr', 'F']);
  });
  go('end');
  t.equal(await run.finished(), '9');
});

for (const [driver, read] of [
  ['k8s-file', (path: string) => parseLog(readFileSync(path)).map(({ text }) => `${text}\n`)],
  ['json-file', (path: string) => readDockerLog(path).map(({ log }) => log)],
] as const) {
  void t.test(`${driver}: a device that is always full`, BETTER, async (t) => {
    await t.test('does not keep a container from ending', async (t) => {
      const s = scene(t);
      const { run } = await start(t, s, `${driver}:/dev/full`, 'seq 1 50000; exit 3');
      t.equal(await run.finished(), '3');
    });

    await t.test('the new file reports the loss', async (t) => {
      const s = scene(t);
      const log = `${s.dir}/the.log`;
      symlinkSync('/dev/full', log);
      const script = 'seq 1 1000; sleep 0.1; seq 1001 2000; wait file; echo again; exit 4';
      const steps = await start(t, s, `${driver}:${log}`, script);
      await replaceLog(t, s, log, steps);
      t.equal(await steps.run.finished(), '4');
      const [told, again, ...more] = read(log);
      const [, bytes, lines, reason] = LOST.exec(told ?? '') ?? [];
      t.same([bytes, reason, again, more], ['8893', 'No space left on device', 'again\n', []]);
      t.ok(Number(lines) >= 2000, `${lines} records`);
    });

    await t.test('CONMON_LOG_LOSS_MARKER=0 leaves the record out', async (t) => {
      const s = scene(t);
      const log = `${s.dir}/the.log`;
      symlinkSync('/dev/full', log);
      const env = { CONMON_LOG_LOSS_MARKER: '0' };
      const steps = await start(t, s, `${driver}:${log}`, 'echo lost; wait file; echo again', { env });
      await replaceLog(t, s, log, steps);
      await steps.run.finished();
      t.same(read(log), ['again\n']);
    });
  });
}

void t.test(
  'a loss at the end is reported too, if the log works again before the exit is reported',
  BETTER,
  async (t) => {
    const s = scene(t);
    const log = `${s.dir}/the.log`;
    symlinkSync('/dev/full', log);
    const steps = await start(t, s, log, 'printf lost; wait file');
    await replaceLog(t, s, log, steps);
    await steps.run.finished();
    t.match(
      parseLog(readFileSync(log)).map(({ text }) => text),
      [/^conmon: lost 4 bytes in 1 lines: No space left on device$/],
    );
  },
);

void t.test('no descriptor is left when the log is to be reopened', BETTER, async (t) => {
  const s = scene(t);
  const { run, at, go } = await start(
    t,
    s,
    s.log,
    `echo one; wait limit; echo two; wait free; ${untilEnough(s)}; exit 5`,
  );
  await at('limit');
  const monitor = await run.pid();
  const limit = async (count: number): Promise<void> => {
    const { code, stderr } = await command(['prlimit', '--pid', String(monitor), `--nofile=${count}:4096`]);
    if (code !== 0) throw new Error(stderr);
  };
  // New descriptors get the lowest free number.
  const used = descriptors(monitor);
  await limit(Array.from({ length: used.size + 1 }, (_, number) => number).find((number) => !used.has(number)) ?? 0);
  renameSync(s.log, `${s.dir}/old`);
  writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
  go('limit');
  await at('free');
  await t.test('logging continues in the old file', async (t) => {
    await until('the second line', () => parseLog(readFileSync(`${s.dir}/old`)).length === 2);
    t.notOk(existsSync(s.log));
  });
  await limit(1024);
  go('free');
  await until('the log to be reopened by itself', () => existsSync(s.log));
  writeFileSync(`${s.dir}/enough`, '');
  t.equal(await run.finished(), '5');
  const all = [`${s.dir}/old`, s.log].flatMap((log) => parseLog(readFileSync(log))).map(({ text }) => text);
  t.same(all, ['one', 'two', ...Array.from({ length: all.length - 3 }, (_, index) => `more ${index}`), 'last']);
});

void t.test('a log that becomes writable again is reopened by itself', BETTER, async (t) => {
  const s = scene(t);
  mkdirSync(`${s.dir}/logs`);
  const log = `${s.dir}/logs/ctr.log`;
  const script = `echo one; wait gone; echo two; wait back; ${untilEnough(s)}`;
  const { run, at, go } = await start(t, s, log, script);
  await at('gone');
  const old = openSync(log, 'r');
  t.teardown(() => closeSync(old));
  rmSync(`${s.dir}/logs`, { recursive: true });
  writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
  go('gone');
  await at('back');
  await until('the second line', () => fstatSync(old).size > 80);
  t.match(readlinkSync(`/proc/self/fd/${old}`), /deleted/);
  mkdirSync(`${s.dir}/logs`);
  go('back');
  await until('the log to be back', () => existsSync(log));
  writeFileSync(`${s.dir}/enough`, '');
  t.equal(await run.finished(), '0');
  const before = parseLog(readFileSync(old)).map(({ text }) => text);
  const after = parseLog(readFileSync(log)).map(({ text }) => text);
  const all = [...before, ...after];
  t.same(all, ['one', 'two', ...Array.from({ length: all.length - 3 }, (_, index) => `more ${index}`), 'last']);
});
