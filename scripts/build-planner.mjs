// Bundles the planner, which every host runs, twice into one file without imports, in dist or the directory given:
// planner.js is the module for Node, planner.script.js the script for the engine in the executable.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { commit } from './commit.mjs';

/** @import { Plugin } from 'esbuild' */

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Modules whose exported constants are worked out here rather than whenever a container is started. */
const CONSTANTS = { 'help.ts': ['HELP'], 'spellings.ts': ['SPELLINGS', 'KINDS'] };

/**
 * What a module of the planner exports.
 * @param {string} file
 * @returns {Promise<Record<string, unknown>>}
 */
async function exportsOf(file) {
  const { outputFiles } = await build({ entryPoints: [file], bundle: true, format: 'esm', write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')}`);
}

/**
 * @param {string} file
 * @param {readonly string[]} names
 * @returns {Plugin}
 */
function constants(file, names) {
  const path = join(ROOT, 'ts', 'planner', file);
  return {
    name: `constants of ${file}`,
    setup({ onLoad }) {
      onLoad({ filter: new RegExp(`/ts/planner/${file.replace('.', '\\.')}$`) }, async () => {
        const values = await exportsOf(path);
        const source = readFileSync(path, 'utf8');
        return { loader: 'ts', contents: names.reduce((text, name) => withValue(text, name, values[name]), source) };
      });
    },
  };
}

/**
 * The source with the value in place of the expression; what only the expression used is dropped by the bundler.
 * @param {string} source
 * @param {string} name
 * @param {unknown} value
 */
function withValue(source, name, value) {
  const declaration = new RegExp(`^(export const ${name}: [^=]+ = ).*;$`, 'm');
  if (value === undefined || !declaration.test(source)) throw new Error(`there is no constant ${name} to put in`);
  return source.replace(declaration, (_, start) => `${start}${JSON.stringify(value)};`);
}

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** @type {import('esbuild').BuildOptions} */
const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  // No platform: an import of anything but our own files is an error of the build.
  platform: 'neutral',
  target: 'es2020',
  minify: true,
  charset: 'utf8',
  define: { BUILD_VERSION: JSON.stringify(version), BUILD_COMMIT: JSON.stringify(await commit()) },
  plugins: Object.entries(CONSTANTS).map(([file, names]) => constants(file, names)),
  logLevel: 'warning',
};
const FORMS = [
  { entry: 'main.ts', output: 'planner.js', format: 'esm' },
  { entry: 'script.ts', output: 'planner.script.js', format: 'iife' },
];
for (const { entry, output, format } of FORMS) {
  const entryPoints = [`ts/planner/${entry}`];
  await build({
    ...COMMON,
    entryPoints,
    outfile: join(process.argv[2] ?? 'dist', output),
    format: /** @type {'esm' | 'iife'} */ (format),
  });
}
