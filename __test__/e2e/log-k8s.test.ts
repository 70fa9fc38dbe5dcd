import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { joined, parseLog, readLog } from '../support/cri-log.js';
import { type LaunchOptions, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';

/** Runs a container to its end. */
async function logOf(
  t: Test,
  s: Scene,
  payload: string,
  extra: readonly string[] = [],
  options: LaunchOptions = {},
): Promise<void> {
  const runtime = actor(s, { payload });
  const run = launch(t, s, createArguments(s, runtime.path, extra), options);
  await run.started();
  await runtime.start();
  await run.finished();
}

void t.test('each line is a record: time with nine digits and offset, stream, tag, text', async (t) => {
  const s = scene(t);
  const begin = Date.now();
  await logOf(t, s, 'echo out; echo err >&2');
  const records = readLog(s.log);
  t.same(
    records.map(({ stream, tag, text }) => [stream, tag, text]).sort(),
    [
      ['stdout', 'F', 'out'],
      ['stderr', 'F', 'err'],
    ].sort(),
  );
  for (const { time } of records) {
    t.ok(Date.parse(time) >= begin - 1 && Date.parse(time) <= Date.now() + 1, time);
  }
});

void t.test('a rest without its newline is exactly one P record, and no F is invented', async (t) => {
  const s = scene(t);
  await logOf(t, s, 'printf hola');
  t.match(readFileSync(s.log, 'latin1'), /^[^\n]* stdout P hola\n$/);
});

void t.test('a line in two parts is two records, P then F', async (t) => {
  const s = scene(t);
  await logOf(t, s, 'printf one; sleep 0.3; echo two');
  const records = readLog(s.log);
  t.same(
    records.map(({ tag, text }) => [tag, text]),
    [
      ['P', 'one'],
      ['F', 'two'],
    ],
  );
});

void t.test('there is a space after the tag even without a text', async (t) => {
  const s = scene(t);
  await logOf(t, s, 'echo; echo x');
  t.match(readFileSync(s.log, 'latin1'), /^\S+ stdout F \n\S+ stdout F x\n$/);
});

void t.test('carriage returns, NULs and bytes that are no UTF-8 are kept', async (t) => {
  const s = scene(t);
  await logOf(t, s, `printf 'a\\r\\nb\\000c\\377d\\n'`);
  t.equal(joined(readLog(s.log), 'stdout'), 'a\r\nb\0c\xffd\n');
});

for (const length of [8190, 8191, 8192, 8193, 16384, 39223, 65536, 200_000]) {
  void t.test(`a line of ${length} bytes is put together again byte for byte`, async (t) => {
    const s = scene(t);
    await logOf(t, s, `head -c ${length} /dev/zero | tr '\\0' x; echo; echo end`);
    t.equal(joined(readLog(s.log), 'stdout'), `${'x'.repeat(length)}\nend\n`);
    const records = readLog(s.log);
    t.ok(records.slice(0, -2).every(({ tag }) => tag === 'P'));
    t.same(
      records.slice(-1).map(({ tag, text }) => [tag, text]),
      [['F', 'end']],
    );
  });
}

void t.test('40000 lines on both streams are all there, in order', async (t) => {
  const s = scene(t);
  await logOf(t, s, 'seq 1 20000 & seq 20001 40000 >&2; wait');
  const numbers = (from: number): string => Array.from({ length: 20_000 }, (_, n) => `${from + n}\n`).join('');
  t.equal(joined(readLog(s.log), 'stdout'), numbers(1));
  t.equal(joined(readLog(s.log), 'stderr'), numbers(20_001));
});

for (const [zone, offset] of [
  ['Asia/Kolkata', '+05:30'],
  ['Asia/Kathmandu', '+05:45'],
  ['Pacific/Marquesas', '-09:30'],
  ['UTC', '+00:00'],
  ['XYZ3:15', '-03:15'],
] as const) {
  const known = zone.includes('/') && !existsSync(`/usr/share/zoneinfo/${zone}`);
  const options = known ? { skip: 'no time zones: apt-get install tzdata' } : {};
  void t.test(`TZ=${zone} gives local time with ${offset}`, options, async (t) => {
    const s = scene(t);
    const begin = Date.now();
    await logOf(t, s, 'echo x', [], { env: { TZ: zone } });
    const [record] = readLog(s.log);
    t.equal(record?.time.slice(-offset.length), offset);
    t.ok(Math.abs(Date.parse(record?.time ?? '') - begin) < 20_000, 'the same instant');
  });
}

for (const umask of ['0000', '0077']) {
  void t.test(`the log has mode 0640 with umask ${umask}`, betterThanC('2.1.6 makes it 0600'), async (t) => {
    const s = scene(t);
    await logOf(t, s, 'echo x', [], { prefix: ['/bin/sh', '-c', `umask ${umask}; exec "$@"`, 'sh'] });
    t.equal((statSync(s.log).mode & 0o777).toString(8), '640');
  });
}

void t.test('a log that exists is continued', async (t) => {
  const s = scene(t);
  await logOf(t, s, 'echo one');
  await logOf(t, s, 'echo two');
  t.equal(joined(readLog(s.log), 'stdout'), 'one\ntwo\n');
});

void t.test('--log-size-max: the file is begun afresh at a record, and never grows beyond', async (t) => {
  const s = scene(t);
  await logOf(t, s, 'seq 1 5000', ['--log-size-max', '10000']);
  const content = readFileSync(s.log);
  t.ok(content.length <= 10_000, `${content.length} bytes`);
  const numbers = parseLog(content).map(({ text }) => Number(text));
  t.equal(numbers.at(-1), 5000);
  t.ok(
    numbers.every((number, index) => index === 0 || number === (numbers[index - 1] ?? 0) + 1),
    'without a gap',
  );
});

void t.test('--log-size-max counts what is already there', betterThanC('2.1.6 counts from 0'), async (t) => {
  const s = scene(t);
  writeFileSync(s.log, '2026-01-01T00:00:00.000000000+00:00 stdout F old\n'.repeat(199));
  const before = statSync(s.log).size;
  await logOf(t, s, 'seq 1 10', ['--log-size-max', '10000']);
  t.ok(statSync(s.log).size < before, 'it was begun afresh');
  t.equal(readLog(s.log).at(-1)?.text, '10');
});

for (const limit of ['0', '-1']) {
  void t.test(`--log-size-max ${limit} is no limit`, async (t) => {
    const s = scene(t);
    await logOf(t, s, 'seq 1 2000', [`--log-size-max=${limit}`]);
    t.match(joined(readLog(s.log), 'stdout'), /^1\n2\n[^]*\n1999\n2000\n$/);
  });
}

void t.test('--log-global-size-max: after that nothing more is logged, and the container ends well', async (t) => {
  const s = scene(t);
  await logOf(t, s, 'seq 1 100000; exit 0', ['--log-global-size-max', '20000']);
  const size = statSync(s.log).size;
  t.ok(size >= 10_000 && size <= 200_000, `${size} bytes`);
  parseLog(readFileSync(s.log));
  t.equal(readFileSync(s.exitFile, 'utf8'), '0');
});

for (const form of ['k8s-file:PATH', 'PATH', ':PATH']) {
  void t.test(`--log-path ${form} is a k8s-file`, async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'echo x' });
    const run = launch(t, s, createArguments(s, runtime.path, [], { '-l': form.replace('PATH', s.log) }));
    await run.started();
    await runtime.start();
    await run.finished();
    t.equal(joined(readLog(s.log), 'stdout'), 'x\n');
  });
}

for (const form of ['none', 'none:', ':none', 'off', 'null']) {
  void t.test(`--log-path ${form} logs nothing`, async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'seq 1 10000; exit 4' });
    const run = launch(t, s, createArguments(s, runtime.path, [], { '-l': form }));
    await run.started();
    await runtime.start();
    t.equal(await run.finished(), '4');
    t.notOk(existsSync(s.log));
  });
}

void t.test('a path may contain a colon', betterThanC('2.1.6 cuts the path there'), async (t) => {
  const s = scene(t);
  const log = `${s.dir}/a:b.log`;
  const runtime = actor(s, { payload: 'echo x' });
  const run = launch(t, s, createArguments(s, runtime.path, [], { '-l': `k8s-file:${log}` }));
  await run.started();
  await runtime.start();
  await run.finished();
  t.equal(joined(readLog(log), 'stdout'), 'x\n');
});

void t.test('the log is synced once, at the end; with --no-sync-log never', needs('strace'), async (t) => {
  for (const [extra, expected] of [
    [[], 1],
    [['--no-sync-log'], 0],
  ] as const) {
    const s = scene(t);
    const trace = `${s.dir}/trace`;
    const prefix = ['strace', '-D', '-f', '-e', 'trace=fsync,fdatasync', '-o', trace];
    await logOf(t, s, 'seq 1 5000', extra, { prefix });
    const calls = readFileSync(trace, 'utf8').match(/f(data)?sync\(/g) ?? [];
    t.equal(calls.length, expected, extra.join(' '));
  }
});

void t.test('a log that cannot be read by others is not made readable', async (t) => {
  const s = scene(t);
  writeFileSync(s.log, '');
  chmodSync(s.log, 0o600);
  await logOf(t, s, 'echo x');
  t.equal((statSync(s.log).mode & 0o777).toString(8), '600');
});
