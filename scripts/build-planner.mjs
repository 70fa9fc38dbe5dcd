// Bundles the planner into one module without imports, which every host runs: dist/planner.js, or the file given.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The commit the sources are at; a tree without history has none. */
function commit() {
  try {
    /** @type {import('node:child_process').ExecFileSyncOptionsWithStringEncoding} */
    const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync('git', ['rev-parse', 'HEAD'], options).trim();
  } catch {
    return 'unknown';
  }
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

await build({
  absWorkingDir: root,
  entryPoints: ['ts/planner/main.ts'],
  outfile: process.argv[2] ?? 'dist/planner.js',
  bundle: true,
  format: 'esm',
  // No platform: an import of anything but our own files is an error of the build.
  platform: 'neutral',
  target: 'es2020',
  minify: true,
  charset: 'utf8',
  define: { __VERSION__: JSON.stringify(version), __COMMIT__: JSON.stringify(commit()) },
  logLevel: 'warning',
});
