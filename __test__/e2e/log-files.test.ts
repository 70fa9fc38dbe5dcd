/** The files that a k8s-file log is made of: modes, limits, paths. */
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { joined, parseLog, readLog } from '../support/cri-log.js';
import { launch } from '../support/monitor.js';
import { logOf } from '../support/log-of.js';
import { needs } from '../support/needs.js';
import { scene } from '../support/scene.js';
import { IS_C, betterThanC } from '../support/target.js';

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

void t.test('--log-size-max: the file is truncated at a record boundary, and never grows beyond', async (t) => {
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

void t.test(
  'twenty runs that each write half of --log-size-max never grow beyond it',
  betterThanC('2.1.6 counts from 0'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { ungated: true, payload: 'seq 1000 1090' });
    const sizes: number[] = [];
    for (let round = 0; round < 20; round++) {
      rmSync(s.exitFile, { force: true });
      rmSync(s.conmonPidfile, { force: true });
      const run = launch(t, s, createArguments(s, runtime.path, ['--log-size-max', '10000']));
      await run.launcher();
      await run.finished();
      sizes.push(statSync(s.log).size);
    }
    t.ok(Math.max(...sizes) <= 10_000, `${Math.max(...sizes)} bytes`);
    t.ok(Math.max(...sizes) > 5000, 'each run wrote about half of it');
    t.equal(readLog(s.log).at(-1)?.text, '1090');
  },
);

for (const limit of ['0', '-1']) {
  void t.test(`--log-size-max ${limit} means no limit`, async (t) => {
    const s = scene(t);
    await logOf(t, s, 'seq 1 2000', [`--log-size-max=${limit}`]);
    t.match(joined(readLog(s.log), 'stdout'), /^1\n2\n[^]*\n1999\n2000\n$/);
  });
}

void t.test('--log-global-size-max: beyond it nothing more is logged, and the container ends normally', async (t) => {
  const s = scene(t);
  await logOf(t, s, 'seq 1 100000; exit 0', ['--log-global-size-max', '20000']);
  const size = statSync(s.log).size;
  // C conmon stops at what it has read in one piece.
  t.ok(size > 10_000 && size <= (IS_C ? 200_000 : 20_000), `${size} bytes`);
  parseLog(readFileSync(s.log));
  t.equal(readFileSync(s.exitFile, 'utf8'), '0');
});

/** A line of 14 bytes is a k8s-file record of 59. */
const LINES = 'i=1000; while [ $i -lt 1300 ]; do echo "number % $i"; i=$((i+1)); done';
const RECORD = 'YYYY-MM-DDTHH:MM:SS.NNNNNNNNN+00:00 stdout F number 1000\n'.length + 2;

for (const [limit, records] of [
  [100 * RECORD, 100],
  [100 * RECORD + 1, 100],
  [101 * RECORD - 1, 100],
  [RECORD, 1],
  [RECORD - 1, 0],
] as const) {
  void t.test(
    `--log-global-size-max ${limit}: ${records} records of ${RECORD} bytes fit, and not one byte more is written`,
    betterThanC('2.1.6 passes the limit'),
    async (t) => {
      const s = scene(t);
      await logOf(t, s, `${LINES}; echo`, [`--log-global-size-max=${limit}`]);
      t.equal(statSync(s.log).size, records * RECORD);
      t.equal(readLog(s.log).length, records, 'nor a shorter record');
    },
  );
}

void t.test(
  '--log-global-size-max counts all output of a log that is truncated, also for json-file',
  betterThanC('2.1.6 passes the limit'),
  async (t) => {
    const s = scene(t);
    const rotated = ['--log-size-max', '1000', '--log-rotate', '--log-max-files', '100'];
    await logOf(t, s, LINES, ['--log-global-size-max', '10000', ...rotated]);
    const files = readdirSync(s.dir).filter((name) => name.startsWith('ctr.log'));
    const sizes = files.map((name) => statSync(`${s.dir}/${name}`).size);
    t.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      Math.floor(10_000 / RECORD) * RECORD,
    );

    const json = scene(t);
    const runtime = actor(json, { payload: LINES });
    const args = createArguments(json, runtime.path, ['--log-global-size-max', '10000'], {
      '-l': `json-file:${json.log}`,
    });
    const run = launch(t, json, args);
    await run.started();
    await runtime.start();
    await run.finished();
    const longest = Math.max(
      ...readFileSync(json.log, 'utf8')
        .split('\n')
        .map((line) => line.length + 1),
    );
    const size = statSync(json.log).size;
    t.ok(size <= 10_000 && size > 10_000 - longest, `${size} bytes`);
  },
);

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
