import t from 'tap';
import { OPTION_SPECS } from '../../ts/planner/options.js';
import { optionOf } from '../../ts/planner/spellings.js';
import { KINDS, SPELLINGS } from '../../ts/planner/tables.js';

t.test('every option is found by name, by letter and by alias', async (t) => {
  for (const [name, { short, alias, kind }] of Object.entries(OPTION_SPECS)) {
    t.equal(optionOf(`--${name}`), alias ?? name);
    if (short !== undefined) t.equal(optionOf(`-${short}`), name);
    t.equal(KINDS[alias ?? name], kind);
  }
});

t.test('nothing else is found, except the other letter for help', async (t) => {
  const words = Object.values(OPTION_SPECS).flatMap(({ short }) => (short === undefined ? ['--'] : ['--', '-']));
  t.equal(Object.keys(SPELLINGS).length, words.length + 1);
  t.equal(optionOf('-?'), 'help');
});

t.test('properties of every object are not options', async (t) => {
  for (const word of ['constructor', 'toString', '__proto__', 'hasOwnProperty', '', '-', '--']) {
    t.equal(optionOf(word), undefined, word);
  }
});
