/**
 * `npm run manuals`: generates man pages, completions, sources and parts of the docs from the tables of options, commands and
 * counters. A directory as argument is written to instead of this checkout.
 * @module
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';
import { formatted, withParts } from './marked-parts.mjs';
import { at, ROOT, runMain } from './project.mjs';

await runMain(async () => {
  const directory = resolve(process.argv[2] ?? ROOT);
  const write = async (/** @type {Readonly<Record<string, string>>} */ files) => {
    for (const [path, text] of Object.entries(files)) {
      const target = join(directory, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }
  };
  await write(await fromTables());
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
