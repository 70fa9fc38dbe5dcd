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
 * @property {string} command
 * @property {readonly string[]} args
 * @property {boolean} [lint]
 * @property {Readonly<Record<string, string>>} [env]
 * @property {(stdout: string) => Tally} [tally] absent: the step is one check, passed if its status is 0
 * @property {string | undefined} [advice] what to do when it fails
 * @property {Again | undefined} [again] absent: one failure is a failure
 *
 * @typedef {object} Again that tap runs the files of failed tests again
 * @property {number} rounds how often at most, the first time included
 * @property {string} reason why what fails may be tried again
 */

const program = (/** @type {string} */ name) => at('node_modules', '.bin', name);
export const TAP = program('tap');
/** For `tallyTap`. */
export const TAP_FORMAT = ['--reporter=tap', '--no-color'];

/** Prints the Rust files that are too long, and fails if there are any. */
export const LONG_FILES = `git ls-files -z --cached --others --exclude-standard '*.rs' | xargs -0 awk 'FNR == 401 { print FILENAME; bad = 1 } END { exit bad }'`;
/** Suites that are not run with the units. */
const SEPARATE = ['budgets', 'e2e', 'faults', 'parity', 'packages', 'support', 'systemd', 'vectors', 'vm'];

/** The tests of a suite, which is a directory of __test__. @param {string} suite */
function filesOf(suite) {
  const names = readdirSync(at('__test__', suite), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => /\.test\.(ts|mjs)$/.test(name));
  return files.map((name) => `__test__/${suite}/${name}`).toSorted();
}

/** Tests of one part. */
export function unitFiles() {
  const entries = readdirSync(at('__test__'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries.flatMap(({ name }) => (SEPARATE.includes(name) ? [] : filesOf(name)));
}

/** Tests of any monitor from the outside. */
export const endToEndFiles = () => filesOf('e2e');

/** Tests that start virtual machines. `suite.test.ts` repeats in one what all other steps run outside. */
export const virtualMachineFiles = () => filesOf('vm');

/** In CI, whose machines nobody watches: a failure that does not repeat is reported, and does not fail the run. */
const ONCE_AGAIN =
  process.env['CI'] === undefined
    ? undefined
    : {
        rounds: 2,
        reason: 'a test that passes now is intermittent, or the machine was disturbed',
      };

/** Only for C conmon, some of whose bugs are intermittent (docs/parity.md, "Where C conmon hurts"). */
const IN_ROUNDS = {
  rounds: 3,
  reason: 'C conmon 2.1.6 loses the output of one in twenty terminals that end immediately',
};

/**
 * @param {string} title
 * @param {readonly string[]} words files and options
 * @param {Readonly<Record<string, string>>} [env]
 * @param {Again} [again]
 * @returns {Step}
 */
function tap(title, words, env = {}, again = ONCE_AGAIN) {
  return { title, command: TAP, args: [...TAP_FORMAT, ...words], env, tally: tallyTap, again };
}

/**
 * @param {string} title
 * @param {readonly string[]} args
 * @param {Pick<Step, 'tally' | 'again'>} [how]
 * @returns {Step}
 */
const node = (title, args, how) => ({ title, command: process.execPath, args, ...how });

/** @returns {readonly Step[]} */
export function steps() {
  return [...checks(), ...tests(), ...packages()];
}

/** @returns {Step[]} */
function checks() {
  /** @type {(title: string, command: string, args: string[], advice?: string) => Step} */
  const lint = (title, command, args, advice) => ({ title, lint: true, command, args, advice });
  const format = 'npm run format fixes it';
  const clippy = ['clippy', '--quiet', '--workspace', '--all-targets', '--', '-D', 'warnings'];
  // Written by a build and committed, so that readers and editors have them.
  const generated = ['diff', '--exit-code', '--stat', '--', 'ts/node/addon.d.ts'];
  return [
    lint('types', program('tsc'), ['-p', '.']),
    lint('types of the planner, which has no Node', program('tsc'), ['-p', 'ts/planner']),
    lint('oxlint', program('oxlint'), ['--deny-warnings', '--format=unix']),
    lint('Rust files of 400 lines at most, as oxlint wants of others', 'bash', ['-c', LONG_FILES]),
    lint('prettier', program('prettier'), ['--check', '.'], format),
    lint('rustfmt', 'cargo', ['fmt', '--all', '--check'], format),
    lint('clippy', 'cargo', clippy),
    lint('generated files are as committed', 'git', generated, 'npm run build wrote them again: commit the difference'),
  ];
}

/** @returns {Step[]} */
function tests() {
  const all = filesOf('e2e');
  const some = (/** @type {RegExp} */ names) =>
    all.filter((path) => names.test(path.replace(/^.*\/|\.test\.ts$/g, '')));
  // `bin/conmon` only executes the first, so that it is enough to see it pass on what it was given: arguments,
  // environment, descriptors, its place as the caller's child.
  const handedOn = some(/^(life|descriptors|sync-pipe|podman-run)$/);
  // Tests that pass with any monitor that Podman and CRI-O accept.
  const managers = some(/^(podman-\w+|crio)$/);
  // Of each part of the monitor one, and of those the cheap ones: `npm run test:emulated -- arm64 e2e` runs all.
  const sample = some(/^(attach|cli|exit|exit-command|log-k8s|stdin|streams|sync-pipe)$/);
  const [executable, systemd] = [at('dist/native/conmon'), ['--timeout=600', ...filesOf('systemd')]];
  const emulator = ['scripts/emulated.mjs', 'arm64'];
  const fuzzing =
    'the input is below fuzz/artifacts: npm run fuzz -- TARGET runs longer; add it to fuzz/seeds when it is fixed';
  return [
    node('cargo test', ['scripts/coverage.mjs', '--units', 'rust'], { tally: tallyCargo }),
    node('cargo test with musl', ['scripts/emulated.mjs', process.arch, 'cargo'], { tally: tallyCargo }),
    { title: 'fuzz targets', command: 'scripts/fuzz.sh', args: [], advice: fuzzing },
    node('tap: units', ['scripts/coverage.mjs', '--units', 'typescript'], { tally: tallyTap, again: ONCE_AGAIN }),
    tap('e2e: dist/native/conmon', all, { CONMON: executable }),
    // Each monitor is upgraded every 50 ms of its life.
    tap('e2e: Podman, with upgrades', some(/^podman-(run|exec)$/), { CONMON: executable, CONMON_TEST_UPGRADES: '1' }),
    tap('e2e: bin/conmon', handedOn, { CONMON: at('bin/conmon') }),
    tap('e2e: bin/conmon-node', all, { CONMON: at('bin/conmon-node') }),
    node('arm64 in an emulator: e2e, a sample', [...emulator, 'e2e', ...sample], { tally: tallyTap }),
    node('arm64 in an emulator: cargo test', [...emulator, 'cargo'], { tally: tallyCargo }),
    tap('managers: C conmon, which proves their tests', managers, { CONMON: 'conmon' }, IN_ROUNDS),
    // Units that are judged by the monitor's exit status; C conmon once each, which proves the tests.
    tap('systemd: dist/native/conmon', systemd, { CONMON: executable }),
    tap('systemd: C conmon', systemd, { CONMON: 'conmon', CONMON_TEST_CYCLES: '1' }),
    tap('parity with C conmon', filesOf('parity')),
    tap('single faults, a sample', ['--jobs=1', '--timeout=900', ...filesOf('faults')]),
    tap('another kernel', [
      '--timeout=700',
      ...virtualMachineFiles().filter((path) => !path.endsWith('/suite.test.ts')),
    ]),
    // They measure: no other test at the same time.
    tap('budgets', ['--jobs=1', ...filesOf('budgets')]),
  ];
}

/** What people install: made first, because the tests only read it. @returns {Step[]} */
function packages() {
  return [
    node('packages: npm run pack', ['scripts/packaging/pack.mjs', '--as-built']),
    node('packages: npm run release', ['scripts/packaging/release.mjs', '--as-built']),
    // They build what is stale for each platform.
    tap('packages', ['--timeout=600', ...filesOf('packages')]),
  ];
}
