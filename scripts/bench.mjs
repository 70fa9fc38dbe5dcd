/**
 * `npm run bench`: builds what is missing and measures against C conmon. Arguments go to the bench.
 * @module
 */
import { ensure } from './ensure.mjs';
import { runMain } from './problem.mjs';
import { at, ROOT } from './project.mjs';
import { run } from './run.mjs';

await runMain(async () => {
  await ensure();
  const { status } = await run(process.execPath, [at('bench', 'main.mjs'), ...process.argv.slice(2)], {
    cwd: ROOT,
    live: true,
  });
  return status;
});
