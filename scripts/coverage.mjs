/**
 * `npm run coverage`: which lines the tests reach. Prints a percentage for each language, and writes the lines that nothing
 * reaches into `coverage/`.
 *
 *     npm run coverage -- typescript    what `tap: units` reaches in the sources; what only runs in a bundle is not counted
 *     npm run coverage -- rust          what `cargo test` and the end-to-end tests reach
 *
 * With `--units` it is a step of `npm test`: without the end-to-end tests, and with the exit status of the tests.
 *
 * Rust needs the LLVM tools of the compiler's version: rustup's component `llvm-tools`, or Debian's package `llvm-VERSION`.
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { cargo, hostTarget } from './build-rust.mjs';
import { at, isInPath, isMain, must, Problem, ROOT, run, runMain } from './project.mjs';
import { endToEndFiles, TAP_FORMAT, unitFiles } from './steps.mjs';

const LANGUAGES = /** @type {const} */ (['typescript', 'rust']);
/** Sources by language, without those that only tests use. */
const SOURCES = {
  typescript: /^ts\/.*\.ts$/,
  rust: /^crates\/(core|conmon|sys)\/src\/.*(?<!tests|properties|fuzzing)\.rs$/,
};
const MEASURES = { typescript, rust };
const DIR = at('coverage');
const TAP = at('node_modules', '.bin', 'tap');
/**
 * One mapped file for all processes of a program: those count, too, that are killed, or end by _exit(2) or execve(2). See
 * https://clang.llvm.org/docs/SourceBasedCodeCoverage.html.
 */
const PROFILES = join(DIR, 'profiles', '%c%m.profraw');
const FLAGS = ['-Cinstrument-coverage', '-Cllvm-args=-runtime-counter-relocation'];
/** Quicker to build than the executable that is passed on; the lines are the same. */
const QUICK = ['lto="off"', 'codegen-units=16', 'opt-level=1', 'strip="none"'];

/**
 * @typedef {object} Measured
 * @property {number} status of the tests
 * @property {string} [lcov] what was reached, in the format of geninfo(1); absent where it cannot be measured
 */

/** @returns {Promise<Measured>} */
async function typescript() {
  const words = ['--no-disable-coverage', '--coverage-report=lcovonly', ...TAP_FORMAT, ...unitFiles()];
  const { status } = await run(TAP, words, { live: 'all' });
  return { status, lcov: await readFile(at('.tap', 'report', 'lcov.info'), 'utf8') };
}

/** @param {boolean} onlyUnits @returns {Promise<Measured>} */
async function rust(onlyUnits) {
  const tests = ['--workspace', '--no-fail-fast'];
  const pretty = ['--quiet', '--', '--format', 'pretty'];
  const [merge, show] = [await llvmTool('llvm-profdata'), await llvmTool('llvm-cov')];
  if (merge === undefined || show === undefined) {
    if (!onlyUnits)
      throw new Problem('rustup component add llvm-tools, or the Debian package of the same version as rustc -vV');
    return run('cargo', ['test', ...tests, ...pretty], { live: 'all' });
  }
  const target = await hostTarget();
  const flags = ['--config', `target.${target}.rustflags=${JSON.stringify(FLAGS)}`];
  const common = ['--target', target, '--target-dir', at('target', 'coverage'), ...flags];
  const made = [...(await cargo('test', [...common, ...tests, '--no-run']))];
  const env = { ...process.env, LLVM_PROFILE_FILE: PROFILES };
  const { status } = await run('cargo', ['test', ...common, ...tests, ...pretty], { live: 'all', env });
  if (!onlyUnits) made.push(...(await testInstrumented(target, common)));
  const [directory, merged] = [join(DIR, 'profiles'), join(DIR, 'rust.profdata')];
  const profiles = (await readdir(directory)).map((name) => join(directory, name));
  await must(merge, ['merge', '-o', merged, ...profiles]);
  const objects = made.flatMap(({ executable }) => (executable === null ? [] : ['--object', executable]));
  return { status, lcov: await must(show, ['export', '--format=lcov', '--instr-profile', merged, ...objects]) };
}

/**
 * Runs the end-to-end tests with an instrumented executable.
 * @param {string} target
 * @param {readonly string[]} common words for cargo
 */
async function testInstrumented(target, common) {
  const profile = ['--profile', 'executable', ...QUICK.flatMap((each) => ['--config', `profile.executable.${each}`])];
  const programs = ['--package', 'conmon', '--package', 'miniruntime', '--config', at('.cargo', 'static.toml')];
  const made = await cargo('build', [...common, ...profile, ...programs]);
  const executable = made.map((each) => each.executable).find((path) => path !== null && basename(path) === 'conmon');
  // Tests give a monitor an environment of their own: the variable is set by what they start in its place.
  const monitor = join(DIR, 'conmon');
  await writeFile(monitor, `#!/bin/sh\nLLVM_PROFILE_FILE='${PROFILES}' exec '${executable}' "$@"\n`, { mode: 0o755 });
  const env = { ...process.env, CONMON: monitor, CONMON_TEST_EXECUTABLE: executable ?? undefined };
  await run(TAP, ['--jobs=1', '--reporter=terse', ...endToEndFiles()], { live: 'all', env });
  return made;
}

/** @param {string} name @returns {Promise<string | undefined>} the tool of the compiler's version */
async function llvmTool(name) {
  const sysroot = (await must('rustc', ['--print', 'sysroot'])).trim();
  const component = join(sysroot, 'lib', 'rustlib', await hostTarget(), 'bin', name);
  if (existsSync(component)) return component;
  const [, major] = /^LLVM version: (\d+)/m.exec(await must('rustc', ['-vV'])) ?? [];
  return (await isInPath(`${name}-${major}`)) ? `${name}-${major}` : undefined;
}

/**
 * The lines of each source, up to a module of tests at its end: how many, and which ones nothing reaches.
 * @param {string} lcov
 * @param {RegExp} sources paths in the project
 * @param {(path: string) => Promise<string>} read
 */
export async function linesOf(lcov, sources, read) {
  const found = [];
  for (const record of lcov.split('end_of_record')) {
    const path = (/^SF:(.*)$/m.exec(record)?.[1] ?? '').replace(`${ROOT}/`, '');
    if (!sources.test(path)) continue;
    const before = (await read(path)).split(/^#\[cfg\(test\)\]\nmod \w+ \{$/m, 1)[0] ?? '';
    const end = before.split('\n').length;
    const lines = Array.from(record.matchAll(/^DA:(\d+),(\d+)/gm), ([, line, hits]) => ({ line: Number(line), hits }));
    const own = lines.filter(({ line }) => line < end);
    found.push({ path, count: own.length, missed: own.flatMap(({ line, hits }) => (hits === '0' ? line : [])) });
  }
  return found;
}

/** As in `3-5 9`. @param {readonly number[]} lines */
export function ranges(lines) {
  const starts = lines.filter((line) => !lines.includes(line - 1));
  const ends = lines.filter((line) => !lines.includes(line + 1));
  return starts.map((start, index) => (start === ends[index] ? `${start}` : `${start}-${ends[index]}`)).join(' ');
}

/**
 * Writes the list of lines that nothing reaches.
 * @param {'typescript' | 'rust'} language
 * @param {string | undefined} lcov
 * @returns {Promise<string>} the line that sums it up
 */
async function summarize(language, lcov) {
  if (lcov === undefined)
    return `# coverage of ${language}: not measured, the LLVM tools of rustc's version are missing`;
  const found = await linesOf(lcov, SOURCES[language], (path) => readFile(at(path), 'utf8'));
  const list = found.map(({ path, missed }) => (missed.length === 0 ? '' : `${path}: ${ranges(missed)}\n`));
  await writeFile(join(DIR, `${language}.txt`), list.toSorted().join(''));
  const all = found.reduce((sum, { count }) => sum + count, 0);
  const reached = all - found.flatMap(({ missed }) => missed).length;
  return `# coverage of ${language}: ${((100 * reached) / all).toFixed(1)} % of ${all} lines`;
}

async function main() {
  const { values, positionals } = parseArgs({ options: { units: { type: 'boolean' } }, allowPositionals: true });
  const onlyUnits = values.units ?? false;
  /** @type {string[]} */
  const results = [];
  await rm(join(DIR, 'profiles'), { recursive: true, force: true });
  await mkdir(join(DIR, 'profiles'), { recursive: true });
  let worst = 0;
  for (const language of LANGUAGES.filter((each) => positionals.length === 0 || positionals.includes(each))) {
    const { status, lcov } = await MEASURES[language](onlyUnits);
    worst = Math.max(worst, status);
    results.push(await summarize(language, lcov));
  }
  console.log(results.join('\n'));
  if (!onlyUnits) console.log('Lines that nothing reaches: coverage/*.txt');
  return onlyUnits ? worst : 0;
}

if (isMain(import.meta.url)) await runMain(main);
