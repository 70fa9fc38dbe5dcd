/**
 * `npm run lint`: the checks that run nothing of ours.
 * @module
 */
import { ensure } from './ensure.mjs';
import { runMain } from './problem.mjs';
import { printSummary, runSteps } from './report.mjs';

await runMain(async () => {
  await ensure();
  // What it imports is installed only now.
  const { steps } = await import('./steps.mjs');
  const tally = await runSteps(
    (await steps()).filter((step) => step.lint === true),
    false,
  );
  printSummary(tally);
  return tally.failures.length === 0 ? 0 : 1;
});
