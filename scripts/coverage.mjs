/**
 * `npm run coverage`: which lines the tests reach. Prints a percentage for each language, and writes the lines that nothing
 * reaches into `coverage/`.
 *
 *     npm run coverage -- typescript    what `tap: units` reaches in the sources; what only runs in a bundle is not counted
 *     npm run coverage -- rust          what `cargo test` and the end-to-end tests reach
 *
 * Rust needs the LLVM tools of the compiler's version: rustup's component `llvm-tools`, or Debian's package `llvm-22`.
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { cargo, hostTarget } from './build-rust.mjs';
import { at, isMain, must, ROOT, run, runMain } from './project.mjs';
import { endToEndFiles, unitFiles } from './steps.mjs';

/** Sources by language, without those that only tests use. */
const SOURCES = {
  typescript: /^ts\/.*\.ts$/,
  rust: /^crates\/(core|conmon|sys)\/src\/.*(?<!tests|properties|fuzzing)\.rs$/,
};
const FOLDER = at('coverage');
const TAP = at('node_modules', '.bin', 'tap');
/**
 * One mapped file for all processes of a program: those count, too, that are killed, or end by _exit(2) or execve(2). See
 * https://clang.llvm.org/docs/SourceBasedCodeCoverage.html.
 */
const PROFILES = join(FOLDER, 'profiles', '%c%m.profraw');
const FLAGS = ['-Cinstrument-coverage', '-Cllvm-args=-runtime-counter-relocation'];
/** Quicker to build than the executable that is passed on; the lines are the same. */
const QUICK = ['lto="off"', 'codegen-units=16', 'opt-level=1', 'strip="none"'];

/** @returns {Promise<string>} what was reached, in the format of geninfo(1) */
async function typescript() {
  const reports = ['--no-disable-coverage', '--coverage-report=lcovonly', '--reporter=terse'];
  await run(TAP, [...reports, ...unitFiles()], { live: 'all' });
  return readFile(at('.tap', 'report', 'lcov.info'), 'utf8');
}

/** @returns {Promise<string>} what was reached, in the format of geninfo(1) */
async function rust() {
  const target = await hostTarget();
  const flags = ['--config', `target.${target}.rustflags=${JSON.stringify(FLAGS)}`];
  const common = ['--target', target, '--target-dir', at('target', 'coverage'), ...flags];
  const profile = ['--profile', 'executable', ...QUICK.flatMap((each) => ['--config', `profile.executable.${each}`])];
  const programs = ['--package', 'conmon', '--package', 'miniruntime', '--config', at('.cargo', 'static.toml')];
  const tests = ['--workspace', '--no-fail-fast'];
  const made = [
    ...(await cargo('build', [...common, ...profile, ...programs])),
    ...(await cargo('test', [...common, ...tests, '--no-run'])),
  ].flatMap(({ executable }) => executable ?? []);
  const env = { ...process.env, LLVM_PROFILE_FILE: PROFILES };
  await run('cargo', ['test', ...common, ...tests], { live: 'all', env });
  // Tests give a monitor an environment of their own: the variable is set by what they start in its place.
  const [monitor, real] = [join(FOLDER, 'conmon'), made.find((path) => basename(path) === 'conmon')];
  await writeFile(monitor, `#!/bin/sh\nLLVM_PROFILE_FILE='${PROFILES}' exec '${real}' "$@"\n`, { mode: 0o755 });
  const words = ['--jobs=1', '--reporter=terse', ...endToEndFiles()];
  await run(TAP, words, { live: 'all', env: { ...process.env, CONMON: monitor } });
  const [folder, merged] = [join(FOLDER, 'profiles'), join(FOLDER, 'rust.profdata')];
  const profiles = (await readdir(folder)).map((name) => join(folder, name));
  await must(await llvmTool('llvm-profdata'), ['merge', '-o', merged, ...profiles]);
  const objects = made.flatMap((path) => ['--object', path]);
  return must(await llvmTool('llvm-cov'), ['export', '--format=lcov', '--instr-profile', merged, ...objects]);
}

/** @param {string} name @returns {Promise<string>} the tool of the compiler's version */
async function llvmTool(name) {
  const sysroot = (await must('rustc', ['--print', 'sysroot'])).trim();
  const component = join(sysroot, 'lib', 'rustlib', await hostTarget(), 'bin', name);
  const [, major] = /^LLVM version: (\d+)/m.exec(await must('rustc', ['-vV'])) ?? [];
  return existsSync(component) ? component : `${name}-${major}`;
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

async function main() {
  const chosen = process.argv.slice(2);
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(join(FOLDER, 'profiles'), { recursive: true });
  const results = [];
  for (const [language, measure] of Object.entries({ typescript, rust })) {
    if (chosen.length > 0 && !chosen.includes(language)) continue;
    const sources = SOURCES[/** @type {keyof typeof SOURCES} */ (language)];
    const found = await linesOf(await measure(), sources, (path) => readFile(at(path), 'utf8'));
    const [count, missed] = [found.flatMap(({ count }) => count), found.flatMap(({ missed }) => missed)];
    const all = count.reduce((sum, each) => sum + each, 0);
    const list = found.map(({ path, missed }) => (missed.length === 0 ? '' : `${path}: ${ranges(missed)}\n`));
    await writeFile(join(FOLDER, `${language}.txt`), list.toSorted().join(''));
    results.push(`${language}: ${((100 * (all - missed.length)) / all).toFixed(1)} % of ${all} lines`);
  }
  console.log(`\n${results.join('\n')}\nLines that nothing reaches: ${relative(ROOT, FOLDER)}/*.txt`);
  return 0;
}

if (isMain(import.meta.url)) await runMain(main);
