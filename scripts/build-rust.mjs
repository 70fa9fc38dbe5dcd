/**
 * Builds what is written in Rust: the static executables, and the addon.
 *
 * The same sources give the same bytes wherever they are built: no path of this machine gets into them. Cargo itself
 * takes the folder of the workspace out; that of the downloaded crates is left to us.
 * @module
 */
import { homedir } from 'node:os';
import { access } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isInPath } from './packages.mjs';
import { platformOf } from './platforms.mjs';
import { Problem } from './problem.mjs';
import { at, ROOT } from './project.mjs';
import { run } from './run.mjs';
import { putInPlace } from './stage.mjs';

export const ADDON_TYPES = at('ts', 'node', 'addon.d.ts');
export const EXECUTABLES = ['conmon', 'miniruntime'];
/**
 * What C is compiled with besides: a function that writes beyond its arrays ends the process, not in somebody else's code.
 * The macro is undefined first, because some compilers have a value of their own.
 */
const HARDENED = ['-fstack-protector-strong', '-U_FORTIFY_SOURCE', '-D_FORTIFY_SOURCE=2'];
/**
 * The engine without its assertions and dumps (5 % of the instructions of a start, 50 kB), and without its allocator for small
 * blocks, which goes under the name of the one check that excludes it: a slab of 4 kB for each of 31 sizes on top of an
 * arena that is never tidied up is 20 more page faults.
 */
const LEAN = ['-DNDEBUG', '-D__SANITIZE_ADDRESS__'];

/**
 * @typedef {object} Order
 * @property {string} target what to build for
 * @property {string} folder where the results go
 * @property {(command: string, args: readonly string[]) => Promise<void>} must runs a command that must succeed
 */

/**
 * @param {Order} order
 * @param {readonly string[]} [names]
 */
export async function buildExecutables({ target, folder, must }, names = EXECUTABLES) {
  // Bound to a target, or build scripts would be built with the static flags too.
  const flags = ['--profile', 'executable', '--config', at('.cargo', 'static.toml'), ...(await flagsFor(target))];
  await must('cargo', ['build', '--target', target, ...flags, ...names.flatMap((name) => ['--package', name])]);
  const built = join(await targetFolder(), target, 'executable');
  for (const name of names) await putInPlace(join(built, name), join(folder, name));
}

/**
 * Also writes the addon's types, next to those who use it.
 * @param {Order} order
 */
export async function buildAddon({ target, folder, must }) {
  const output = at('dist', '.addon');
  const what = ['--package', 'conmon-napi', '--release', '--config-path', at('crates', 'napi', 'napi.json')];
  const where = ['--target', target, '--output-dir', output, '--no-js', '--dts', relative(output, ADDON_TYPES)];
  await must(at('node_modules', '.bin', 'napi'), ['build', ...what, ...where, '--', ...(await flagsFor(target))]);
  await putInPlace(join(output, 'conmon.node'), join(folder, 'conmon.node'));
}

/** The target of this compiler's own machine. */
export async function hostTarget() {
  const { stdout } = await run('rustc', ['-vV']);
  const target = /^host: (.+)$/m.exec(stdout)?.[1];
  if (target === undefined) throw new Problem(`cannot find out the host of this compiler; rustc -vV said:\n${stdout}`);
  return target;
}

/**
 * Throws a {@link Problem} that says what is missing to build for a target.
 * @param {string} target
 */
export async function requireTarget(target) {
  if (target === (await hostTarget())) return;
  platformOf(target);
  const { stdout } = await run('rustc', ['--print', 'target-libdir', '--target', target]);
  const library = stdout.trim();
  const present = await access(library).then(
    () => true,
    () => false,
  );
  if (!present) {
    throw new Problem(
      `Rust's standard library for ${target} is not in ${library}.\n  Add it: rustup target add ${target}`,
    );
  }
  const linker = await linkerFor(target);
  if (await isInPath(linker)) return;
  const machine = platformOf(target).machine.replaceAll('_', '-');
  throw new Problem(
    `no linker for ${target}: ${linker} is not in PATH.\n  Install it: apt-get install gcc-${machine}-linux-gnu`,
  );
}

/** @param {string} target */
async function flagsFor(target) {
  const crates = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'src');
  const set = (/** @type {string} */ key, /** @type {unknown} */ value) => [
    '--config',
    `target.${target}.${key}=${JSON.stringify(value)}`,
  ];
  const remapped = set('rustflags', [`--remap-path-prefix=${crates}=/crates`]);
  // QuickJS is C, compiled from a copy below the target's folder, and names its files in assertions.
  const flags = [`-ffile-prefix-map=${await targetFolder()}=/build`, ...HARDENED, ...LEAN];
  const c = `env.CFLAGS_${target.replaceAll('-', '_')}=${JSON.stringify(flags.join(' '))}`;
  const linker = target === (await hostTarget()) ? [] : set('linker', await linkerFor(target));
  return [...remapped, '--config', c, ...linker];
}

/** The C compiler that links: of this machine, or of Debian for another. @param {string} target */
export async function linkerFor(target) {
  return target === (await hostTarget()) ? 'cc' : `${platformOf(target).machine}-linux-gnu-gcc`;
}

async function targetFolder() {
  const { stdout } = await run('cargo', ['metadata', '--no-deps', '--format-version', '1'], { cwd: ROOT });
  return JSON.parse(stdout).target_directory;
}
