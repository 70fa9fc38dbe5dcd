import t from 'tap';
import { firstOf, variable } from '../../../ts/node/host/environment.js';

const entries = (...list: readonly string[]): Buffer[] => list.map((entry) => Buffer.from(entry, 'latin1'));

t.test('of several entries with one name the first counts', async (t) => {
  t.equal(firstOf(entries('A=1', 'A=2'), 'A'), '1');
});

t.test('a name is not found at the start of a longer one', async (t) => {
  t.equal(firstOf(entries('AB=1'), 'A'), undefined);
});

t.test('a value that is not UTF-8 keeps its bytes', async (t) => {
  t.equal(firstOf(entries('A=\xff'), 'A'), '\udcff');
});

t.test('a variable that is not set is undefined', async (t) => {
  t.equal(variable('CONMON_TEST_NOT_SET'), undefined);
});

t.test('a variable has the value of the environment', async (t) => {
  t.equal(variable('PATH'), process.env['PATH']);
});
