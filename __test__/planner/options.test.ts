import t from 'tap';
import { OPTION_SPECS } from '../../ts/planner/options.js';

const ALL = Object.entries(OPTION_SPECS);

t.test('no two options share a letter', async (t) => {
  const letters = ALL.flatMap(([, spec]) => (spec.short === undefined ? [] : [spec.short]));
  t.equal(new Set(letters).size, letters.length);
});

t.test('what has a value names it in help, what has none does not', async (t) => {
  for (const [name, { kind, placeholder }] of ALL) {
    t.equal(placeholder === undefined, kind === 'flag' || kind === 'help', name);
  }
});

t.test('an alias is hidden and belongs to an option of the same kind', async (t) => {
  for (const [name, { alias, kind, hidden }] of ALL) {
    if (alias === undefined) continue;
    t.equal(OPTION_SPECS[alias]?.kind, kind, name);
    t.equal(hidden, true, name);
  }
});
