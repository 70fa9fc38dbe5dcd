import t from 'tap';
import { passInRounds } from '../../scripts/report.mjs';
import { emptyTally, tallyTap } from '../../scripts/tally.mjs';

/** The tally of files: each has one test, which passes or does not. @param {Readonly<Record<string, boolean>>} files */
function tallyOf(files) {
  const lines = Object.entries(files).flatMap(([file, ok], index) => [
    `# Subtest: ${file}`,
    '    # Subtest: rule',
    `        ${ok ? 'ok' : 'not ok'} 1 - should be equal`,
    `    ${ok ? 'ok' : 'not ok'} 1 - rule`,
    `${ok ? 'ok' : 'not ok'} ${index + 1} - ${file}`,
  ]);
  return tallyTap(['TAP version 14', ...lines].join('\n'));
}

const failure = (/** @type {string} */ file) => ({ name: `${file} > rule`, text: '' });
const tallyWith = (/** @type {string[]} */ ...files) => ({ ...emptyTally(), passed: 5, failures: files.map(failure) });

t.test('only the files of failed tests are run again, until they pass', async (t) => {
  const tally = tallyWith('a', 'b');
  /** @type {(readonly string[])[]} */
  const rounds = [];
  const outputs = [tallyOf({ a: true, b: false }), tallyOf({ b: true })];
  await passInRounds(tally, 3, async (files) => {
    rounds.push(files);
    return outputs[rounds.length - 1] ?? emptyTally();
  });
  t.same(rounds, [['a', 'b'], ['b']]);
  t.match(tally, { passed: 7, failures: [], late: [{ name: 'a > rule' }, { name: 'b > rule' }] });
});

t.test('what fails in every round has failed', async (t) => {
  const tally = tallyWith('a', 'b');
  let rounds = 1;
  await passInRounds(tally, 3, async (files) => {
    rounds += 1;
    return tallyOf(Object.fromEntries(files.map((file) => [file, file === 'a'])));
  });
  t.equal(rounds, 3);
  t.match(tally.late, [{ name: 'a > rule' }]);
  t.match(tally.failures, [{ name: 'b > rule' }]);
});

t.test('a round in which nothing passes, because nothing runs, excuses no failure', async (t) => {
  const tally = tallyWith('a');
  await passInRounds(tally, 3, async () => emptyTally());
  t.match(tally, { passed: 5, failures: [{ name: 'a > rule' }], late: [] });
});
