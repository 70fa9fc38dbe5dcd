/**
 * `npm run release`: writes the executable as a file to vendor into dist/release, with manual page, notices and checksums.
 * Prints which files it wrote. The options are in packaging/options.mjs.
 * @module
 */
import { ensurePackages } from './ensure.mjs';
import { optionsOf } from './packaging/options.mjs';
import { runMain } from './problem.mjs';

await runMain(async () => {
  const options = optionsOf('release', process.argv.slice(2));
  await ensurePackages();
  // What it uses is there only now.
  const { release } = await import('./packaging/release.mjs');
  for (const path of await release(options)) console.log(path);
  return 0;
});
