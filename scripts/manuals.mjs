/**
 * `npm run manuals`: generates man pages, completions, sources and parts of the docs from the tables of options, commands and
 * counters. A directory as argument is written to instead of this checkout.
 * @module
 */
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';
import { formatted, withParts } from './marked-parts.mjs';
import { at, ROOT, writeIfChanged } from './project.mjs';

const directory = resolve(process.argv[2] ?? ROOT);
const program = at('dist', `.manuals.${process.pid}.mjs`);
try {
  await bundle(at('ts', 'manual', 'main.ts'), program);
  /** @type {{ FILES: Record<string, string>, PARTS: Record<string, Record<string, string>> }} */
  const { FILES, PARTS } = await import(pathToFileURL(program).href);
  for (const [path, text] of Object.entries(FILES)) {
    await writeIfChanged(join(directory, path), path.endsWith('.ts') ? await formatted(at(path), text) : text);
  }
  for (const [path, parts] of Object.entries(PARTS)) {
    const page = await withParts(at(path), await readFile(at(path), 'utf8'), parts, 'npm run manuals');
    await writeIfChanged(join(directory, path), page);
  }
} finally {
  await rm(program, { force: true });
}
