/**
 * `npm test`: builds what is stale and runs every check and every test. Continues after a failure; the last line counts.
 *
 *     npm test -- WORD…    only the steps whose titles contain one of the words
 *     npm run lint         only the static checks
 * @module
 */
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { Problem, runMain } from './project.mjs';

await runMain(async () => {
  const { values, positionals: words } = parseArgs({ options: { lint: { type: 'boolean' } }, allowPositionals: true });
  try {
    await build();
  } catch (error) {
    console.error(error instanceof Problem ? error.message : error);
    console.log('\n0 passed, 1 failed');
    return 1;
  }
  // They import what may have been installed only now.
  const { steps } = await import('./steps.mjs');
  const { printSummary, runSteps } = await import('./report.mjs');
  const chosen = steps().filter(
    ({ title, lint = false }) =>
      (lint || !values.lint) && (words.length === 0 || words.some((word) => title.includes(word))),
  );
  const tally = await runSteps(chosen);
  printSummary(tally);
  return tally.failures.length === 0 ? 0 : 1;
});
