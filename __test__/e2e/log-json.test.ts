/** Logs in Docker's json-file format. */
import { existsSync, statSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { joined, readLog } from '../support/cri-log.js';
import { joinedLog, readDockerLog } from '../support/docker-log.js';
import { type LaunchOptions, launch } from '../support/monitor.js';
import { scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';

const ONLY_OURS = betterThanC('2.1.6 has no such driver');

/** Runs a container to its end; the path of its log. */
async function logOf(
  t: Test,
  payload: string,
  extra: readonly string[] = [],
  options: LaunchOptions = {},
): Promise<string> {
  const s = scene(t);
  const log = `${s.dir}/json.log`;
  const runtime = actor(s, { payload });
  const run = launch(t, s, createArguments(s, runtime.path, extra, { '-l': `json-file:${log}` }), options);
  await run.started();
  await runtime.start();
  await run.finished();
  return log;
}

void t.test('each line is an object: log with its newline, stream, time in UTC', ONLY_OURS, async (t) => {
  const begin = Date.now();
  const log = await logOf(t, 'echo out; echo err >&2', [], { env: { TZ: 'Asia/Kolkata' } });
  const records = readDockerLog(log);
  t.same(records.map(({ stream, log: text }) => [stream, text]).toSorted(), [
    ['stderr', 'err\n'],
    ['stdout', 'out\n'],
  ]);
  for (const { time } of records) t.ok(Math.abs(Date.parse(time) - begin) < 20_000, time);
  t.equal((statSync(log).mode & 0o777).toString(8), '640');
});

for (const [rule, payload, expected] of [
  ['a line is put together across reads', 'printf one; sleep 0.2; echo two', ['onetwo\n']],
  ['a rest without its newline has none in the log', `printf 'a\\nb'`, ['a\n', 'b']],
  ['an empty line is a newline', 'echo; echo', ['\n', '\n']],
  ['a line longer than 16 KiB is parts without newlines', `head -c 40000 /dev/zero | tr '\\0' x; echo`, null],
  ['markup is escaped as Go does', `echo '<a href="b">&</a>'`, ['<a href="b">&</a>\n']],
  ['each byte that is not UTF-8 is replaced', `printf 'a\\377\\376b\\303\\251\\n'`, ['a\uFFFD\uFFFDb\u00E9\n']],
  ['control characters survive', `printf 'a\\0\\t\\033b\\r\\n'`, ['a\0\t\u001Bb\r\n']],
] as const) {
  void t.test(rule, ONLY_OURS, async (t) => {
    const log = await logOf(t, payload);
    const texts = readDockerLog(log).map((record) => record.log);
    t.same(texts, expected ?? ['x'.repeat(16_384), 'x'.repeat(16_384), `${'x'.repeat(7232)}\n`]);
  });
}

void t.test('40000 lines on both streams are all there, in order', ONLY_OURS, async (t) => {
  const log = await logOf(t, 'seq 1 20000 & seq 20001 40000 >&2; wait');
  const numbers = (from: number): string => Array.from({ length: 20_000 }, (_, n) => `${from + n}\n`).join('');
  const records = readDockerLog(log);
  t.equal(joinedLog(records, 'stdout'), numbers(1));
  t.equal(joinedLog(records, 'stderr'), numbers(20_001));
});

void t.test('--log-size-max truncates the file at a record boundary', ONLY_OURS, async (t) => {
  const log = await logOf(t, 'seq 1 5000', ['--log-size-max', '10000']);
  t.ok(statSync(log).size <= 10_000);
  const numbers = readDockerLog(log).map((record) => Number(record.log));
  t.same(
    numbers,
    Array.from(numbers, (_, index) => 5000 - numbers.length + 1 + index),
  );
});

void t.test('--log-rotate keeps the full files', ONLY_OURS, async (t) => {
  const log = await logOf(t, 'seq 1 500', ['--log-size-max', '10000', '--log-rotate', '--log-max-files', '2']);
  t.notOk(existsSync(`${log}.3`));
  const numbers = [`${log}.2`, `${log}.1`, log]
    .flatMap((file) => readDockerLog(file))
    .map((record) => Number(record.log));
  t.same(
    numbers,
    Array.from(numbers, (_, index) => 500 - numbers.length + 1 + index),
  );
});

void t.test('beside a k8s-file, both get everything', ONLY_OURS, async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: `seq 1 1000; printf 'r\\303\\251st'` });
  const run = launch(t, s, createArguments(s, runtime.path, ['-l', `json-file:${s.dir}/json.log`]));
  await run.started();
  await runtime.start();
  await run.finished();
  const written = `${Array.from({ length: 1000 }, (_, n) => `${n + 1}\n`).join('')}r\u00E9st`;
  t.equal(joinedLog(readDockerLog(`${s.dir}/json.log`), 'stdout'), written);
  t.equal(Buffer.from(joined(readLog(s.log), 'stdout'), 'latin1').toString(), written);
});
