import t from 'tap';
import { below } from '../../ts/planner/path.js';

t.test('exactly one slash separates', async (t) => {
  t.equal(below('/a', 'b'), '/a/b');
  t.equal(below('/a//', '//b'), '/a/b');
  t.equal(below('a', 'b'), 'a/b');
  t.equal(below('/', 'b'), '/b');
});

t.test('an empty directory adds nothing', async (t) => t.equal(below('', 'b'), 'b'));
