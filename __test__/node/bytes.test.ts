import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decode, encode } from '../../ts/node/bytes.js';
import { ROOT } from './root.js';

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly json: string;
}

const vectors: readonly Vector[] = JSON.parse(readFileSync(join(ROOT, '__test__/vectors/bytes.json'), 'utf8'));

for (const { name, hex, json } of vectors) {
  t.test(`both ways: ${name}`, async (t) => {
    const bytes = Buffer.from(hex, 'hex');
    const text: unknown = JSON.parse(json);
    t.equal(decode(bytes), text);
    t.same(encode(String(text)), bytes);
  });
}

t.test('every byte survives a round trip', async (t) => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  t.same(encode(decode(all)), all);
});

t.test('a surrogate that does not represent a byte is refused', async (t) => {
  for (const text of ['\ud800', 'a\udc7f', '\udd00']) t.throws(() => encode(text), RangeError);
});
