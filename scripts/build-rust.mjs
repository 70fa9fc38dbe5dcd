/**
 * Builds the static executables, and the addon with its types.
 *
 * Builds are reproducible: no path of the machine may get into them. Cargo itself removes the path of the workspace; the flags
 * below remove those of the downloaded crates and of C sources.
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { engineFor } from './engine.mjs';
import { isMusl, muslAddonFlags, muslHeaderFlags, muslLinker, selfRelocating } from './musl.mjs';
import { machineOf } from './platforms.mjs';
import { at, Problem, ROOT, run, writeIfChanged } from './project.mjs';
import { hostTarget, rustlib } from './rustc.mjs';

/** @import { Options } from './project.mjs' */

const EXECUTABLES = ['conmon', 'miniruntime'];
/**
 * Additional flags for C: a buffer overflow aborts the process. The macro is undefined first, because some compilers predefine
 * it.
 */
const HARDENED = ['-fstack-protector-strong', '-U_FORTIFY_SOURCE', '-D_FORTIFY_SOURCE=2'];
/**
 * The engine without its assertions and dumps (5 % of the instructions of a start, 50 kB), and without its allocator for
 * small blocks, which only the macro of a sanitizer disables: a slab of 4 kB for each of 31 sizes on top of an arena that
 * is never tidied up is 20 more page faults.
 */
const LEAN = ['-DNDEBUG', '-D__SANITIZE_ADDRESS__'];
const TARGET_DIRECTORY = process.env.CARGO_TARGET_DIR ?? at('target');
/** @type {Options} */
const VISIBLE = { live: 'stderr' };
/** Where napi-derive writes type definitions; in the target directory, because cargo only writes it when it compiles. */
const TYPE_DEFINITIONS = join(TARGET_DIRECTORY, 'addon-types');

/**
 * @param {string} target
 * @param {string} directory where the results go
 * @param {readonly string[]} [names]
 * @param {Options} [options] of cargo
 */
export async function buildExecutables(target, directory, names = EXECUTABLES, options = VISIBLE) {
  // Bound to a target, or build scripts would be built with the static flags too.
  const flags = ['--profile', 'executable', '--config', at('.cargo', 'static.toml')];
  await build(target, directory, 'executable', [...flags, ...names.flatMap((name) => ['--package', name])], options);
}

/**
 * Also writes the addon's types, next to their users.
 * @param {string} target
 * @param {string} directory
 * @param {Options} [options]
 */
export async function buildAddon(target, directory, options = VISIBLE) {
  await mkdir(TYPE_DEFINITIONS, { recursive: true });
  const env = { ...process.env, NAPI_TYPE_DEF_TMP_FOLDER: TYPE_DEFINITIONS };
  const words = ['--release', '--package', 'conmon-napi'];
  const isFresh = await build(target, directory, 'addon', words, { ...options, env });
  if (isFresh) return;
  // Half a second to load.
  const { generateTypeDef } = await import('@napi-rs/cli');
  const { dts } = await generateTypeDef({ typeDefDir: TYPE_DEFINITIONS, cwd: ROOT });
  await writeIfChanged(at('ts', 'node', 'addon.d.ts'), dts);
}

/** The C compiler, which also links: the native one, or Debian's cross compiler. @param {string} target */
export async function compilerFor(target) {
  return isOf(target, await hostTarget()) ? 'cc' : `${machineOf(target).gnu}-gcc`;
}

/** Whether both are of one machine, with any C library. @param {string} target @param {string} other */
function isOf(target, other) {
  const machine = (/** @type {string} */ name) => name.replace(/-(gnu|musl)$/, '');
  return machine(target) === machine(other);
}

/**
 * @typedef {object} Artifact what is read of a message of cargo, https://doc.rust-lang.org/cargo/reference/external-tools.html
 * @property {string} reason
 * @property {boolean} fresh
 * @property {string | null} executable
 * @property {string[]} filenames
 * @property {{ kind: string[] }} target
 */

/**
 * Runs cargo.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Options} [options]
 * @returns {Promise<readonly Artifact[]>} what it made
 */
export async function cargo(command, args, options = VISIBLE) {
  const words = [command, '--message-format=json-render-diagnostics', ...args];
  const { status, stdout, stderr } = await run('cargo', words, options);
  if (status !== 0) throw new Problem(`cargo ${words.join(' ')}\nfailed with status ${status}\n${stderr}`);
  const messages = stdout.split('\n').filter((line) => line.startsWith('{'));
  const artifacts = /** @type {Artifact[]} */ (messages.map((line) => JSON.parse(line)));
  return artifacts.filter(({ reason }) => reason === 'compiler-artifact');
}

/**
 * Builds, and copies what was made.
 * @param {string} target
 * @param {string} directory
 * @param {Kind} kind
 * @param {readonly string[]} args
 * @param {Options} options
 * @returns {Promise<boolean>} whether everything was compiled already
 */
async function build(target, directory, kind, args, options) {
  const artifacts = await cargo('build', ['--target', target, ...(await flagsFor(target, kind)), ...args], options);
  const made = artifacts.filter((each) => each.executable !== null || each.target.kind.includes('cdylib'));
  for (const { executable, filenames } of made) {
    const name = executable === null ? 'conmon.node' : basename(executable);
    await writeIfChanged(join(directory, name), await readFile(executable ?? filenames[0] ?? ''), 0o755);
  }
  return made.every(({ fresh }) => fresh);
}

/** @typedef {'executable' | 'addon'} Kind what is built */

/** Words for cargo. @param {string} target @param {Kind} kind */
export async function flagsFor(target, kind) {
  const crates = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'src');
  // QuickJS is C, compiled from a copy below the target's directory, and names its files in assertions.
  const cflags = [`-ffile-prefix-map=${TARGET_DIRECTORY}=/build`, ...HARDENED, ...LEAN];
  const host = await hostTarget();
  const compiler = await compilerFor(target);
  const needsHeaders = isMusl(target) && target !== host;
  const headers = needsHeaders && kind === 'executable' ? await muslHeaderFlags(compiler, machineOf(target)) : [];
  const linker = isMusl(target) && kind === 'addon' ? await muslLinker(host) : compiler;
  const paths = target === host ? [] : await engineFor(target, join(TARGET_DIRECTORY, 'engine'));
  const settings = {
    // Build scripts are made with these whatever the target is: a change would compile everything that depends on them again.
    [`target.${host}.linker`]: 'cc',
    [`env.CFLAGS_${host.replaceAll('-', '_')}`]: cflags.join(' '),
    [`target.${target}.rustflags`]: [
      `--remap-path-prefix=${crates}=/crates`,
      ...paths.map((path) => `--remap-path-prefix=${path}=/crates/engine`),
      ...(await linkerFlags(target, kind)),
    ],
    ...(paths.length > 0 && { paths }),
    [`target.${target}.linker`]: linker,
    [`env.CFLAGS_${target.replaceAll('-', '_')}`]: [...cflags, ...headers].join(' '),
    // Or a compiler and an archiver for musl would be searched for.
    ...(headers.length > 0 && {
      [`env.CC_${target.replaceAll('-', '_')}`]: compiler,
      [`env.AR_${target.replaceAll('-', '_')}`]: compiler.replace(/(gcc|cc)$/, 'ar'),
    }),
  };
  return Object.entries(settings).flatMap(([key, value]) => ['--config', `${key}=${JSON.stringify(value)}`]);
}

/**
 * For another machine: the linker that comes with the compiler. Debian 12's neither packs relocations nor keeps constants apart
 * from code there.
 * @param {string} target
 * @param {Kind} kind
 */
async function linkerFlags(target, kind) {
  const host = await hostTarget();
  if (isMusl(target) && kind === 'addon') return muslAddonFlags(target, host, join(TARGET_DIRECTORY, 'musl', target));
  const startCode = isMusl(target) ? await selfRelocating(target) : [];
  const directory = join(await rustlib(host), 'bin', 'gcc-ld');
  if (isOf(target, host) || !existsSync(join(directory, 'ld.lld'))) return startCode;
  return [...startCode, `-Clink-arg=-B${directory}`, '-Clink-arg=-fuse-ld=lld'];
}
