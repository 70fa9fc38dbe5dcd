import t from 'tap';
import { below, directoryOf } from '../../ts/planner/path.js';

t.test('exactly one slash separates', async (t) => {
  t.equal(below('/a', 'b'), '/a/b');
  t.equal(below('/a//', '//b'), '/a/b');
  t.equal(below('a', 'b'), 'a/b');
  t.equal(below('/', 'b'), '/b');
});

t.test('an empty directory adds nothing', async (t) => t.equal(below('', 'b'), 'b'));

t.test('the directory of a path', async (t) => {
  for (const [path, directory] of [
    ['/a/b', '/a'],
    ['/a/b//', '/a'],
    ['/a//b', '/a'],
    ['/a', '/'],
    ['//a', '/'],
    ['/', '/'],
    ['a', '.'],
    ['a/b', 'a'],
    ['', '.'],
  ] as const)
    t.equal(directoryOf(path), directory, path);
});
