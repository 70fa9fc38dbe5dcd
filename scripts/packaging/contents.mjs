/**
 * What is in each package, and what others have in it.
 * @module
 */
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../problem.mjs';
import { at, ROOT } from '../project.mjs';
import { run } from '../run.mjs';
import { crateParts } from './crates.mjs';
import { filesOf } from './layout.mjs';
import { linkedParts } from './linked.mjs';
import { npmParts } from './npm-parts.mjs';
import { sorted } from './parts.mjs';

/** @import { Platform } from '../platforms.mjs' */
/** @import { Source } from './layout.mjs' */
/** @import { Manifest } from './manifests.mjs' */
/** @import { Part } from './parts.mjs' */

/** Files of a platform's package, by the crates they are made of. */
const NATIVE = { conmon: 'conmon', 'conmon.node': 'conmon-napi', miniruntime: 'miniruntime' };
/** What the licence asks to pass on. */
export const LEGAL = ['LICENSE', 'NOTICE'];
/** Made by the project, but not by each commit of it. */
const LATER = ['man', 'completions'];

/** @typedef {{ readonly files: Record<string, Source>, readonly parts: readonly Part[] }} Contents */

/**
 * @param {Manifest} project
 * @returns {Promise<Contents>}
 */
export async function mainContents(project) {
  await emitTypes(at('dist', 'types'));
  const files = await filesOf(ROOT, project.files);
  for (const entry of project.files) {
    const there = Object.keys(files).some((path) => path === entry || path.startsWith(`${entry}/`));
    if (!there && !LATER.includes(entry))
      throw new Problem(`package.json lists ${entry} in "files", but it is not there`);
  }
  return { files: { ...files, ...(await filesOf(ROOT, ['README.md', ...LEGAL])) }, parts: sorted(await npmParts()) };
}

/**
 * @param {Platform} platform
 * @param {string} native folder of what was built
 * @returns {Promise<Contents>}
 */
export async function platformContents(platform, native) {
  const { target } = platform;
  const text = `What is native of conmon-node for ${platform.os} on ${platform.cpu}. Installed by conmon-node, not by itself.\n`;
  const files = { ...(await filesOf(native, Object.keys(NATIVE))), ...(await filesOf(ROOT, LEGAL)) };
  return {
    files: { ...files, 'README.md': { text: `# ${platform.package}\n\n${text}` }, ...(await rustCopyright()) },
    parts: await nativeParts(Object.values(NATIVE), target),
  };
}

/**
 * @param {readonly string[]} crates ours
 * @param {string} target
 */
export async function nativeParts(crates, target) {
  const linked = await crateParts(crates, target);
  return sorted([...linked, ...(await linkedParts(linked, target))]);
}

/**
 * The compiler brings the notices of its library, which are longer than all others.
 * @returns {Promise<Record<string, Source>>}
 */
export async function rustCopyright() {
  const { stdout } = await run('rustc', ['--print', 'sysroot']);
  const found = await filesOf(join(stdout.trim(), 'share', 'doc', 'rust'), ['COPYRIGHT-library.html']);
  return Object.fromEntries(Object.values(found).map((source) => ['THIRD-PARTY-NOTICES-rust.html', source]));
}

/** Types as consumers see them. @param {string} folder gets them */
async function emitTypes(folder) {
  await rm(folder, { recursive: true, force: true });
  const { status, stdout } = await run(at('node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.types.json'], { cwd: ROOT });
  if (status !== 0) throw new Problem(`the types cannot be written:\n${stdout}`);
  // tsc reads what is generated, but does not pass it on.
  await copyFile(at('ts', 'node', 'addon.d.ts'), join(folder, 'node', 'addon.d.ts'));
}
