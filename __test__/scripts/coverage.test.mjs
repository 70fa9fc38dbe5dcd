import t from 'tap';
import { linesOf, ranges } from '../../scripts/coverage.mjs';
import { at } from '../../scripts/project.mjs';

const LCOV = `SF:${at('crates/core/src/a.rs')}
DA:1,3
DA:2,0
DA:4,0
DA:9,0
end_of_record
SF:ts/node/b.ts
DA:1,1
end_of_record
SF:/rustc/library/c.rs
DA:1,0
end_of_record
`;
const SOURCES = {
  'crates/core/src/a.rs': 'one\ntwo\nthree\nfour\n\n#[cfg(test)]\nmod tests {\neight\nnine\n}\n',
  'ts/node/b.ts': 'one\n',
};

t.test('lines of sources count, not those of tests and of others', async (t) => {
  const read = async (/** @type {string} */ path) => SOURCES[/** @type {keyof typeof SOURCES} */ (path)];
  const sources = await linesOf(LCOV, /^(crates|ts)\//, read);
  t.same(sources, [
    { path: 'crates/core/src/a.rs', count: 3, missed: [2, 4] },
    { path: 'ts/node/b.ts', count: 1, missed: [] },
  ]);
});

t.test('lines that follow each other are a range', async (t) => {
  t.equal(ranges([1, 3, 4, 5, 9]), '1 3-5 9');
  t.equal(ranges([]), '');
});
