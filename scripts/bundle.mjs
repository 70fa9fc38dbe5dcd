/**
 * Bundles a program for Node into one file: it starts faster, and needs no node_modules. For esbuild's own file format
 * see https://esbuild.github.io/api/.
 * @module
 */
import { rename, rm } from 'node:fs/promises';
import { at } from './project.mjs';

// Parts of yargs are CommonJS and ask for `require`, which a module does not have.
const BANNER =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

/**
 * Every host runs the same planner: the bundle that is also inside the executable, with its version.
 * @type {import('esbuild').Plugin}
 */
const PLANNER = {
  name: 'planner',
  setup({ onResolve }) {
    onResolve({ filter: /\/planner\/main\.js$/ }, () => ({ path: at('dist', 'planner.js') }));
  },
};

/**
 * @param {string} entry
 * @param {string} output
 */
export async function bundle(entry, output) {
  // Imported late: this file is read before the packages are installed.
  const esbuild = await import('esbuild');
  const temporary = `${output}.${process.pid}.tmp`;
  try {
    await esbuild.build({
      entryPoints: [entry],
      outfile: temporary,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      banner: { js: BANNER },
      plugins: [PLANNER],
      legalComments: 'none',
      logLevel: 'warning',
    });
    await rename(temporary, output);
  } finally {
    await rm(temporary, { force: true });
  }
}
