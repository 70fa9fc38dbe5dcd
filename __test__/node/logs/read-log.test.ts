import { appendFileSync, mkdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { readLog, type ReadLogOptions } from '../../../ts/node/logs/read-log.js';
import { k8s, openBelow, texts, timeAt } from './collect.js';

/** A folder with these files: a name and what is in it; what ends in `.gz` is compressed. */
function logs(t: Test, files: Readonly<Record<string, string | Buffer>>): string {
  const folder = t.testdir({});
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(`${folder}/${name}`, name.endsWith('.gz') ? gzipSync(content) : content);
  }
  t.teardown(() => {
    const open = openBelow(folder);
    if (open.length > 0) throw new Error(`left open: ${open.join(', ')}`);
  });
  return `${folder}/log`;
}

const lines = (...seconds: readonly number[]): string =>
  seconds.map((second) => k8s(`line ${second}`, second)).join('');

const ROTATED = {
  log: lines(9, 10),
  'log.1': lines(7, 8),
  'log.2.gz': lines(5, 6),
  'log.10.gz': lines(3, 4),
  'log.20261124-120000.gz': lines(1),
  'log.20261124-123000': lines(2),
  'log.old': 'not ours',
  'log.1.tmp': 'nor this',
  'log2.1': 'nor this',
};

const seconds = async (t: Test, path: string, options: ReadLogOptions): Promise<number[]> =>
  (await texts(readLog(path, options))).map((text) => Number(text.replace('line ', '')));

t.test('records have their time, stream, text and whether they are parts', async (t) => {
  const path = logs(t, { log: k8s('a', 1) + k8s('b', 2, 'stderr', 'P') });
  const found = [];
  for await (const { text, ...rest } of readLog(path)) found.push({ ...rest, text: text.toString() });
  t.same(found, [
    { time: timeAt(1), stream: 'stdout', partial: false, text: 'a' },
    { time: timeAt(2), stream: 'stderr', partial: true, text: 'b' },
  ]);
});

const SELECTIONS: readonly (readonly [rule: string, options: ReadLogOptions, found: readonly number[]])[] = [
  ['rotated and compressed files come first, the oldest at the head', {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ['since is inclusive', { since: timeAt(6) }, [6, 7, 8, 9, 10]],
  ['until is inclusive', { until: timeAt(6) }, [1, 2, 3, 4, 5, 6]],
  ['a date is before the nanosecond of the record', { since: new Date(timeAt(6)), until: new Date(timeAt(8)) }, [6, 7]],
  ['no line of the tail', { tail: 0 }, []],
  ['a tail within the newest file', { tail: 1 }, [10]],
  ['a tail at the border of a file', { tail: 2 }, [9, 10]],
  ['a tail over files', { tail: 3 }, [8, 9, 10]],
  ['a tail that begins in a compressed file', { tail: 5 }, [6, 7, 8, 9, 10]],
  ['a tail at the border of a compressed file', { tail: 6 }, [5, 6, 7, 8, 9, 10]],
  ['a tail over compressed files', { tail: 9 }, [2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ['a tail longer than the log', { tail: 99 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ['a tail of what is not too late', { tail: 2, until: timeAt(7) }, [6, 7]],
  ['a tail of what is not too early', { tail: 9, since: timeAt(8) }, [8, 9, 10]],
];

for (const [rule, options, found] of SELECTIONS) {
  t.test(rule, async (t) => t.same(await seconds(t, logs(t, ROTATED), options), found));
}

t.test('a file that was last written before since is not even read', async (t) => {
  const path = logs(t, { log: lines(2), 'log.1': 'no log at all\n' });
  utimesSync(`${path}.1`, 0, 0);
  t.same(await texts(readLog(path, { since: timeAt(1) })), ['line 2']);
});

const BOTH = k8s('o1') + k8s('e1', 0, 'stderr') + k8s('o2') + k8s('o3') + k8s('e2', 0, 'stderr');

t.test('one stream only', async (t) => {
  const path = logs(t, { log: BOTH });
  t.same(await texts(readLog(path, { stream: 'stderr' })), ['e1', 'e2']);
  t.same(await texts(readLog(path, { stream: 'stdout', tail: 2 })), ['o2', 'o3']);
});

t.test('in a tail a line in parts counts once, a last one without an end too', async (t) => {
  const part = (text: string): string => k8s(text, 0, 'stdout', 'P');
  const path = logs(t, { log: k8s('zero') + part('a') + part('b') + k8s('c') + part('d') + part('e') });
  t.same(await texts(readLog(path, { tail: 1 })), ['d', 'e']);
  t.same(await texts(readLog(path, { tail: 2 })), ['a', 'b', 'c', 'd', 'e']);
  const packed = logs(t, { log: part('d') + part('e'), 'log.1.gz': k8s('zero') + part('a') + part('b') + k8s('c') });
  t.same(await texts(readLog(packed, { tail: 1 })), ['d', 'e']);
  t.same(await texts(readLog(packed, { tail: 2 })), ['a', 'b', 'c', 'd', 'e']);
});

t.test('a tail is read from the end: of four gigabytes only the last pieces', async (t) => {
  const path = logs(t, { log: '' });
  // A hole: reading it all would take seconds, and what is in it is malformed.
  truncateSync(path, 2 ** 32);
  appendFileSync(path, `\n${lines(1, 2, 3, 4)}`);
  const before = readBytes();
  t.same(await seconds(t, path, { tail: 3 }), [2, 3, 4]);
  t.ok(readBytes() - before < 2 ** 20, `${readBytes() - before} bytes were read`);
});

t.test('lines longer than a piece are found from the end as well', async (t) => {
  const long = 'x'.repeat(200_000);
  const path = logs(t, { log: k8s(`${long}1`) + k8s(`${long}2`) + k8s(`${long}3`) });
  t.same(await texts(readLog(path, { tail: 2 })), [`${long}2`, `${long}3`]);
});

t.test('every byte is kept', async (t) => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 10));
  const path = logs(t, { log: Buffer.concat([Buffer.from(k8s('').slice(0, -1)), all, Buffer.from('\n')]) });
  t.same(await texts(readLog(path)), [all.toString('latin1')]);
});

t.test('an unfinished record of the newest file is not there yet; a file without any has none', async (t) => {
  t.same(await texts(readLog(logs(t, { log: lines(1) + k8s('x').slice(0, -1) }))), ['line 1']);
  t.same(await texts(readLog(logs(t, { log: '' }))), []);
  t.same(await texts(readLog(logs(t, { log: k8s('x').slice(0, -1) }), { tail: 3 })), []);
});

t.test('a malformed record is an error with file, offset and line, after the records before it', async (t) => {
  const path = logs(t, { log: lines(2, 3), 'log.1': `${lines(1)}torn\n` });
  const found: string[] = [];
  const reading = (async () => {
    for await (const { text } of readLog(path)) found.push(text.toString());
  })();
  await t.rejects(reading, {
    name: 'MalformedRecord',
    path: `${path}.1`,
    offset: lines(1).length,
    line: Buffer.from('torn'),
    message: `${path}.1: malformed record at byte ${lines(1).length}: "torn"`,
  });
  t.same(found, ['line 1']);
});

t.test('with onMalformed, malformed records are reported and skipped', async (t) => {
  const path = logs(t, {
    log: `${lines(2)}\n2026-99-99T00:00:00Z stdout F bad time\n${lines(3)}`,
    'log.1.gz': `${lines(1)}torn`,
  });
  const told: string[] = [];
  const onMalformed = (error: Error & { line: Buffer }): void => void told.push(error.line.toString());
  t.same(await texts(readLog(path, { onMalformed, since: timeAt(0) })), ['line 1', 'line 2', 'line 3']);
  t.same(told, ['torn', '2026-99-99T00:00:00Z stdout F bad time']);
});

t.test('json-file, named or not', async (t) => {
  const path = logs(t, { log: `{"log":"a\\n","stream":"stdout","time":"${timeAt(1)}"}\n` });
  t.same(await texts(readLog(path)), ['a']);
  t.same(await texts(readLog({ kind: 'file', path, format: 'json-file' })), ['a']);
  await t.rejects(texts(readLog({ kind: 'file', path, format: 'k8s-file' })), { name: 'MalformedRecord' });
});

t.test('errors say what was tried', async (t) => {
  const path = logs(t, { other: '' });
  await t.rejects(texts(readLog(path)), { name: 'LogError', message: `there is no log ${path}` });
  mkdirSync(path);
  await t.rejects(texts(readLog(path)), { message: `cannot read the log ${path}: it is not a regular file` });
  const packed = logs(t, { log: lines(2) });
  writeFileSync(`${packed}.1.gz`, 'not compressed');
  await t.rejects(texts(readLog(packed)), { name: 'LogError', message: /log\.1\.gz.*incorrect header/ });
});

t.test('what was asked for is checked at once', async (t) => {
  t.throws(() => readLog('log', { since: 'yesterday' }), RangeError);
  t.throws(() => readLog('log', { tail: -1 }), RangeError);
  t.throws(() => readLog('log', { tail: 1.5 }), RangeError);
});

t.test('a signal ends it with its reason, also in the middle', async (t) => {
  const path = logs(t, { log: lines(1, 2) });
  await t.rejects(texts(readLog(path, { signal: AbortSignal.abort() })), { name: 'AbortError' });
  const controller = new AbortController();
  const big = logs(t, { log: lines(1).repeat(20_000) });
  const reading = (async () => {
    for await (const _ of readLog(big, { signal: controller.signal })) controller.abort(new Error('enough'));
  })();
  await t.rejects(reading, new Error('enough'));
});

t.test('who stops early leaves nothing open', async (t) => {
  for await (const { text } of readLog(logs(t, ROTATED))) {
    t.equal(text.toString(), 'line 1');
    break;
  }
});

/** Bytes this process has read so far, by proc_pid_io(5). */
function readBytes(): number {
  const text = readFileSync('/proc/self/io', 'latin1');
  return Number(/^rchar: (\d+)$/m.exec(text)?.[1]);
}
