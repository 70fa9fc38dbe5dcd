/** Log failures other than a full disk: limits, errors, files changed by other processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import t, { type Test } from 'tap';
import { command } from '../support/command.js';
import { joined, type LogRecord, parseLog, readLog } from '../support/cri-log.js';
import { writeFifo } from '../support/fifo.js';
import { sleeps } from '../support/idle.js';
import { LOST, balances } from '../support/loss.js';
import { enterNamespace } from '../support/namespace.js';
import { isAlive } from '../support/proc.js';
import { scene } from '../support/scene.js';
import { replaceLog, start, untilEnough } from '../support/staged.js';
import { syslog } from '../support/syslog.js';
import { until } from '../support/wait.js';
import { betterThanCNeeds } from '../support/target.js';

/** Prints lines of this many bytes, each write ending with a line. */
function print(count: number, length = 100): string {
  return `i=0; while [ $i -lt ${count} ]; do echo ${'x'.repeat(length - 1)}; i=$((i+1)); done`;
}

async function limitFileSize(monitor: number, bytes: number | 'unlimited'): Promise<void> {
  const { code, stderr } = await command(['prlimit', '--pid', String(monitor), `--fsize=${bytes}:unlimited`]);
  if (code !== 0) throw new Error(stderr);
}

const LIMITS = betterThanCNeeds('2.1.6 is killed by SIGXFSZ', 'prlimit', 'root');

const SHORT_LINES = [0, 1, 50, 146, 147, 148, 10_000].map((room) => ({ length: 100, room }));
/** Texts of this length are not copied before they are written. */
const LONG_LINES = [0, 30, 1000, 4044, 4045, 50_000].map((room) => ({ length: 4000, room }));

for (const { length, room } of [...SHORT_LINES, ...LONG_LINES]) {
  const name = `${length}-byte lines, a file that takes ${room} bytes more than it holds: the write that is cut short tears no record`;
  void t.test(name, LIMITS, async (t) => {
    const s = scene(t);
    const script = `${print(20, length)}; wait limit; ${print(500, length)}; wait free; echo again; exit 6`;
    const { run, at, go } = await start(t, s, s.log, script);
    await at('limit');
    const monitor = await run.pid();
    await until('the first lines', () => readLog(s.log).length === 20);
    await limitFileSize(monitor, statSync(s.log).size + room);
    go('limit');
    await at('free');
    await sleeps(t, monitor);
    t.doesNotThrow(() => readLog(s.log), 'no record is torn');
    await limitFileSize(monitor, 'unlimited');
    go('free');
    t.equal(await run.finished(), '6');
    balances(t, readLog(s.log), 520 * length + 6, 521, 'File too large');
  });
}

void t.test(
  'an inherited limit of file sizes does not kill the monitor, and still applies to the container',
  LIMITS,
  async (t) => {
    const s = scene(t);
    const prefix = ['prlimit', '--fsize=4096:4096'];
    const script = `${print(100)}; trap 'echo no' XFSZ; (head -c 8192 /dev/zero > '${s.dir}/big'); exit 7`;
    const { run } = await start(t, s, s.log, script, { prefix });
    t.equal(await run.finished(), '7');
    t.ok(statSync(s.log).size <= 4096);
    t.doesNotThrow(() => readLog(s.log));
  },
);

void t.test('a log truncated by another process is not filled with NULs when a write fails', LIMITS, async (t) => {
  const s = scene(t);
  const script = `${print(100)}; wait emptied; ${print(100)}; wait free; echo again; exit 6`;
  const { run, at, go } = await start(t, s, s.log, script);
  await at('emptied');
  const monitor = await run.pid();
  await until('the first lines', () => readLog(s.log).length === 100);
  truncateSync(s.log);
  // In the middle of a record.
  await limitFileSize(monitor, 3050);
  go('emptied');
  await at('free');
  await sleeps(t, monitor);
  await limitFileSize(monitor, 'unlimited');
  go('free');
  t.equal(await run.finished(), '6');
  t.notOk(readFileSync(s.log).includes(0));
  balances(t, readLog(s.log), 100 * 100 + 6, 101, 'File too large');
});

/** A process that sleeps: its memory, as a file, cannot be written at the beginning, where nothing is mapped (proc(5)). */
function sleeper(t: Test): ChildProcess {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

for (const driver of ['k8s-file', 'json-file']) {
  void t.test(`${driver}: an I/O error loses lines, reported once, and never the container`, LIMITS, async (t) => {
    const s = scene(t);
    const log = `${s.dir}/the.log`;
    symlinkSync(`/proc/${sleeper(t).pid}/mem`, log);
    const script = 'seq 1 1000; sleep 0.1; seq 1001 2000; wait file; echo again; exit 4';
    const steps = await start(t, s, `${driver}:${log}`, script);
    await replaceLog(t, s, log, steps);
    t.equal(await steps.run.finished(), '4');
    const content = readFileSync(log, 'utf8');
    t.match(content, /conmon: lost 8893 bytes in \d+ lines: Input\/output error/);
    t.match(content, /again/);
    t.equal(content.split('\n').length, 3);
  });
}

void t.test('a directory that has become read-only: the log continues in the old file', LIMITS, async (t) => {
  const s = scene(t);
  mkdirSync(`${s.dir}/logs`);
  const log = `${s.dir}/logs/ctr.log`;
  const namespace = await enterNamespace();
  t.teardown(() => namespace.leave());
  const inside = async (...words: readonly string[]): Promise<void> => {
    const { code, stderr } = await command([...namespace.prefix, s.dir, ...words]);
    if (code !== 0) throw new Error(stderr);
  };
  const script = `echo one; wait gone; echo two; wait back; ${untilEnough(s)}`;
  const { run, at, go } = await start(t, s, log, script, { prefix: [...namespace.prefix, s.dir] });
  await at('gone');
  await until('the first line', () => readLog(log).length === 1);
  await inside('mount', '-t', 'tmpfs', '-o', 'ro', 'none', `${s.dir}/logs`);
  renameSync(log, `${s.dir}/old`);
  writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
  go('gone');
  await at('back');
  await until('the second line', () => readLog(`${s.dir}/old`).length === 2);
  await sleeps(t, await run.pid());
  await inside('umount', `${s.dir}/logs`);
  go('back');
  await until('the log to be back', () => existsSync(log));
  writeFileSync(`${s.dir}/enough`, '');
  t.equal(await run.finished(), '0');
  const all = [...readLog(`${s.dir}/old`), ...readLog(log)].map(({ text }) => text);
  t.same(all, ['one', 'two', ...Array.from({ length: all.length - 3 }, (_, index) => `more ${index}`), 'last']);
});

void t.test(
  'a log that fails a thousand times causes one warning, and one more when it works again',
  betterThanCNeeds('2.1.6 ends', 'root', 'socat', 'unshare', 'nsenter'),
  async (t) => {
    const s = scene(t);
    const messages = await syslog(t, s);
    const log = `${s.dir}/the.log`;
    symlinkSync(`/proc/${sleeper(t).pid}/mem`, log);
    // A write of the monitor for each line, as far as it keeps up.
    const script = `i=0; while [ $i -lt 1000 ]; do echo $i; i=$((i+1)); done; wait file; echo again; exit 4`;
    const steps = await start(t, s, log, script, {
      prefix: [...messages.namespace.prefix, s.dir],
      extra: ['--syslog'],
    });
    await replaceLog(t, s, log, steps);
    t.equal(await steps.run.finished(), '4');
    const warnings = (): string[] => messages.text().match(/<nwarn>: [^<]*/g) ?? [];
    await until('the second warning', () => warnings().length > 1);
    const said = warnings();
    t.equal(said.length, 2, said.join('\n'));
    t.match(said[0], /cannot write the log file .*: Input\/output error; output is lost until that works again/);
    t.match(said[1], /the log works again: lost 3890 bytes in \d+ lines/);
  },
);

void t.test('a storm of renames and reopens while the log rotates by itself loses no line', LIMITS, async (t) => {
  const s = scene(t);
  mkdirSync(`${s.dir}/logs`);
  const log = `${s.dir}/logs/ctr.log`;
  const script = `i=0; until [ -e '${s.dir}/enough' ]; do echo "line $i"; i=$((i+1)); done; echo "$i lines"`;
  const extra = ['--log-size-max', '100000', '--log-rotate', '--log-max-files', '10000'];
  const { run } = await start(t, s, log, script, { extra });
  const moved: string[] = [];
  for (let round = 0; round < 60; round++) {
    await until('some output', () => existsSync(log) && statSync(log).size > 0);
    const away = `${s.dir}/moved-${round}`;
    try {
      renameSync(log, away);
      moved.push(away);
    } catch {
      // It was between two names.
    }
    writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
  }
  writeFileSync(`${s.dir}/enough`, '');
  t.equal(await run.finished(), '0');
  const rotated = readdirSync(`${s.dir}/logs`).map((name) => `${s.dir}/logs/${name}`);
  // A file that was moved away while rotation gave it its second name (link(2)) has both.
  const files = new Map([...moved, ...rotated].map((path) => [statSync(path).ino, path]));
  const content = Buffer.concat([...files.values()].map((path) => readFileSync(path)));
  // The files come in any order. A line whose parts are in two of them is put together by their times.
  const records = parseLog(content);
  const isWhole = ({ tag, text }: LogRecord): boolean => tag === 'F' && /^(line \d+|\d+ lines)$/.test(text);
  const parts = records.filter((record) => !isWhole(record)).toSorted((a, b) => (a.time < b.time ? -1 : 1));
  const lines = [
    ...records.filter(isWhole).map(({ text }) => text),
    ...joined(parts, 'stdout').split('\n').slice(0, -1),
  ];
  const total = lines.find((line) => line.endsWith(' lines'));
  t.equal(total, `${lines.length - 1} lines`, `${moved.length} times moved away`);
  const numbers = lines.filter((line) => line !== total).map((line) => Number(line.slice('line '.length)));
  t.same(
    numbers.toSorted((a, b) => a - b),
    Array.from({ length: numbers.length }, (_, index) => index),
    'each once',
  );
  t.notOk(records.some(({ text }) => LOST.test(text)));
  t.notOk(isAlive(await run.pid()));
});
