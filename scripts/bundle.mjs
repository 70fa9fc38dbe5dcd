/**
 * Bundles a program for Node into one file: it starts faster, and needs no node_modules.
 * @module
 */
import { extname } from 'node:path';
import { build } from 'esbuild';
import { at, ROOT, writeIfChanged } from './project.mjs';

/** @import { Metafile, Plugin } from 'esbuild' */

const PROGRAMS = { 'conmon-node.cjs': 'node/host/main.ts', 'conmonctl.js': 'ctl/main.ts', 'index.js': 'node/index.ts' };

const MODULE = {
  format: /** @type {const} */ ('esm'),
  // Parts of yargs are CommonJS and ask for `require`, which a module does not have.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
  },
};

/** Starts 4 ms sooner than a module. */
const COMMONJS = {
  format: /** @type {const} */ ('cjs'),
  define: { 'import.meta.url': 'urlOfBundle' },
  banner: { js: "const urlOfBundle = require('node:url').pathToFileURL(__filename).href;" },
};

/** Every host runs the same planner: the bundle that the executable embeds, with its version. @type {Plugin} */
const PLANNER = {
  name: 'planner',
  setup({ onResolve }) {
    onResolve({ filter: /\/planner\/main\.js$/ }, () => ({ path: at('dist', 'planner.js') }));
  },
};

/**
 * @param {string} entry
 * @param {string} output CommonJS if it ends with `.cjs`, else a module
 * @returns {Promise<Metafile>} what is in it
 */
export async function bundle(entry, output) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    ...(extname(output) === '.cjs' ? COMMONJS : MODULE),
    target: 'node20',
    plugins: [PLANNER],
    legalComments: 'none',
    logLevel: 'warning',
  });
  await writeIfChanged(output, outputFiles[0]?.contents ?? '');
  return metafile;
}

/** All programs; needs dist/planner.js. */
export function bundles() {
  const programs = Object.entries(PROGRAMS);
  return Promise.all(programs.map(([name, entry]) => bundle(at('ts', entry), at('dist', name))));
}
