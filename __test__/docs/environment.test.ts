/** The table of environment variables in the README is complete. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { page, ROOT, rows, section } from './page.js';

/** Where variables of our own are read. */
const READERS = ['ts/planner/knobs.ts', 'ts/node/native/executable.ts', 'ts/ctl/locate.ts', 'bin/conmon'];

void t.test('the table of the README has every environment variable of this project, and no other', async (t) => {
  const read = READERS.flatMap((path) => readFileSync(ROOT + path, 'utf8').match(/\bCONMON_[A-Z_]+\b/g) ?? []);
  const documented = rows(section(page('README.md'), '## Environment')).map(([name = '']) => name);
  const named = documented.map((name) => /^`(CONMON_[A-Z_]+)/.exec(name)?.[1] ?? name);
  t.same(new Set(named), new Set(read));
});
