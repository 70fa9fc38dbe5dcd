/**
 * Is there what the build needs, and if not, how does one get it? Runs before anything is installed, so it uses nothing
 * but Node's own modules.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { Problem } from './problem.mjs';
import { at } from './project.mjs';
import { firstLine } from './run.mjs';

const OLDEST_NODE = [20, 0];

const HOW_TO_GET_RUST =
  "  Install it with rustup (https://rustup.rs): curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh\n" +
  '  and open a new shell, or add ~/.cargo/bin to PATH.';

/** Throws a {@link Problem} that names everything that is missing. */
export async function requireToolchain() {
  const problems = [checkNode(process.versions.node), await checkRust(), await checkCompiler()].filter(Boolean);
  if (problems.length > 0) throw new Problem(problems.join('\n'));
}

/** Which compiler builds us: part of what makes a build stale. */
export async function compilerId() {
  return `${await firstLine('rustc', ['--version'])} ${process.env.RUSTFLAGS ?? ''}`;
}

/**
 * @param {string} version as in `process.versions.node`
 * @returns {string | undefined} what is wrong
 */
export function checkNode(version) {
  if (isAtLeast(version, OLDEST_NODE)) return undefined;
  return (
    `Node.js ${OLDEST_NODE[0]} or newer is needed, this is ${version} (${process.execPath}).\n` +
    '  Install one from https://nodejs.org/en/download, or with a version manager: nvm install 22'
  );
}

async function checkRust() {
  const wanted = await wantedRust();
  const cargo = await firstLine('cargo', ['--version']);
  const rustc = await firstLine('rustc', ['--version']);
  if (cargo === undefined || rustc === undefined) {
    return `Rust ${wanted} or newer is needed, but ${cargo === undefined ? 'cargo' : 'rustc'} cannot be run.\n${HOW_TO_GET_RUST}`;
  }
  const version = /(\d+\.\d+)/.exec(rustc)?.[1] ?? '0.0';
  if (isAtLeast(version, wanted.split('.').map(Number))) return undefined;
  return `Rust ${wanted} or newer is needed, this is: ${rustc}.\n  Update it: rustup update stable`;
}

/** The `rust-version` of the workspace: said once, in Cargo.toml. */
async function wantedRust() {
  const manifest = await readFile(at('Cargo.toml'), 'utf8');
  return /^rust-version = "([\d.]+)"/m.exec(manifest)?.[1] ?? '1.0';
}

async function checkCompiler() {
  if ((await firstLine('cc', ['--version'])) !== undefined) return undefined;
  return 'A C compiler is needed (the linker, and QuickJS is C), but cc cannot be run.\n  Install it: apt-get install gcc libc6-dev';
}

/**
 * @param {string} version
 * @param {readonly number[]} wanted
 */
export function isAtLeast(version, wanted) {
  const found = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [index, number] of wanted.entries()) {
    const difference = (found[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
