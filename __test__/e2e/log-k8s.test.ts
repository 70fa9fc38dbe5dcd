/** The records of a k8s-file. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { joined, readLog } from '../support/cri-log.js';
import { logOf } from '../support/log-of.js';
import { needs } from '../support/needs.js';
import { scene } from '../support/scene.js';

void t.test('each line is a record: time with nine digits and offset, stream, tag, text', async (t) => {
  const s = scene(t);
  const begin = Date.now();
  await logOf(t, s, 'echo out; echo err >&2');
  const records = readLog(s.log);
  t.same(
    records.map(({ stream, tag, text }) => [stream, tag, text]).toSorted(),
    [
      ['stdout', 'F', 'out'],
      ['stderr', 'F', 'err'],
    ].toSorted(),
  );
  for (const { time } of records) {
    t.ok(Date.parse(time) >= begin - 1 && Date.parse(time) <= Date.now() + 1, time);
  }
});

void t.test('a last line without a newline is exactly one P record, and no F is invented', async (t) => {
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

void t.test('carriage returns, NULs and bytes that are not UTF-8 are kept', async (t) => {
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
  const options = zone.includes('/') ? needs('tzdata') : {};
  void t.test(`TZ=${zone} gives local time with ${offset}`, options, async (t) => {
    const s = scene(t);
    const begin = Date.now();
    await logOf(t, s, 'echo x', [], { env: { TZ: zone } });
    const [record] = readLog(s.log);
    t.equal(record?.time.slice(-offset.length), offset);
    t.ok(Math.abs(Date.parse(record?.time ?? '') - begin) < 20_000, 'the same instant');
  });
}
