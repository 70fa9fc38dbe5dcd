import { readFileSync } from 'node:fs';
import t from 'tap';
import { byteLength, bytePrefix, withoutLast } from '../../ts/planner/bytes.js';
import { plan } from '../../ts/planner/main.js';
import { bytesOf, hostOf } from './support.js';

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly json: string;
}

const VECTORS: readonly Vector[] = JSON.parse(readFileSync('__test__/vectors/bytes.json', 'utf8'));

t.test('every byte string keeps its length and its bytes on the way through a plan', async (t) => {
  t.ok(VECTORS.length > 20);
  for (const { name, hex, json } of VECTORS) {
    const text: string = JSON.parse(json);
    t.equal(byteLength(text), hex.length / 2, `length: ${name}`);
    const argv = ['-c', text, '-u', 'u', '-r', '/runtime', '-l', 'none'];
    const result = JSON.parse(JSON.stringify(plan(argv, () => undefined, hostOf())));
    t.equal(bytesOf(result.plan.cid).toString('hex'), hex, `bytes: ${name}`);
  }
});

t.test('a prefix has at most the given number of bytes, and ends between characters', async (t) => {
  t.equal(bytePrefix('abcdef', 3), 'abc');
  t.equal(bytePrefix('ab', 3), 'ab');
  t.equal(bytePrefix('aéé', 4), 'aé');
  t.equal(bytePrefix('a😀b', 4), 'a');
  t.equal(bytePrefix('a😀b', 5), 'a😀');
  t.equal(bytePrefix('\udcff\udcfe', 1), '\udcff');
});

t.test('the last character is one, whatever its length in UTF-16', async (t) => {
  t.equal(withoutLast('ab'), 'a');
  t.equal(withoutLast('a😀'), 'a');
  t.equal(withoutLast('a\udcff'), 'a');
  t.equal(withoutLast('x'), '');
  t.equal(withoutLast(''), '');
});
