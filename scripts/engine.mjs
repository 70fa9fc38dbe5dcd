/**
 * The engine's crate for machines that it has no description of: a copy of the crate, to which that of another machine is added.
 * All 64-bit ones of Linux are equal, because the types of C are. The alternative is bindgen, the crate's feature, which needs
 * libclang.
 * @module
 */
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { machineOf } from './platforms.mjs';
import { Problem } from './project.mjs';
import { cratesFor } from './rustc.mjs';

/**
 * @param {string} target
 * @param {string} directory where the copy is made
 * @returns {Promise<readonly string[]>} the paths of crates that replace others, cargo's `paths`
 */
export async function engineFor(target, directory) {
  const { engine } = machineOf(target);
  if (engine === null) return [];
  const crate = (await cratesFor(target)).packages.find(({ name }) => name === 'rquickjs-sys');
  if (crate === undefined) throw new Problem('rquickjs-sys is not among the crates');
  const source = dirname(crate.manifest_path);
  const copy = join(directory, `${basename(source)}-${target}`);
  if (!existsSync(copy)) {
    const temporary = `${copy}.${process.pid}.tmp`;
    await mkdir(directory, { recursive: true });
    await cp(source, temporary, { recursive: true });
    const description = (/** @type {string} */ name) => join(temporary, 'src', 'bindings', `${name}.rs`);
    await copyFile(description(engine), description(target));
    await rename(temporary, copy).catch(() => rm(temporary, { recursive: true }));
  }
  return [copy];
}
