/**
 * `npm run pack`: writes the npm packages into dist/npm, with checksums, bills of materials and the notices of others.
 * Prints which files it wrote.
 *
 * --target TARGET   only the package of that platform, named as the compiler names it
 * --as-built        takes the executable as it is, even if its version names an older commit
 * --output FOLDER   writes into another folder, even what is there already
 * @module
 */
import { parseArgs } from 'node:util';
import { ensurePackages } from './ensure.mjs';
import { runMain } from './problem.mjs';

/** @type {{ type: 'string' }} */
const text = { type: 'string' };

await runMain(async () => {
  const { values } = parseArgs({ options: { target: text, output: text, 'as-built': { type: 'boolean' } } });
  await ensurePackages();
  // What these use is there only now.
  const { pack } = await import('./packaging/pack.mjs');
  const { target, output } = values;
  for (const path of await pack({ target, output, asBuilt: values['as-built'] === true })) console.log(path);
  return 0;
});
