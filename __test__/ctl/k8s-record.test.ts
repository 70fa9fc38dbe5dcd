import t from 'tap';
import { parseRecord } from '../../ts/ctl/k8s-record.js';

const TIME = '2026-11-23T18:10:00.123456789+05:30';

t.test('a whole line gets its newline back, a part does not', async (t) => {
  t.match(parseRecord(Buffer.from(`${TIME} stdout F hello`)), { stream: 'stdout', content: Buffer.from('hello\n') });
  t.match(parseRecord(Buffer.from(`${TIME} stderr P hel`)), { stream: 'stderr', content: Buffer.from('hel') });
});

t.test('an empty line is a line', async (t) => {
  t.match(parseRecord(Buffer.from(`${TIME} stdout F `)), { content: Buffer.from('\n') });
});

t.test('text is bytes: spaces, carriage returns and what is no UTF-8 stay as they are', async (t) => {
  const text = Buffer.from([0x20, 0x61, 0x20, 0xff, 0x00, 0x0d]);
  const record = parseRecord(Buffer.concat([Buffer.from(`${TIME} stdout P `), text]));
  t.same(record?.content, text);
});

for (const line of ['', TIME, `${TIME} stdout`, `${TIME} stdout F`, `${TIME} stdin F x`, `${TIME} stdout X x`]) {
  t.test(`is no record: ${JSON.stringify(line)}`, async (t) => {
    t.equal(parseRecord(Buffer.from(line)), undefined);
  });
}
