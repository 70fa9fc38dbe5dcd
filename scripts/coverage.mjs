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
import { cargo } from './build-rust.mjs';
import { at, isInPath, isMain, must, Problem, ROOT, run, runMain } from './project.mjs';
import { hostTarget, llvmVersion, rustlib } from './rustc.mjs';
import { endToEndFiles, TAP, TAP_FORMAT, unitFiles } from './steps.mjs';

const DIR = at('coverage');
/**
 * One mapped file for all processes of a program: those count, too, that are killed, or end by _exit(2) or execve(2). See
 * https://clang.llvm.org/docs/SourceBasedCodeCoverage.html.
 */
const PROFILES = join(DIR, 'profiles', '%c%m.profraw');
const FLAGS = ['-Cinstrument-coverage', '-Cllvm-args=-runtime-counter-relocation'];
/** Faster to build than the executable that is published; the lines are the same. */
const QUICK = ['lto="off"', 'codegen-units=16', 'opt-level=1', 'strip="none"'];

/** Of each language: how it is measured, and its sources without those that only tests use. */
const LANGUAGES = {
  typescript: { measure: typescript, sources: /^ts\/.*\.ts$/ },
  rust: { measure: rust, sources: /^crates\/(core|conmon|sys)\/src\/.*(?<!tests|properties|fuzzing)\.rs$/ },
};

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
    if (onlyUnits) return run('cargo', ['test', ...tests, ...pretty], { live: 'all' });
    throw new Problem('rustup component add llvm-tools, or the Debian package of the same version as rustc -vV');
  }
  const target = await hostTarget();
  const flags = ['--config', `target.${target}.rustflags=${JSON.stringify(FLAGS)}`];
  const common = ['--target', target, '--target-dir', at('target', 'coverage'), ...flags];
  const made = [...(await cargo('test', [...common, ...tests, '--no-run']))];
  const env = { ...process.env, LLVM_PROFILE_FILE: PROFILES };
  const { status } = await run('cargo', ['test', ...common, ...tests, ...pretty], { live: 'all', env });
  if (!onlyUnits) made.push(...(await testInstrumented(common)));
  const [directory, merged] = [join(DIR, 'profiles'), join(DIR, 'rust.profdata')];
  await must(merge, ['merge', '-o', merged, ...(await readdir(directory)).map((name) => join(directory, name))]);
  const objects = made.flatMap(({ executable }) => (executable === null ? [] : ['--object', executable]));
  return { status, lcov: await must(show, ['export', '--format=lcov', '--instr-profile', merged, ...objects]) };
}

/** Runs the end-to-end tests with an instrumented executable. @param {readonly string[]} common words for cargo */
async function testInstrumented(common) {
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
  const component = join(await rustlib(await hostTarget()), 'bin', name);
  if (existsSync(component)) return component;
  const packaged = `${name}-${Number.parseInt(await llvmVersion(), 10)}`;
  return (await isInPath(packaged)) ? packaged : undefined;
}

/**
 * The lines of all sources, each up to a module of tests at its end: how many, and which ones nothing reaches.
 * @param {string} lcov
 * @param {RegExp} sources paths in the project
 * @param {(path: string) => Promise<string>} read
 */
export async function linesOf(lcov, sources, read) {
  /** @type {{ count: number, missed: string[] }} */
  const found = { count: 0, missed: [] };
  for (const record of lcov.split('end_of_record')) {
    const path = (/^SF:(.*)$/m.exec(record)?.[1] ?? '').replace(`${ROOT}/`, '');
    if (!sources.test(path)) continue;
    const [before = ''] = (await read(path)).split(/^#\[cfg\(test\)\]\nmod \w+ \{$/m, 1);
    const end = before.split('\n').length;
    for (const [, line, hits] of record.matchAll(/^DA:(\d+),(\d+)/gm)) {
      if (Number(line) >= end) continue;
      found.count += 1;
      if (hits === '0') found.missed.push(`${path}:${line}`);
    }
  }
  return found;
}

async function main() {
  const { values, positionals } = parseArgs({ options: { units: { type: 'boolean' } }, allowPositionals: true });
  const { units = false } = values;
  await rm(join(DIR, 'profiles'), { recursive: true, force: true });
  await mkdir(join(DIR, 'profiles'), { recursive: true });
  let worst = 0;
  for (const [language, { measure, sources }] of Object.entries(LANGUAGES)) {
    if (positionals.length > 0 && !positionals.includes(language)) continue;
    const { status, lcov } = await measure(units);
    worst = Math.max(worst, status);
    if (lcov === undefined) {
      console.log(`# coverage of ${language}: not measured, the LLVM tools of rustc's version are missing`);
      continue;
    }
    const { count, missed } = await linesOf(lcov, sources, (path) => readFile(at(path), 'utf8'));
    await writeFile(join(DIR, `${language}.txt`), missed.map((line) => `${line}\n`).join(''));
    const percent = (100 * (count - missed.length)) / count;
    console.log(
      `# coverage of ${language}: ${percent.toFixed(1)} % of ${count} lines; others: coverage/${language}.txt`,
    );
  }
  return units ? worst : 0;
}

if (isMain(import.meta.url)) await runMain(main);
