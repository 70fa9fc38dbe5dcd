/** docs/parity.md lists C conmon's options correctly, and every deliberate difference. */
import t from 'tap';
import { OPTION_NAMES } from '../../ts/manual/option-text.js';
import { OPTION_SPECS } from '../../ts/planner/options.js';
import { DIFFERENCES } from '../parity/differences.js';
import { DIFFERENT } from '../planner/golden-differences.js';
import { command } from '../support/command.js';
import { needs } from '../support/needs.js';
import { boldIn, page, section } from './page.js';

const PARITY = page('docs/parity.md');

void t.test('C conmon 2.1.6 has every option but those of 2.2', needs('conmon'), async (t) => {
  for (const name of OPTION_NAMES) {
    const { stderr, text } = await command(['conmon', '--version', `--${name}`, '1']);
    t.equal(`${stderr}${text}`.includes('Unknown option'), OPTION_SPECS[name]?.since !== undefined, name);
  }
});

void t.test('every difference in the command line is on the page with its reason, and no other', async (t) => {
  const reasons = boldIn(section(PARITY, '## Differences in the command line'));
  t.same(reasons, new Set(DIFFERENT.map(({ reason }) => reason)));
});

void t.test('every difference from the outside is on the page with its reason, and no other', async (t) => {
  const reasons = boldIn(section(PARITY, '## Differences from the outside'));
  t.same(reasons, new Set(DIFFERENCES.map(({ reason }) => reason)));
});
