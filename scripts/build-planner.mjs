/**
 * Bundles the planner, which every host runs, twice into one file without imports, in dist or the directory given:
 * planner.js is the module for Node, planner.script.js the script for the engine in the executable.
 *
 * A bundle that would differ only in the commit it names stays as it is, unless the exact commit is asked for: linking the
 * executable again takes a minute.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { at, isMain, ROOT, run, writeIfChanged } from './project.mjs';

const COMMIT = /[0-9a-f]{40}(-dirty)?/;

/** Puts its values in place of the module of what is derived from the option table. @type {import('esbuild').Plugin} */
const TABLES = {
  name: 'tables',
  setup({ onLoad }) {
    onLoad({ filter: /\/ts\/planner\/tables\.ts$/ }, async ({ path }) => {
      const { outputFiles } = await build({ entryPoints: [path], bundle: true, format: 'esm', write: false });
      const source = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
      const values = Object.entries(await import(`data:text/javascript;base64,${source}`));
      const contents = values.map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`).join('\n');
      return { contents };
    });
  },
};

const FORMS = /** @type {const} */ ([
  { entry: 'main.ts', output: 'planner.js', format: 'esm' },
  { entry: 'script.ts', output: 'planner.script.js', format: 'iife' },
]);

/** @param {string} directory @param {boolean} exactCommit */
export async function buildPlanner(directory, exactCommit) {
  const { version } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const define = { BUILD_VERSION: JSON.stringify(version), BUILD_COMMIT: JSON.stringify(await commit()) };
  for (const { entry, output, format } of FORMS) {
    const { outputFiles } = await build({
      absWorkingDir: ROOT,
      entryPoints: [`ts/planner/${entry}`],
      format,
      bundle: true,
      write: false,
      // No platform: an import of anything but our own files is an error of the build.
      platform: 'neutral',
      target: 'es2020',
      minify: true,
      charset: 'utf8',
      define,
      plugins: [TABLES],
      logLevel: 'warning',
    });
    const text = outputFiles[0]?.text ?? '';
    const built = await readFile(join(directory, output), 'utf8').catch(() => '');
    const isSame = text.replace(COMMIT, '') === built.replace(COMMIT, '');
    if (exactCommit || !isSame) await writeIfChanged(join(directory, output), text);
  }
}

/** The commit of the sources, with `-dirty` appended when files differ; `unknown` in a tree without history. */
async function commit() {
  const { status, stdout } = await run('git', ['describe', '--always', '--abbrev=40', '--dirty', '--exclude=*']);
  return status === 0 ? stdout.trim() : 'unknown';
}

if (isMain(import.meta.url)) await buildPlanner(process.argv[2] ?? at('dist'), true);
