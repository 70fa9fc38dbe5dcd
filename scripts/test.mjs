/**
 * `npm test`: builds what is missing and runs every check and every test. Goes on after a failure; the last line counts.
 *
 * `npm test -- WORD…` runs only the steps whose titles contain one of the words.
 * @module
 */
import { ensure } from './ensure.mjs';
import { missingPackages } from './packages.mjs';
import { Problem, runMain } from './problem.mjs';
import { printSummary, runSteps } from './report.mjs';
import { addTally, emptyTally } from './tally.mjs';

await runMain(async () => {
  const strict = process.env.CI === 'true';
  const words = process.argv.slice(2);
  const tally = emptyTally();
  try {
    await ensure();
  } catch (error) {
    tally.failures.push({ name: 'the build', detail: '' });
    console.error(error instanceof Problem ? `\n${error.message}` : error);
    printSummary(tally);
    return 1;
  }
  // What it imports is installed only now.
  const { steps } = await import('./steps.mjs');
  const missing = await missingPackages();
  if (missing.length > 0) {
    console.log(`\nNot installed here: ${missing.join(', ')}. apt-get install ${missing.join(' ')}`);
    if (strict) tally.failures.push({ name: 'packages that tests need', detail: missing.join(', ') });
  }
  const chosen = (await steps()).filter(
    ({ title }) => words.length === 0 || words.some((word) => title.includes(word)),
  );
  addTally(tally, await runSteps(chosen, strict));
  printSummary(tally);
  return tally.failures.length === 0 ? 0 : 1;
});
