import t from 'tap';
import { suggest } from '../../ts/ctl/suggest.js';

const WORDS = [
  'setup',
  'doctor',
  'ps',
  'stats',
  'logs',
  'attach',
  'reopen',
  'resize',
  'run',
  'completion',
  'help',
  'version',
];

for (const [word, meant] of [
  ['stat', 'stats'],
  ['log', 'logs'],
  ['lgos', 'logs'],
  ['atach', 'attach'],
  ['complete', 'completion'],
  ['comp', 'completion'],
  ['Doctor', 'doctor'],
  ['sp', 'ps'],
  ['bogus', undefined],
  ['exterminate', undefined],
  ['', undefined],
] as const) {
  void t.test(`${JSON.stringify(word)} means ${String(meant)}`, async (t) => {
    t.equal(suggest(word, WORDS), meant);
  });
}
