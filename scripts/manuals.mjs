/**
 * `npm run manuals`: generates man pages, completions, sources and parts of the docs from the tables of options, commands and
 * counters. A directory as argument is written to instead of this checkout.
 * @module
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from './build.mjs';
import { bundle } from './bundle.mjs';
import { formatted, withParts } from './marked-parts.mjs';
import { at, Problem, ROOT, runMain } from './project.mjs';

await runMain(async () => {
  const folder = resolve(process.argv[2] ?? ROOT);
  const write = async (/** @type {Readonly<Record<string, string>>} */ files) => {
    for (const [path, text] of Object.entries(files)) {
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }
  };
  // First, because what is built next may need the new sources.
  await write(await fromTables());
  await build();
  await write(await fromConmonctl());
  return 0;
});

/** @returns {Promise<Readonly<Record<string, string>>>} */
async function fromTables() {
  const program = at('dist', `.manuals.${process.pid}.mjs`);
  try {
    await bundle(at('ts', 'manual', 'main.ts'), program);
    const { FILES, PARTS } = await import(pathToFileURL(program).href);
    const files = [];
    for (const [path, text] of Object.entries(FILES)) {
      files.push([path, path.endsWith('.ts') ? await formatted(at(path), text) : text]);
    }
    for (const [path, parts] of Object.entries(PARTS)) {
      files.push([path, await withParts(at(path), await readFile(at(path), 'utf8'), parts, 'npm run manuals')]);
    }
    return Object.fromEntries(files);
  } finally {
    await rm(program, { force: true });
  }
}

/** yargs decides by the environment which shell is meant. @returns {Promise<Readonly<Record<string, string>>>} */
async function fromConmonctl() {
  const script = async (/** @type {NodeJS.ProcessEnv} */ env) => {
    const args = [at('dist', 'conmonctl.js'), 'completion'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { PATH: process.env.PATH, ...env } });
    // In front of what zsh looks for on the first line there must be nothing.
    return `${stdout.trim()}\n`;
  };
  return {
    'completions/conmonctl.bash': await script({ SHELL: '/bin/bash' }),
    'completions/_conmonctl': calledEveryTime(await script({ SHELL: '/bin/zsh', ZSH_NAME: 'zsh' })),
    'completions/conmonctl.fish': await script({ SHELL: '/bin/fish' }),
  };
}

/**
 * zsh loads a file of `fpath` when it is first needed and calls it then; what is in it is called again each further time.
 * The script of yargs completes only in the first of these calls.
 * @param {string} script
 */
function calledEveryTime(script) {
  const changed = script.replace(/^if \[\[ "\$\{zsh_eval_context[^]*?^fi$/m, '_conmonctl_yargs_completions "$@"');
  if (changed === script) throw new Problem('the zsh script of yargs has changed: look at it again');
  return changed;
}
