/**
 * Bundles a program for Node into one file: it starts faster, and needs no node_modules. For esbuild's own file format
 * see https://esbuild.github.io/api/.
 * @module
 */
import { rename, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { at } from './project.mjs';

/**
 * How a bundle is written, by the end of its name. An ECMAScript module costs Node 4 ms more to start.
 * @type {Record<string, import('esbuild').BuildOptions>}
 */
const FORMATS = {
  '.js': {
    format: 'esm',
    // Parts of yargs are CommonJS and ask for `require`, which a module does not have.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
    },
  },
  '.cjs': {
    format: 'cjs',
    define: { 'import.meta.url': 'urlOfBundle' },
    banner: { js: "const urlOfBundle = require('node:url').pathToFileURL(__filename).href;" },
  },
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
      ...FORMATS[extname(output)],
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
