import { appendFileSync, chownSync, mkdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import type { MalformedRecord } from '../../../ts/node/logs/errors.js';
import { LONGEST_LINE } from '../../../ts/node/logs/line-splitter.js';
import type { ReadLogOptions } from '../../../ts/node/logs/options.js';
import { readLog } from '../../../ts/node/logs/read-log.js';
import type { UnfinishedLine } from '../../../ts/node/logs/unfinished.js';
import { needs } from '../../support/needs.js';
import { k8s, openBelow, texts, timeAt } from './collect.js';

/** A directory with these files by name and content; names that end in `.gz` are compressed. */
function logs(t: Test, files: Readonly<Record<string, string | Buffer>>): string {
  const directory = t.testdir({});
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(`${directory}/${name}`, name.endsWith('.gz') ? gzipSync(content) : content);
  }
  t.teardown(() => {
    const open = openBelow(directory);
    if (open.length > 0) throw new Error(`left open: ${open.join(', ')}`);
  });
  return `${directory}/log`;
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

t.test('each record is judged by its own time, where the clock was set back as well', async (t) => {
  const files = { log: lines(5, 2, 6), 'log.1': lines(9, 1), 'log.2.gz': lines(7, 3) };
  const path = logs(t, files);
  // A file's modification time does not help either: the file was last written before the record of second 9.
  utimesSync(`${path}.1`, 0, 0);
  for (const [options, found] of [
    [{ since: timeAt(4) }, [7, 9, 5, 6]],
    [{ until: timeAt(4) }, [3, 1, 2]],
    [{ since: timeAt(2), until: timeAt(6) }, [3, 5, 2, 6]],
    [{ tail: 3, since: timeAt(4) }, [9, 5, 6]],
    [{ tail: 4, since: timeAt(4) }, [7, 9, 5, 6]],
    [{ tail: 2, until: timeAt(4) }, [1, 2]],
  ] as const) {
    t.same(await seconds(t, path, options), found, JSON.stringify(options));
  }
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
  const mixed = logs(t, { log: '', 'log.1.gz': part('a') + k8s('b', 0, 'stderr') });
  t.same(await texts(readLog(mixed, { tail: 1 })), ['b'], 'the line before has no end');
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

t.test('an unfinished record of the newest file is left out; an empty file has no records', async (t) => {
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
  const reported: string[] = [];
  const onMalformed = (error: Error & { line: Buffer }): void => void reported.push(error.line.toString());
  t.same(await texts(readLog(path, { onMalformed, since: timeAt(0) })), ['line 1', 'line 2', 'line 3']);
  t.same(reported, ['torn', '2026-99-99T00:00:00Z stdout F bad time']);
  reported.length = 0;
  t.same(
    await texts(readLog(path, { onMalformed })),
    ['line 1', 'line 2', 'line 3'],
    'also where no time is asked for',
  );
  t.same(reported, ['torn', '2026-99-99T00:00:00Z stdout F bad time']);
});

t.test('json-file, named or not', async (t) => {
  const path = logs(t, { log: `{"log":"a\\n","stream":"stdout","time":"${timeAt(1)}"}\n` });
  t.same(await texts(readLog(path)), ['a']);
  t.same(await texts(readLog({ kind: 'file', path, format: 'json-file' })), ['a']);
  await t.rejects(texts(readLog({ kind: 'file', path, format: 'k8s-file' })), { name: 'MalformedRecord' });
});

t.test('errors name the step that failed', async (t) => {
  const path = logs(t, { other: '' });
  await t.rejects(texts(readLog(path)), {
    name: 'LogError',
    message: `cannot read the log ${path}: it does not exist`,
  });
  mkdirSync(path);
  await t.rejects(texts(readLog(path)), { message: `cannot read the log ${path}: it is not a regular file` });
  const packed = logs(t, { log: lines(2) });
  writeFileSync(`${packed}.1.gz`, 'not compressed');
  await t.rejects(texts(readLog(packed)), { name: 'LogError', message: /log\.1\.gz.*incorrect header/ });
});

t.test('options are checked immediately', async (t) => {
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

const DAMAGED = gzipSync(Array.from({ length: 5000 }, (_, at) => k8s(`line ${at} ${Math.random()}`)).join(''));
const GARBLED = Buffer.concat([DAMAGED.subarray(0, 40_000), Buffer.alloc(64, 0xff), DAMAGED.subarray(40_064)]);
const WRONG_SUM = Buffer.concat([DAMAGED.subarray(0, -8), Buffer.from('12345678')]);

for (const [what, bytes, least] of [
  ['truncated', DAMAGED.subarray(0, 40_000), 500],
  ['garbled in the middle', GARBLED, 500],
  ['with a wrong checksum', WRONG_SUM, 5000],
  ['that is not compressed', Buffer.from(lines(1)), 0],
  ['with garbage after its end', Buffer.concat([DAMAGED, Buffer.from('garbage')]), 5000],
] as const) {
  t.test(`a file ${what} is read up to the damage, and the others are read`, async (t) => {
    const path = logs(t, { log: lines(9), 'log.1': lines(8), 'log.3': lines(7) });
    writeFileSync(`${path}.2.gz`, bytes);
    const problems: string[] = [];
    const found = await texts(
      readLog(path, { onProblem: ({ message }) => problems.push(message), onMalformed: () => undefined }),
    );
    t.equal(found[0], 'line 7');
    t.same(found.slice(-2), ['line 8', 'line 9']);
    t.ok(found.length >= least + 3, `${found.length} records`);
    t.match(problems, [new RegExp(`^cannot decompress the log ${path}\\.2\\.gz: `)]);
    t.equal(problems.length, 1);
    const tail = await texts(readLog(path, { tail: 3, onProblem: () => undefined, onMalformed: () => undefined }));
    t.same(tail.slice(-2), ['line 8', 'line 9']);
    t.equal(tail.length, 3);
    await t.rejects(texts(readLog(path, { onMalformed: () => undefined })), { name: 'LogError' });
  });
}

t.test('the line at which a damaged file ends is marked as truncated', async (t) => {
  const packed = gzipSync(lines(1, 2), { level: 0 });
  const path = logs(t, { log: lines(3) });
  writeFileSync(`${path}.1.gz`, packed.subarray(0, -11));
  const found = [];
  for await (const { text, truncated } of readLog(path, { onProblem: () => undefined }))
    found.push([`${text}`, truncated]);
  t.same(found, [
    ['line 1', undefined],
    ['line', true],
    ['line 3', undefined],
  ]);
});

t.test('a file that is damaged only after its first megabytes is read to the byte before', async (t) => {
  const count = 40_000;
  const all = Array.from({ length: count }, (_, at) => k8s(`line ${at} ${'x'.repeat(100)}`)).join('');
  const packed = gzipSync(all);
  const path = logs(t, { log: '' });
  writeFileSync(`${path}.1.gz`, packed.subarray(0, packed.length - 8));
  const found = await texts(readLog(path, { onProblem: () => undefined }));
  t.equal(found.length, count);
});

t.test('a file of another user is reported, where only files of one user are read', needs('root'), async (t) => {
  const path = logs(t, { log: lines(2), 'log.1': lines(1) });
  const [owner, other] = [0, 4711];
  chownSync(`${path}.1`, other, other);
  const problems: string[] = [];
  const onProblem = ({ message }: Error): void => void problems.push(message);
  t.same(await texts(readLog({ kind: 'file', path, owner }, { onProblem })), ['line 2']);
  t.same(problems, [`cannot read the log ${path}.1: it belongs to user ${other}, not to user 0`]);
  await t.rejects(texts(readLog({ kind: 'file', path, owner })), { name: 'LogError' });
  await t.rejects(texts(readLog({ kind: 'file', path, owner: 5 }, { onProblem })), { message: /not to user 5/ });
});

t.test('a record right after NULs is read, the NULs are malformed', async (t) => {
  const small = '\0'.repeat(5000);
  const json = `{"log":"a\\n","stream":"stdout","time":"${timeAt(3)}"}\n`;
  const huge = Buffer.alloc(LONGEST_LINE + 5);
  for (const [what, content, expected, malformed] of [
    ['alone', `${lines(1)}${small}${lines(2, 3)}`, ['line 1', 'line 2', 'line 3'], 1],
    ['after a torn record', `${lines(1)}2026-11-24T12:4${small}${lines(2)}`, ['line 1', 'line 2'], 1],
    ['json-file', `${small}${json}`, ['a'], 1],
    ['in the text', lines(1) + k8s('a\0b'), ['line 1', 'a\0b'], 0],
    ['both', `\0${k8s('a\0b')}`, ['a\0b'], 1],
    ['at the end', `${lines(1)}${small}\n`, ['line 1'], 1],
    [
      'more than a line can have',
      Buffer.concat([Buffer.from(lines(1)), huge, Buffer.from(lines(2, 3))]),
      ['line 1', 'line 2', 'line 3'],
      1,
    ],
    [
      'more than a line can have, after a torn record',
      Buffer.concat([Buffer.from(`${lines(1)}torn`), huge, Buffer.from(lines(2))]),
      ['line 1', 'line 2'],
      1,
    ],
  ] as const) {
    const path = logs(t, { log: Buffer.from(content) });
    let count = 0;
    const onMalformed = (): void => void (count += 1);
    t.same(await texts(readLog(path, { onMalformed })), expected, what);
    t.equal(count, malformed, `${what}: malformed`);
    t.same(await texts(readLog(path, { onMalformed, tail: 1 })), expected.slice(-1), `${what}: tail`);
    t.same(await texts(readLog(path, { onMalformed, tail: 2 })), expected.slice(-2), `${what}: tail of 2`);
  }
});

t.test('a long line is whole, one that is too long is marked as truncated', async (t) => {
  const long = 'x'.repeat(3 << 20);
  const tooLong = 'y'.repeat(LONGEST_LINE);
  const path = logs(t, { log: k8s(long) + k8s(tooLong) + lines(3) });
  const problems: MalformedRecord[] = [];
  const onMalformed = (error: MalformedRecord): void => void problems.push(error);
  for (const tail of [undefined, 3, 2]) {
    problems.length = 0;
    const found = [];
    for await (const { text, truncated = false } of readLog(path, { onMalformed, tail }))
      found.push([text.length, truncated]);
    const head = k8s('').length - 1;
    const expected = [
      [long.length, false],
      [LONGEST_LINE - head, true],
      ['line 3'.length, false],
    ];
    t.same(found, expected.slice(-(tail ?? 3)), `tail ${tail}`);
    t.match(problems, [{ isTooLong: true, message: /record longer than 16 MiB at byte \d+/ }]);
  }
  await t.rejects(texts(readLog(path)), { name: 'MalformedRecord', isTooLong: true });
});

t.test('a last line without a newline is read if nobody will finish it', async (t) => {
  const torn = k8s('torn').slice(0, -1);
  const path = logs(t, { log: lines(1, 2) + torn });
  for (const [options, whole, without] of [
    [{}, ['line 1', 'line 2', 'torn'], ['line 1', 'line 2']],
    [{ tail: 1 }, ['torn'], ['line 2']],
    [{ tail: 2 }, ['line 2', 'torn'], ['line 1', 'line 2']],
    [{ follow: Promise.resolve() }, ['line 1', 'line 2', 'torn'], ['line 1', 'line 2']],
    [{ follow: Promise.resolve(), tail: 1 }, ['line 2', 'torn'], ['line 2']],
  ] as const) {
    const asked: object[] = [];
    const onUnfinished = (line: UnfinishedLine): boolean => asked.push(line) > 0;
    t.same(await texts(readLog(path, { ...options, onUnfinished })), whole, JSON.stringify(options));
    t.same(asked, [{ path, offset: lines(1, 2).length }], 'it is asked once');
    t.same(await texts(readLog(path, { ...options, onUnfinished: async () => false })), without);
    t.same(await texts(readLog(path, options)), without);
  }
  const asked: object[] = [];
  const finished = logs(t, { log: lines(1) });
  for (const tail of [undefined, 1])
    await texts(readLog(finished, { tail, onUnfinished: (line) => asked.push(line) > 0 }));
  t.same(asked, [], 'nothing is asked about a whole line');
});

t.test('a reader that stops early leaves nothing open', async (t) => {
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
