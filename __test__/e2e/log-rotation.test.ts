/** Rotation: which files are kept, where it is refused, and compression. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import t, { type Test } from 'tap';
import { gunzipSync } from 'node:zlib';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { type LogRecord, joined, parseLog, readLog } from '../support/cri-log.js';
import { writeFifo } from '../support/fifo.js';
import { type LaunchOptions, type Launched, launch } from '../support/monitor.js';
import { IMAGE, Podman } from '../support/podman.js';
import { children, comm } from '../support/proc.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanC, betterThanCNeeds, unlessEmulated } from '../support/target.js';
import { until } from '../support/wait.js';

const ONLY_OURS = betterThanC('2.1.6 has no rotation');
const LIMIT = 10_000;
const ROTATE = ['--log-size-max', String(LIMIT), '--log-rotate', '--log-max-files'];
const GZIP: LaunchOptions = { env: { CONMON_LOG_COMPRESS: 'gzip' } };

/** Starts a container. `DIR` in the payload is the scene's directory. */
async function start(
  t: Test,
  s: Scene,
  payload: string,
  extra: readonly string[],
  options: LaunchOptions = {},
  log = s.log,
): Promise<Launched> {
  const runtime = actor(s, { payload: payload.replaceAll('DIR', s.dir) });
  const run = launch(t, s, createArguments(s, runtime.path, extra, { '-l': `k8s-file:${log}` }), options);
  await run.started();
  await runtime.start();
  return run;
}

/** Checks that the log's directory has no other files that start with the log's name. */
function sameFiles(t: Test, log: string, expected: readonly string[]): void {
  const [, directory = '', name = ''] = /^(.*)\/([^/]*)$/.exec(log) ?? [];
  const found = readdirSync(directory).filter((file) => file.startsWith(name) || file.startsWith('.conmon'));
  t.same(found.toSorted(), expected.map((suffix) => `${name}${suffix}`).toSorted());
}

/** A kept file, compressed or not. */
function readKept(path: string): LogRecord[] {
  return existsSync(`${path}.gz`) ? parseLog(gunzipSync(readFileSync(`${path}.gz`))) : readLog(path);
}

/** The numbers in records; the first may have begun in a file that is gone. */
function numbersIn(records: readonly LogRecord[]): number[] {
  return joined(records, 'stdout').split('\n').slice(1, -1).map(Number);
}

/** From the oldest kept file to the log, the numbers have no gap up to the last. */
function sameSuffix(t: Test, log: string, kept: number, last: number): void {
  const files = Array.from({ length: kept }, (_, index) => readKept(`${log}.${kept - index}`));
  const numbers = numbersIn([...files.flat(), ...readLog(log)]);
  t.same(
    numbers,
    Array.from(numbers, (_, index) => last - numbers.length + 1 + index),
  );
  for (const records of files) t.ok(records.length > 100);
}

/** Whether this is the last line; a record that is being written while we read is none yet. */
function hasLine(log: string, number: number): boolean {
  const content = readFileSync(log);
  const whole = content.subarray(0, content.lastIndexOf('\n') + 1);
  return joined(parseLog(whole), 'stdout').endsWith(`\n${number}\n`);
}

for (const files of [1, 2, 5]) {
  void t.test(`${files} full files are kept: together with the log a suffix without a gap`, ONLY_OURS, async (t) => {
    const s = scene(t);
    const run = await start(t, s, 'seq 1 5000', [...ROTATE, String(files)]);
    t.equal(await run.finished(), '0');
    const numbers = Array.from({ length: files }, (_, index) => `.${index + 1}`);
    sameFiles(t, s.log, ['', ...numbers]);
    for (const suffix of ['', ...numbers]) t.ok(statSync(`${s.log}${suffix}`).size <= LIMIT, suffix);
    sameSuffix(t, s.log, files, 5000);
  });
}

void t.test('a rotation costs what the files that exist cost, however many may be kept', ONLY_OURS, async (t) => {
  const s = scene(t);
  const run = await start(t, s, 'seq 1 2000', [...ROTATE, '2147483647']);
  t.equal(await run.finished(), '0');
  const kept = readdirSync(s.dir).filter((name) => /^ctr\.log\.\d+$/.test(name)).length;
  t.ok(kept > 3, `${kept} files`);
  sameFiles(t, s.log, ['', ...Array.from({ length: kept }, (_, index) => `.${index + 1}`)]);
  sameSuffix(t, s.log, kept, 2000);
});

void t.test('files above a missing number stay where they are', ONLY_OURS, async (t) => {
  const s = scene(t);
  for (const number of [1, 3, 7]) writeFileSync(`${s.log}.${number}`, `${number}`);
  const run = await start(t, s, 'seq 1 300', [...ROTATE, '5']);
  t.equal(await run.finished(), '0');
  sameFiles(t, s.log, ['', '.1', '.2', '.3', '.7']);
  t.same(
    [2, 3, 7].map((number) => readFileSync(`${s.log}.${number}`, 'utf8')),
    ['1', '3', '7'],
  );
});

void t.test('--log-rotate alone keeps one, --log-max-files alone none', ONLY_OURS, async (t) => {
  for (const [extra, expected] of [
    [['--log-rotate'], ['', '.1']],
    [['--log-max-files', '3'], ['']],
  ] as const) {
    const s = scene(t);
    await (await start(t, s, 'seq 1 2000', ['--log-size-max', '10000', ...extra])).finished();
    sameFiles(t, s.log, expected);
  }
});

void t.test('CONMON_LOG_ROTATE=N is --log-rotate --log-max-files N, and the options win', ONLY_OURS, async (t) => {
  for (const [extra, expected] of [
    [[], ['', '.1', '.2']],
    [
      ['--log-rotate', '--log-max-files', '1'],
      ['', '.1'],
    ],
  ] as const) {
    const s = scene(t);
    const run = await start(t, s, 'seq 1 2000', ['--log-size-max', '10000', ...extra], {
      env: { CONMON_LOG_ROTATE: '2' },
    });
    await run.finished();
    sameFiles(t, s.log, expected);
  }
});

void t.test('a file that another process has renamed is left alone, also with rotation', ONLY_OURS, async (t) => {
  const s = scene(t);
  const payload = 'seq 1 100; until [ -e DIR/go ]; do sleep 0.02; done; seq 101 200';
  const run = await start(t, s, payload, [...ROTATE, '2']);
  await until('the first lines', () => hasLine(s.log, 100));
  renameSync(s.log, `${s.dir}/mine`);
  writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
  await until('a new file', () => existsSync(s.log));
  writeFileSync(`${s.dir}/go`, '');
  await run.finished();
  t.equal(joined(readLog(`${s.dir}/mine`), 'stdout'), Array.from({ length: 100 }, (_, n) => `${n + 1}\n`).join(''));
  sameSuffix(t, s.log, 0, 200);
  sameFiles(t, s.log, ['']);
});

void t.test('at an attacker-controlled path nothing is renamed, and logging continues', ONLY_OURS, async (t) => {
  const numbers = Array.from({ length: 1000 }, (_, index) => index + 1);
  const cases: readonly (readonly [what: string, path: (s: Scene) => string, extra?: readonly string[]])[] = [
    [
      'a symbolic link',
      (s) => {
        symlinkSync(`${s.dir}/real.log`, `${s.dir}/link.log`);
        return `${s.dir}/link.log`;
      },
    ],
    [
      'a directory that everybody may write to',
      (s) => {
        mkdirSync(`${s.dir}/open`);
        chmodSync(`${s.dir}/open`, 0o1777);
        return `${s.dir}/open/a.log`;
      },
    ],
    ['a path with ..', (s) => `${s.bundle}/../up.log`],
    ['a directory that is not allowed', (s) => s.log, ['--log-allowlist-dir', '/var/log']],
  ];
  for (const [what, path, extra = []] of cases) {
    await t.test(what, async (t) => {
      const s = scene(t);
      const log = path(s);
      const run = await start(t, s, 'seq 1 1000; exit 6', [...ROTATE, '2', ...extra], {}, log);
      t.equal(await run.finished(), '6');
      sameFiles(t, log, ['']);
      t.same(numbersIn(readLog(log)), numbers.slice(1));
    });
  }
  await t.test('no other directory passes for an allowed one, however its path is spelled', async (t) => {
    const s = scene(t);
    symlinkSync(s.dir, `${s.dir}/self`);
    const allowed = ['--log-allowlist-dir', `${s.dir}/self/`, '--log-allowlist-dir', '/var/log'];
    await (await start(t, s, 'seq 1 1000', [...ROTATE, '1', ...allowed])).finished();
    sameFiles(t, s.log, ['', '.1']);
  });
});

void t.test('CONMON_LOG_COMPRESS=gzip', ONLY_OURS, async (t) => {
  await t.test('rotated files are compressed completely, with the mode of the log', async (t) => {
    const s = scene(t);
    const step = (from: number): string => `seq ${from} ${from + 249}; until [ -e DIR/${from} ]; do sleep 0.02; done;`;
    const run = await start(t, s, `${step(1)} ${step(251)} ${step(501)} seq 751 1000`, [...ROTATE, '3'], GZIP);
    for (const from of [1, 251, 501]) {
      await until('the lines', () => hasLine(s.log, from + 249));
      await until('what is kept to be compressed', () => !existsSync(`${s.log}.1`));
      writeFileSync(`${s.dir}/${from}`, '');
    }
    await run.finished();
    await until('the last file to be compressed', () => !existsSync(`${s.log}.1`));
    sameFiles(t, s.log, ['', '.1.gz', '.2.gz', '.3.gz']);
    sameSuffix(t, s.log, 3, 1000);
    t.equal((statSync(`${s.log}.1.gz`).mode & 0o777).toString(8), '640');
  });

  await t.test('however fast files are rotated, no line of those kept is lost', async (t) => {
    const s = scene(t);
    const run = await start(t, s, 'seq 1 100000', [...ROTATE, '4'], GZIP);
    t.equal(await run.finished(), '0');
    await until('the workers to end', () => [1, 2, 3, 4].every((number) => !existsSync(`${s.log}.${number}`)));
    sameSuffix(t, s.log, 4, 100_000);
    sameFiles(t, s.log, ['', '.1.gz', '.2.gz', '.3.gz', '.4.gz']);
  });

  await t.test('a worker that is killed leaves the plain file, and nothing else', async (t) => {
    const s = scene(t);
    const lines = 400_000;
    const payload = `seq 1 ${lines}; until [ -e DIR/go ]; do sleep 0.02; done; exit 7`;
    const extra = ['--log-size-max', '15000000', '--log-rotate', '--log-max-files', '2'];
    const run = await start(t, s, payload, extra, GZIP);
    const monitor = await run.pid();
    const isWorker = (pid: number): boolean => comm(pid) === 'conmon-gzip';
    const worker = await until('a worker', () => children(monitor).find(isWorker));
    process.kill(worker, 'SIGKILL');
    await until('it to be reaped', () => comm(worker) === undefined);
    await until('the last line', () => hasLine(s.log, lines));
    sameFiles(t, s.log, ['', '.1']);
    sameSuffix(t, s.log, 1, lines);
    writeFileSync(`${s.dir}/go`, '');
    t.equal(await run.finished(), '7');
  });

  await t.test(
    'workers are processes: the monitor stays one thread',
    unlessEmulated('it has threads of its own'),
    async (t) => {
      const s = scene(t);
      const run = await start(t, s, 'seq 1 20000; until [ -e DIR/go ]; do sleep 0.02; done', [...ROTATE, '1'], GZIP);
      const monitor = await run.pid();
      await until('the last line', () => hasLine(s.log, 20_000));
      await until('the workers to end', () => children(monitor).every((pid) => comm(pid) !== 'conmon-gzip'));
      t.equal(readdirSync(`/proc/${monitor}/task`).length, 1);
      writeFileSync(`${s.dir}/go`, '');
      await run.finished();
    },
  );
});

const PODMAN = betterThanCNeeds('2.1.6 has no rotation', 'root', 'podman', 'crun', 'busybox', 'unshare', 'nsenter');

void t.test('podman with CONMON_LOG_ROTATE and CONMON_LOG_COMPRESS in conmon_env_vars', PODMAN, async (t) => {
  const podman = await Podman.setUp(undefined, { variables: ['CONMON_LOG_ROTATE=2', 'CONMON_LOG_COMPRESS=gzip'] });
  t.teardown(() => podman.tearDown());
  const log = `${podman.dir}/cwd/ctr.log`;
  const options = ['--log-driver', 'k8s-file', '--log-opt', 'max-size=10kb', '--log-opt', `path=${log}`];
  await podman.ok('run', '--name', 'c', ...options, IMAGE, 'seq', '1', '2000');
  await until('what is kept to be compressed', () => !existsSync(`${log}.1`) && !existsSync(`${log}.2`));
  sameFiles(t, log, ['', '.1.gz', '.2.gz']);
  sameSuffix(t, log, 2, 2000);
  t.match(await podman.ok('logs', 'c'), /\n2000$/);
});

for (const extra of [
  ['--log-size-max', String(LIMIT)],
  [...ROTATE, '2'],
]) {
  void t.test(
    `${extra.join(' ')}: a file that another process has put in the place of the log is appended to, not replaced`,
    ONLY_OURS,
    async (t) => {
      const s = scene(t);
      const run = await start(t, s, 'seq 1 150; until [ -e DIR/go ]; do sleep 0.02; done; seq 151 250', extra);
      await until('the log', () => readFileSync(s.log).includes(' 150\n'));
      renameSync(s.log, `${s.dir}/moved`);
      writeFileSync(s.log, '2026-01-01T00:00:00.000000000+00:00 stdout F theirs\n');
      writeFileSync(`${s.dir}/go`, '');
      await run.finished();
      const [theirs, ...rest] = readLog(s.log).map(({ text }) => text);
      t.equal(theirs, 'theirs');
      const numbers = [...readLog(`${s.dir}/moved`).map(({ text }) => text), ...rest].map(Number);
      t.same(
        numbers,
        Array.from({ length: 250 }, (_, index) => index + 1),
      );
      t.ok(rest.length > 10 && rest.length < 100, `${rest.length} lines in the new file`);
      sameFiles(t, s.log, ['']);
    },
  );
}
