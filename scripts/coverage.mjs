/**
 * `npm run coverage`: which lines the tests reach. Prints a percentage for each language, and writes the lines that nothing
 * reaches into `coverage/`.
 *
 *     npm run coverage -- typescript    what `tap: units` reaches, in the sources and in the bundles that it starts
 *     npm run coverage -- rust          what `cargo test` and the end-to-end tests reach
 *
 * Rust needs the LLVM tools of the compiler's version: rustup's component `llvm-tools`, or Debian's package `llvm-22`.
 * @module
 */
import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { cargo, hostTarget } from './build-rust.mjs';
import { bundles } from './bundle.mjs';
import { at, isInPath, isMain, must, Problem, ROOT, run, runMain } from './project.mjs';
import { endToEndFiles, unitFiles } from './steps.mjs';

const FOLDER = at('coverage');
const TAP = at('node_modules', '.bin', 'tap');
/** The counters are in a mapped file, so that processes are counted that are killed, or end by _exit(2) or execve(2). */
const FLAGS = ['-Cinstrument-coverage', '-Cllvm-args=-runtime-counter-relocation'];
/** One file for all processes of a program, mapped. See https://clang.llvm.org/docs/SourceBasedCodeCoverage.html. */
const PROFILES = join(FOLDER, 'profiles', '%c%m.profraw');
/** Quicker to build than the executable that is passed on; the lines are the same. */
const QUICK = { lto: 'off', 'codegen-units': 16, 'opt-level': 1, strip: 'none' };

/** @returns {Promise<string>} the path of an lcov file */
async function typescript() {
  await bundles({ sourcemap: 'inline' });
  try {
    const reports = ['--no-disable-coverage', '--coverage-report=lcovonly', '--reporter=terse'];
    await run(TAP, [...reports, ...unitFiles()], { live: 'all' });
  } finally {
    await bundles();
  }
  return at('.tap', 'report', 'lcov.info');
}

/** @returns {Promise<string>} the path of an lcov file */
async function rust() {
  const target = await hostTarget();
  const [cov, profdata] = [await llvmTool('llvm-cov', target), await llvmTool('llvm-profdata', target)];
  const common = ['--target', target, '--target-dir', at('target', 'coverage')];
  const flags = ['--config', `target.${target}.rustflags=${JSON.stringify(FLAGS)}`];
  const profile = Object.entries(QUICK).map(([key, value]) => `profile.executable.${key}=${JSON.stringify(value)}`);
  const quick = ['--profile', 'executable', ...profile.flatMap((setting) => ['--config', setting])];
  const packages = ['--package', 'conmon', '--package', 'miniruntime', '--config', at('.cargo', 'static.toml')];
  const built = [
    ...(await cargo('build', [...common, ...flags, ...quick, ...packages])),
    ...(await cargo('test', [...common, ...flags, '--workspace', '--no-run'])),
  ];
  const programs = built.flatMap(({ executable }) => executable ?? []);
  const env = { ...process.env, LLVM_PROFILE_FILE: PROFILES };
  await run('cargo', ['test', ...common, ...flags, '--workspace', '--no-fail-fast'], { live: 'all', env });
  // Tests give a monitor an environment of its own, so that the variable is set just before it starts.
  const monitor = join(FOLDER, 'conmon');
  const real = programs.find((path) => basename(path) === 'conmon');
  await writeFile(monitor, `#!/bin/sh\nLLVM_PROFILE_FILE='${PROFILES}' exec '${real}' "$@"\n`, { mode: 0o755 });
  const words = ['--jobs=1', '--reporter=terse', ...endToEndFiles()];
  await run(TAP, words, { live: 'all', env: { ...process.env, CONMON: monitor } });
  const names = await readdir(join(FOLDER, 'profiles'));
  const merged = join(FOLDER, 'rust.profdata');
  await must(profdata, ['merge', '-o', merged, ...names.map((name) => join(FOLDER, 'profiles', name))]);
  const objects = programs.flatMap((path) => ['--object', path]);
  const lcov = await must(cov, ['export', '--format=lcov', '--instr-profile', merged, ...objects]);
  await writeFile(join(FOLDER, 'rust.info'), lcov);
  return join(FOLDER, 'rust.info');
}

/**
 * @param {string} name
 * @param {string} target
 * @returns {Promise<string>} where the tool is
 */
async function llvmTool(name, target) {
  const component = join((await must('rustc', ['--print', 'sysroot'])).trim(), 'lib/rustlib', target, 'bin', name);
  const found = await access(component).then(
    () => true,
    () => false,
  );
  if (found) return component;
  const [, major = ''] = /^LLVM version: (\d+)/m.exec(await must('rustc', ['-vV'])) ?? [];
  if (await isInPath(`${name}-${major}`)) return `${name}-${major}`;
  throw new Problem(`${name} ${major} is missing: rustup component add llvm-tools, or apt-get install llvm-${major}`);
}

/**
 * The lines of each source of the project, without its tests: how many, and which ones nothing reaches.
 * @param {string} lcov see geninfo(1)
 * @param {(path: string) => boolean} isSource of a path in the project
 * @param {(path: string) => Promise<string>} read
 */
export async function linesOf(lcov, isSource, read) {
  const sources = [];
  for (const record of lcov.split('end_of_record')) {
    const path = relative(ROOT, join(ROOT, /^SF:(.*)$/m.exec(record)?.[1]?.replace(ROOT, '') ?? ''));
    if (!isSource(path)) continue;
    const before = (await read(path)).split(/^#\[cfg\(test\)\]\nmod \w+ \{$/m, 1)[0] ?? '';
    const end = before.split('\n').length;
    const lines = [...record.matchAll(/^DA:(\d+),(\d+)/gm)].map(([, line, hits]) => [Number(line), Number(hits)]);
    const own = lines.filter(([line = 0]) => line < end);
    const missed = own.filter(([, hits]) => hits === 0).map(([line = 0]) => line);
    sources.push({ path, count: own.length, missed });
  }
  return sources;
}

/** As in `3-5 9`. @param {readonly number[]} lines */
export function ranges(lines) {
  const starts = lines.filter((line) => !lines.includes(line - 1));
  const ends = lines.filter((line) => !lines.includes(line + 1));
  return starts.map((start, index) => (start === ends[index] ? `${start}` : `${start}-${ends[index]}`)).join(' ');
}

const LANGUAGES = {
  typescript: { measure: typescript, isSource: (/** @type {string} */ path) => /^ts\/.*\.ts$/.test(path) },
  rust: {
    measure: rust,
    isSource: (/** @type {string} */ path) => /^crates\/(core|conmon|sys)\/src\/.*(?<!tests)\.rs$/.test(path),
  },
};

async function main() {
  const chosen = process.argv.slice(2);
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(join(FOLDER, 'profiles'), { recursive: true });
  const results = [];
  for (const [language, { measure, isSource }] of Object.entries(LANGUAGES)) {
    if (chosen.length > 0 && !chosen.includes(language)) continue;
    const read = (/** @type {string} */ path) => readFile(at(path), 'utf8');
    const sources = await linesOf(await readFile(await measure(), 'utf8'), isSource, read);
    const count = sources.reduce((sum, source) => sum + source.count, 0);
    const missed = sources.reduce((sum, source) => sum + source.missed.length, 0);
    const listed = sources.filter((source) => source.missed.length > 0);
    const list = listed.map(({ path, missed: lines }) => `${path}: ${ranges(lines)}\n`);
    await writeFile(join(FOLDER, `${language}.txt`), list.toSorted().join(''));
    results.push(`${language}: ${((100 * (count - missed)) / count).toFixed(1)} % of ${count} lines`);
  }
  console.log(`\n${results.join('\n')}\nLines that nothing reaches: ${relative(ROOT, FOLDER)}/*.txt`);
  return 0;
}

if (isMain(import.meta.url)) await runMain(main);
