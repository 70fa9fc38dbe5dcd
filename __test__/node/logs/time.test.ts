import t from 'tap';
import { dateOf, nanosecondsOf } from '../../../ts/node/logs/time.js';

const SECOND = 1_795_530_600n * 1_000_000_000n;

const TIMES: readonly (readonly [text: string, nanoseconds: bigint])[] = [
  ['2026-11-24T14:30:00Z', SECOND],
  ['2026-11-24T20:00:00.123456789+05:30', SECOND + 123_456_789n],
  ['2026-11-24T11:00:00.5-03:30', SECOND + 500_000_000n],
  ['2026-11-24T14:30:00.1234567899Z', SECOND + 123_456_789n],
  ['2026-11-24t14:30:00.000000001z', SECOND + 1n],
  ['1970-01-01T00:00:00Z', 0n],
];

for (const [text, nanoseconds] of TIMES) t.test(text, async (t) => t.equal(nanosecondsOf(text), nanoseconds));

t.test('a date has milliseconds', async (t) => {
  t.equal(nanosecondsOf(new Date(1.5)), 1_000_000n);
  t.same(dateOf({ time: '2026-11-24T14:30:00.123999999Z' }), new Date('2026-11-24T14:30:00.123Z'));
});

for (const text of [
  '',
  '2026-11-24',
  '2026-11-24T14:30:00',
  '2026-13-24T14:30:00Z',
  '2026-11-24 14:30:00Z',
  'now',
  '5',
]) {
  t.test(`not a time: ${JSON.stringify(text)}`, async (t) => {
    t.throws(() => nanosecondsOf(text), new RangeError(`not a time of RFC 3339: ${JSON.stringify(text)}`));
  });
}

t.test('an invalid Date is not a time', async (t) => {
  t.throws(() => nanosecondsOf(new Date('x')), RangeError);
});
