/**
 * Bundles a program for Node into one file: it starts faster, and needs no node_modules. For esbuild's own file format
 * see https://esbuild.github.io/api/.
 * @module
 */
import { rename, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { at } from './project.mjs';

/** @type {import('esbuild').BuildOptions} */
const MODULE = {
  format: 'esm',
  // Parts of yargs are CommonJS and ask for `require`, which a module does not have.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
  },
};

/**
 * Starts 4 ms sooner than a module.
 * @type {import('esbuild').BuildOptions}
 */
const COMMONJS = {
  format: 'cjs',
  define: { 'import.meta.url': 'urlOfBundle' },
  banner: { js: "const urlOfBundle = require('node:url').pathToFileURL(__filename).href;" },
};

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
 * @param {string} output CommonJS if it ends with `.cjs`, else a module
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
      ...(extname(output) === '.cjs' ? COMMONJS : MODULE),
      target: 'node20',
      plugins: [PLANNER],
      legalComments: 'none',
      logLevel: 'warning',
    });
    await rename(temporary, output);
  } finally {
    await rm(temporary, { force: true });
  }
}
