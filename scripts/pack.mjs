/**
 * `npm run pack`: writes the npm packages into dist/npm, with checksums, bills of materials and the notices of others.
 * Prints which files it wrote. The options are in packaging/options.mjs.
 * @module
 */
import { ensurePackages } from './ensure.mjs';
import { optionsOf } from './packaging/options.mjs';
import { runMain } from './problem.mjs';

await runMain(async () => {
  const options = optionsOf('pack', process.argv.slice(2));
  await ensurePackages();
  // What it uses is there only now.
  const { pack } = await import('./packaging/pack.mjs');
  for (const path of await pack(options)) console.log(path);
  return 0;
});
