import t from 'tap';
import { callersEnvironment, lookup } from '../../ts/node/environment.js';

const entries = (...list: readonly string[]): Buffer[] => list.map((entry) => Buffer.from(entry, 'latin1'));

t.test('what was moved aside comes back, at the end', async (t) => {
  t.same(
    callersEnvironment(entries('A=1', '_CN_O=--inspect', '_CN_C=/ca.pem', 'B=2=3')),
    entries('A=1', 'NODE_OPTIONS=--inspect', 'NODE_EXTRA_CA_CERTS=/ca.pem', 'B=2=3'),
  );
});

t.test('what was not there does not come back', async (t) => {
  t.same(callersEnvironment(entries('_CN_O=', '_CN_C=', 'A=1')), entries('A=1'));
});

t.test('entries without a name or a value stay as they are', async (t) => {
  t.same(callersEnvironment(entries('=x', 'no-equals')), entries('=x', 'no-equals'));
});

t.test('of several entries with one name the first counts', async (t) => {
  t.equal(lookup(entries('A=1', 'A=2'))('A'), '1');
});

t.test('a name is not found at the start of a longer one', async (t) => {
  t.equal(lookup(entries('AB=1'))('A'), undefined);
});

t.test('a value that is no UTF-8 keeps its bytes', async (t) => {
  t.equal(lookup(entries('A=\xff'))('A'), '\udcff');
});
