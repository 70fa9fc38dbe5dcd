/**
 * The steps of `npm test`, the cheap ones first. `npm run lint` is those marked as `lint`.
 * @module
 */
import { readdirSync } from 'node:fs';
import { at } from './project.mjs';
import { tallyCargo, tallyTap } from './tally.mjs';

/** @import { Tally } from './tally.mjs' */

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {boolean} [lint]
 * @property {string} command
 * @property {readonly string[]} args
 * @property {Readonly<Record<string, string>>} [env]
 * @property {(stdout: string) => Tally} [tally] absent: the step is one check, passed if its status is 0
 * @property {string} [advice] what to do when it fails
 * @property {Again} [again] absent: one failure is a failure
 *
 * @typedef {object} Again
 * @property {number} rounds how often at most, the first time included
 * @property {string} reason why what fails may be tried again
 * @property {(files: readonly string[]) => string[]} argsOf of the command that runs these files alone
 */

const NODE = process.execPath;
const FORMAT = 'npm run format fixes it';
/** Prints the Rust files that are too long, and fails if there are any. */
export const LONG_FILES = `git ls-files -z --cached --others --exclude-standard '*.rs' | xargs -0 awk 'FNR == 401 { print FILENAME; bad = 1 } END { exit bad }'`;
/** Written by a build and committed, so that readers and editors have them. */
const GENERATED = ['ts/node/addon.d.ts'];
/** Suites that are not run with the units. */
const SEPARATE = ['budgets', 'e2e', 'faults', 'parity', 'packages', 'support', 'systemd', 'vectors', 'vm'];

/** @returns {readonly Step[]} */
export function steps() {
  return [...checks(), ...tests(), ...packages()];
}

/** Tests of one part. */
export function unitFiles() {
  const names = readdirSync(at('__test__'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names.flatMap(({ name }) => (SEPARATE.includes(name) ? [] : filesOf(name)));
}

/** Tests of any monitor from the outside. */
export const endToEndFiles = () => filesOf('e2e');

/** @returns {Step[]} */
function checks() {
  const lint = (/** @type {string} */ title, /** @type {string} */ command, /** @type {string[]} */ ...args) =>
    /** @type {Step} */ ({ title, lint: true, command, args });
  const program = (/** @type {string} */ name) => at('node_modules', '.bin', name);
  const types = (/** @type {string} */ title, /** @type {string} */ directory) =>
    lint(title, program('tsc'), '-p', directory);
  return [
    types('types', '.'),
    types('types of the planner, which has no Node', 'ts/planner'),
    types('types of the scripts', 'scripts'),
    types('types of the benchmark', 'bench'),
    lint('oxlint', program('oxlint'), '--deny-warnings', '--format=unix'),
    lint('Rust files of 400 lines at most, as oxlint wants of others', 'bash', '-c', LONG_FILES),
    { ...lint('prettier', program('prettier'), '--check', '.'), advice: FORMAT },
    { ...lint('rustfmt', 'cargo', 'fmt', '--all', '--check'), advice: FORMAT },
    lint('clippy', 'cargo', 'clippy', '--quiet', '--workspace', '--all-targets', '--', '-D', 'warnings'),
    {
      ...lint('generated files are as committed', 'git', 'diff', '--exit-code', '--stat', '--', ...GENERATED),
      advice: 'npm run build wrote them again: look at the difference and commit it',
    },
  ];
}

/** @returns {Step[]} */
function tests() {
  const all = endToEndFiles();
  // `bin/conmon` only executes the first, so that it is enough to see it pass on what it was given: arguments,
  // environment, descriptors, its place as the caller's child.
  const handedOn = all.filter((path) => /\/(life|descriptors|sync-pipe|podman-run)\.test\.ts$/.test(path));
  // Tests that pass with any monitor that Podman and CRI-O accept.
  const managers = all.filter((path) => /\/(podman-\w+|crio)\.test\.ts$/.test(path));
  const upgraded = all.filter((path) => /\/podman-(run|exec)\.test\.ts$/.test(path));
  // Of each part of the monitor one, and of those the cheap ones: `npm run test:emulated -- arm64 e2e` runs all.
  const sample = all.filter((path) =>
    /\/(attach|cli|exit|exit-command|log-k8s|stdin|streams|sync-pipe)\.test\.ts$/.test(path),
  );
  const [executable, systemd] = [at('dist/native/conmon'), filesOf('systemd')];
  return [
    measured('cargo test', tallyCargo, 'rust'),
    {
      title: 'fuzz targets',
      command: 'scripts/fuzz.sh',
      args: [],
      advice:
        'the input is below fuzz/artifacts: npm run fuzz -- TARGET runs longer; add it to fuzz/seeds when it is fixed',
    },
    onceAgain(measured('tap: units', tallyTap, 'typescript'), (files) => [TAP, ...tapArgs(files)]),
    tap('e2e: dist/native/conmon', all, { CONMON: executable }),
    // Each monitor is upgraded every 50 ms of its life.
    tap('e2e: Podman, with upgrades', upgraded, { CONMON: executable, CONMON_TEST_UPGRADES: '1' }),
    tap('e2e: bin/conmon', handedOn, { CONMON: at('bin/conmon') }),
    tap('e2e: bin/conmon-node', all, { CONMON: at('bin/conmon-node') }),
    emulated('e2e, a sample', tallyTap, 'e2e', ...sample),
    emulated('cargo test', tallyCargo, 'cargo'),
    inRounds(tap('managers: C conmon, which proves their tests', managers, { CONMON: 'conmon' })),
    // Units that are judged by the monitor's exit status; C conmon once each, which proves the tests.
    tap('systemd: dist/native/conmon', ['--timeout=600', ...systemd], { CONMON: executable }),
    tap('systemd: C conmon', ['--timeout=600', ...systemd], { CONMON: 'conmon', CONMON_TEST_CYCLES: '1' }),
    tap('parity with C conmon', filesOf('parity')),
    tap('single faults, a sample', ['--jobs=1', '--timeout=900', ...filesOf('faults')]),
    tap('another kernel', ['--timeout=700', ...filesOf('vm')]),
    // They measure: no other test at the same time.
    tap('budgets', ['--jobs=1', ...filesOf('budgets')]),
  ];
}

/**
 * Unit tests of a language, and which lines they reach.
 * @param {string} title
 * @param {(stdout: string) => Tally} tally
 * @param {string} language
 * @returns {Step}
 */
function measured(title, tally, language) {
  return { title, command: NODE, args: ['scripts/coverage.mjs', '--units', language], tally };
}

/**
 * @param {string} title
 * @param {(stdout: string) => Tally} tally
 * @param {string[]} args
 * @returns {Step}
 */
function emulated(title, tally, ...args) {
  return {
    title: `arm64 in an emulator: ${title}`,
    command: NODE,
    args: ['scripts/emulated.mjs', 'arm64', ...args],
    tally,
  };
}

/** What people install: made first, because the tests only read it. @returns {Step[]} */
function packages() {
  const script = (/** @type {string} */ title, /** @type {string[]} */ ...args) =>
    /** @type {Step} */ ({ title: `packages: ${title}`, command: NODE, args });
  return [
    script('npm run pack', 'scripts/packaging/pack.mjs', '--as-built'),
    script('npm run release', 'scripts/packaging/release.mjs', '--as-built'),
    // They build what is stale for each platform.
    tap('packages', ['--timeout=600', ...filesOf('packages')]),
  ];
}

/**
 * @param {string} title
 * @param {readonly string[]} files
 * @param {Readonly<Record<string, string>>} [env]
 * @returns {Step}
 */
function tap(title, files, env = {}) {
  const options = files.filter((word) => word.startsWith('--'));
  const step = { title, command: TAP, args: tapArgs(files), env, tally: tallyTap };
  return onceAgain(step, (failed) => tapArgs([...options, ...failed]));
}

/**
 * In CI, whose machines nobody watches: a failure that does not repeat is reported, and does not fail the run.
 * @param {Step} step
 * @param {Again['argsOf']} argsOf
 * @returns {Step}
 */
function onceAgain(step, argsOf) {
  const reason = 'a test that passes now is intermittent, or the machine was disturbed';
  return process.env['CI'] === undefined ? step : { ...step, again: { rounds: 2, reason, argsOf } };
}

const TAP = at('node_modules', '.bin', 'tap');

/** For `tallyTap`. */
export const TAP_FORMAT = ['--reporter=tap', '--no-color'];

/** @param {readonly string[]} files */
const tapArgs = (files) => [...TAP_FORMAT, ...files];

/**
 * Only for C conmon, some of whose bugs are intermittent (docs/parity.md, "Where C conmon hurts").
 * @param {Step} step
 * @returns {Step}
 */
function inRounds(step) {
  const reason = 'C conmon 2.1.6 loses the output of one in twenty terminals that end immediately';
  return { ...step, again: { rounds: 3, reason, argsOf: tapArgs } };
}

/** @param {string} suite a directory of __test__ */
function filesOf(suite) {
  const names = /** @type {string[]} */ (readdirSync(at('__test__', suite), { recursive: true }));
  const files = names.filter((name) => /\.test\.(ts|mjs)$/.test(name));
  return files.map((name) => `__test__/${suite}/${name}`).toSorted();
}
