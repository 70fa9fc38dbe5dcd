import t from 'tap';
import * as fc from 'fast-check';
import { parserOf } from '../../../ts/node/logs/format.js';
import { isStamp } from '../../../ts/node/logs/stamp.js';
import { parseTime } from '../../../ts/node/logs/time.js';
import { cases } from '../../support/properties.js';

const TIME = '2026-11-24T18:10:00.123456789+05:30';

function parse(line: string | Buffer): unknown {
  const bytes = Buffer.from(line);
  // In the middle of a larger piece, as lines are.
  const around = Buffer.concat([Buffer.from('F \n'), bytes, Buffer.from('\n2 F ')]);
  const record = parserOf(undefined)(around, 3, 3 + bytes.length);
  return record === undefined ? undefined : { ...record, text: record.text.toString('latin1') };
}

const record = (text: string, stream = 'stdout', partial = false, time = TIME): object => ({
  time,
  stream,
  partial,
  text,
});

const CASES: readonly (readonly [rule: string, line: string | Buffer, found: object | undefined])[] = [
  ['a whole line', `${TIME} stdout F hello`, record('hello')],
  ['a part of a line', `${TIME} stderr P hel`, record('hel', 'stderr', true)],
  ['no text', `${TIME} stdout F `, record('')],
  ['no text and no space, as some write it', `${TIME} stdout F`, record('')],
  ['spaces at both ends of the text', `${TIME} stdout F   a `, record('  a ')],
  ['further tags', `${TIME} stdout P:x:y text`, record('text', 'stdout', true)],
  [
    'a time of another precision',
    '2026-11-24T12:40:00Z stdout F a',
    record('a', 'stdout', false, '2026-11-24T12:40:00Z'),
  ],
  [
    'NUL, carriage return and bytes that are no UTF-8',
    Buffer.from(`${TIME} stdout F a\0\xff\r`, 'latin1'),
    record('a\0\xff\r'),
  ],
  ['a further tag, and no text', `${TIME} stdout F:x`, record('')],
  ['two further tags, and no text', `${TIME} stderr P:x:y`, record('', 'stderr', true)],
  ['a further tag, and an empty text', `${TIME} stdout F:x `, record('')],
  ['two records glued together', `2026-11-24T10:00:01.0002026-11-24T10:00:01.000Z stdout F a`, undefined],
  ['two records glued together after an offset', `${TIME}${TIME} stdout F a`, undefined],
  ['a month that does not exist', '2026-13-24T10:00:01Z stdout F a', undefined],
  ['a time without an offset', '2026-11-24T10:00:01.5 stdout F a', undefined],
  ['Docker: a time that is not one', '{"log":"a\\n","stream":"stdout","time":"yesterday"}', undefined],
  ['Docker: glued times', `{"log":"a\\n","stream":"stdout","time":"${TIME}${TIME}"}`, undefined],
  ['no such stream', `${TIME} stdin F a`, undefined],
  ['no such stream that looks like one', `${TIME} stdoux F a`, undefined],
  ['no such tag', `${TIME} stdout X a`, undefined],
  ['a tag that is a word', `${TIME} stdout Full a`, undefined],
  ['no time', 'stdout F a', undefined],
  ['cut after the time', TIME, undefined],
  ['cut after the stream', `${TIME} stdout`, undefined],
  ['cut before the tag', `${TIME} stdout `, undefined],
  ['Docker: a whole line', `{"log":"a\\n","stream":"stdout","time":"${TIME}"}`, record('a')],
  ['Docker: a part of a line', `{"log":"a","stream":"stderr","time":"${TIME}"}`, record('a', 'stderr', true)],
  ['Docker: an empty line', `{"log":"\\n","stream":"stdout","time":"${TIME}"}`, record('')],
  ['Docker: escapes', `{"log":"\\u0000\\u003c\\r\\n","stream":"stdout","time":"${TIME}"}`, record('\0<\r')],
  [
    'Docker: attributes are no obstacle',
    `{"log":"a\\n","stream":"stdout","attrs":{"t":"x"},"time":"${TIME}"}`,
    record('a'),
  ],
  ['Docker: torn', '{"log":"a', undefined],
  ['Docker: no stream', `{"log":"a\\n","time":"${TIME}"}`, undefined],
  ['Docker: no text', `{"log":1,"stream":"stdout","time":"${TIME}"}`, undefined],
];

for (const [rule, line, found] of CASES) {
  t.test(rule, async (t) => t.same(parse(line), found));
}

t.test('a format that is named is the only one', async (t) => {
  const line = Buffer.from(`${TIME} stdout F a`);
  t.equal(parserOf('json-file')(line, 0, line.length), undefined);
  t.not(parserOf('k8s-file')(line, 0, line.length), undefined);
});

/** Mostly times, some of them with a changed character. */
const STAMPS = fc
  .tuple(
    fc.integer({ min: 0, max: 4e12 }),
    fc.constantFrom('', '.5', '.123456789', '.1234567890', '.'),
    fc.constantFrom('Z', 'z', '+05:30', '-23:59', '+24:00', '+0530', '', '+05:60'),
    fc.option(fc.tuple(fc.integer({ min: 0, max: 34 }), fc.constantFrom(...'0123456789-:.TtZz+ /')), { freq: 2 }),
  )
  .map(([time, fraction, offset, change]) => {
    const text = `${new Date(time).toISOString().slice(0, 19)}${fraction}${offset}`;
    return change === null ? text : text.slice(0, change[0]) + change[1] + text.slice(change[0] + 1);
  });

t.test('bytes are a time exactly if the text is one', async (t) => {
  let times = 0;
  fc.assert(
    fc.property(STAMPS, (text) => {
      const bytes = Buffer.from(`1${text}1`);
      const found = isStamp(bytes, 1, bytes.length - 1);
      times += found ? 1 : 0;
      return found === (parseTime(text) !== undefined);
    }),
    cases(2000),
  );
  t.ok(times > 100, 'some of them are');
});
