/** docs/parity.md names every option and every deliberate difference. */
import t from 'tap';
import { OPTION_SPECS } from '../../ts/planner/options.js';
import { DIFFERENCES } from '../parity/differences.js';
import { DIFFERENT } from '../planner/golden-differences.js';
import { page, rows, section } from './page.js';

const PARITY = page('docs/parity.md');

/** The table of options: name → letter. */
function documented(): Map<string, string> {
  const options = rows(section(PARITY, '## Options')).filter(([name]) => name?.startsWith('`--'));
  return new Map(options.map(([name = '', letter = '']) => [name.slice(3, -1), letter.replaceAll('`', '')]));
}

/** The first column of a section's tables. */
function reasons(heading: string): Set<string> {
  return new Set(rows(section(PARITY, heading)).map(([reason = '']) => reason));
}

void t.test('every option is on the page with its letter, in the order of the table, and no other', async (t) => {
  const options = Object.entries(OPTION_SPECS).map(([name, { short }]) => [
    name,
    short === undefined ? '' : `-${short}`,
  ]);
  t.same([...documented()], options);
});

void t.test('every difference in the command line is on the page with its reason, and no other', async (t) => {
  t.same(reasons('## Differences in the command line'), new Set(DIFFERENT.map(({ reason }) => reason)));
});

void t.test('every difference from the outside is on the page with its reason, and no other', async (t) => {
  t.same(reasons('## Differences from the outside'), new Set(DIFFERENCES.map(({ reason }) => reason)));
});
