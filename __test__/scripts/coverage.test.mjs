import t from 'tap';
import { linesOf } from '../../scripts/coverage.mjs';
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
  t.same(await linesOf(LCOV, /^(crates|ts)\//, read), {
    count: 4,
    missed: ['crates/core/src/a.rs:2', 'crates/core/src/a.rs:4'],
  });
});
