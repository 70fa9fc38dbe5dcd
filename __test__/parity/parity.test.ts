import { execFileSync } from 'node:child_process';
import t from 'tap';
import { needs, which } from '../support/needs.js';
import { CONMON, IS_C } from '../support/target.js';
import { DIFFERENCES } from './differences.js';
import { compare } from './observe.js';
import { perform } from './perform.js';
import { SCENARIOS } from './scenarios.js';

/** C conmon; the table of differences is written for this version. */
const REFERENCE = process.env['REFERENCE'] ?? which('conmon') ?? 'conmon';
const REFERENCE_VERSION = 'conmon version 2.1.6';

const MISSING = IS_C ? { skip: 'the command under test is C conmon itself' } : needs('conmon');

void t.test('the same as C conmon, except the differences in the table', MISSING, async (t) => {
  const version = execFileSync(REFERENCE, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  const isKnown = version === REFERENCE_VERSION;
  const used = new Set<number>();
  for (const scenario of SCENARIOS) {
    await t.test(scenario.name, async (t) => {
      const theirs = await perform(t, REFERENCE, scenario);
      const ours = await perform(t, CONMON, scenario);
      const found = compare(ours, theirs).filter((difference) => {
        const row = DIFFERENCES.findIndex((d) => d.scenarios.test(scenario.name) && d.fact.test(difference.fact));
        if (row >= 0) used.add(row);
        return row < 0;
      });
      t.same(found, [], 'no other difference');
    });
  }
  await t.test(
    'every row of the table happens',
    isKnown ? {} : { skip: `it is written for ${REFERENCE_VERSION}` },
    async (t) => {
      t.same(
        DIFFERENCES.filter((_, row) => !used.has(row)),
        [],
      );
    },
  );
});
