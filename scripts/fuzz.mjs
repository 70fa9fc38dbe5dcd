/**
 * Builds the fuzz targets (`fuzz/`) and runs them.
 *
 *     npm run fuzz                        each for some seconds, as npm test does
 *     npm run fuzz -- TARGET [SECONDS]    one, for an hour unless told otherwise
 *
 * The layout is cargo-fuzz's; what it would pass to a nightly compiler, the stable one takes with `RUSTC_BOOTSTRAP`. What a
 * run finds that is new is kept below `fuzz/corpus`, an input that breaks a rule below `fuzz/artifacts`; neither is in git.
 * @module
 */
import { mkdir, readdir } from 'node:fs/promises';
import { at, Problem, run, runMain } from './project.mjs';

/** The target is given so that build scripts get no flags of ours. */
const MACHINE = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-unknown-linux-gnu`;

const FLAGS = [
  '--cfg fuzzing',
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
];

/** Of each target in a run of all: ten of them are less than a minute. */
const SHORT_SECONDS = 4;
const LONG_SECONDS = 3600;

/** An input that takes longer than this has found something. */
const SLOWEST_SECONDS = 10;

const env = { ...process.env, RUSTC_BOOTSTRAP: '1', RUSTFLAGS: FLAGS.join(' ') };

/** @returns {Promise<boolean>} whether it succeeded */
async function build() {
  const manifest = ['--manifest-path', at('fuzz', 'Cargo.toml')];
  const args = ['build', '--quiet', '--release', ...manifest, '--target', MACHINE];
  return (await run('cargo', args, { env, live: 'all' })).status === 0;
}

/**
 * @param {string} target
 * @param {number} seconds
 * @returns {Promise<boolean>} whether it found nothing
 */
async function fuzz(target, seconds) {
  const [corpus, artifacts] = [at('fuzz', 'corpus', target), at('fuzz', 'artifacts', target)];
  await mkdir(corpus, { recursive: true });
  await mkdir(artifacts, { recursive: true });
  const limits = [`-max_total_time=${seconds}`, `-timeout=${SLOWEST_SECONDS}`];
  const args = [corpus, at('fuzz', 'seeds', target), ...limits, `-artifact_prefix=${artifacts}/`];
  const { status, stderr } = await run(at('fuzz', 'target', MACHINE, 'release', target), args);
  const [, runs = '0'] = /Done (\d+) runs/.exec(stderr) ?? [];
  if (status === 0) console.log(`${target}: ${runs} inputs in ${seconds} s`);
  else console.error(`${stderr}\n${target}: failed, see ${artifacts}`);
  return status === 0;
}

/** @param {readonly string[]} targets */
async function each(targets) {
  const found = [];
  for (const target of targets) found.push(await fuzz(target, SHORT_SECONDS));
  return found.every(Boolean);
}

await runMain(async () => {
  const files = await readdir(at('fuzz', 'fuzz_targets'));
  const targets = files.map((name) => name.replace(/\.rs$/, '')).toSorted();
  const [only, seconds] = process.argv.slice(2);
  if (only !== undefined && !targets.includes(only)) {
    throw new Problem(`there is no fuzz target ${only}, but ${targets.join(', ')}`);
  }
  const passed =
    (await build()) && (only === undefined ? await each(targets) : await fuzz(only, Number(seconds ?? LONG_SECONDS)));
  return passed ? 0 : 1;
});
