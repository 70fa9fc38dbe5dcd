import t from 'tap';
import { parserOf } from '../../../ts/node/logs/format.js';

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
  ['no such stream', `${TIME} stdin F a`, undefined],
  ['no such stream that looks like one', `${TIME} stdoux F a`, undefined],
  ['no such tag', `${TIME} stdout X a`, undefined],
  ['a tag that is a word', `${TIME} stdout Full a`, undefined],
  ['no time', 'stdout F a', undefined],
  ['cut behind the time', TIME, undefined],
  ['cut behind the stream', `${TIME} stdout`, undefined],
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
