/**
 * Everything `npm test` checks, in its order: the cheap first. `npm run lint` is those marked as `lint`.
 * @module
 */
import { readdir } from 'node:fs/promises';
import { tallyCargo } from './cargo-tally.mjs';
import { at } from './project.mjs';
import { tallyTap } from './tap-tally.mjs';

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

const FORMAT = 'npm run format puts it right';
/** Written by a build and committed, so that readers and editors have them. */
const GENERATED = ['ts/node/addon.d.ts'];

/** @returns {Promise<Step[]>} */
export async function steps() {
  return [...checks(), cargoTest(), fuzz(), ...(await tapSteps()), ...(await packageSteps())];
}

/** @returns {Step[]} */
function checks() {
  const program = (/** @type {string} */ name) => at('node_modules', '.bin', name);
  return [
    { title: 'types', lint: true, command: program('tsc'), args: ['-p', '.'] },
    {
      title: 'types of the planner, which has no Node',
      lint: true,
      command: program('tsc'),
      args: ['-p', 'ts/planner'],
    },
    { title: 'types of the scripts', lint: true, command: program('tsc'), args: ['-p', 'scripts'] },
    { title: 'types of the benchmark', lint: true, command: program('tsc'), args: ['-p', 'bench'] },
    { title: 'oxlint', lint: true, command: program('oxlint'), args: ['--deny-warnings', '--format=unix'] },
    { title: 'house rules', lint: true, command: process.execPath, args: ['scripts/house-rules.mjs'] },
    { title: 'prettier', lint: true, command: program('prettier'), args: ['--check', '.'], advice: FORMAT },
    { title: 'rustfmt', lint: true, command: 'cargo', args: ['fmt', '--all', '--check'], advice: FORMAT },
    {
      title: 'clippy',
      lint: true,
      command: 'cargo',
      args: ['clippy', '--quiet', '--workspace', '--all-targets', '--', '-D', 'warnings'],
    },
    {
      title: 'generated files are as committed',
      lint: true,
      command: 'git',
      args: ['diff', '--exit-code', '--stat', '--', ...GENERATED],
      advice: 'npm run build wrote them anew: look at the difference and commit it',
    },
  ];
}

/** @returns {Step} */
function cargoTest() {
  return {
    title: 'cargo test',
    command: 'cargo',
    args: ['test', '--quiet', '--workspace', '--no-fail-fast', '--', '--format', 'pretty'],
    tally: tallyCargo,
  };
}

/** Each target for some seconds. @returns {Step} */
function fuzz() {
  return {
    title: 'fuzz targets',
    command: process.execPath,
    args: ['scripts/fuzz.mjs'],
    advice:
      'the input is below fuzz/artifacts: npm run fuzz -- TARGET runs longer; add it to fuzz/seeds when it is fixed',
  };
}

/** @returns {Promise<Step[]>} */
async function tapSteps() {
  const suites = await readdir(at('__test__'), { withFileTypes: true });
  const separate = ['budgets', 'e2e', 'faults', 'parity', 'packages', 'support', 'systemd', 'vectors', 'vm'];
  const unit = suites
    .filter((entry) => entry.isDirectory() && !separate.includes(entry.name))
    .map((entry) => entry.name);
  return [
    tap('tap: units', await filesOf(unit)),
    ...(await doors()),
    inRounds(tap('managers: C conmon, which proves their tests', await managers(), { CONMON: 'conmon' })),
    ...(await systemd()),
    tap('parity with C conmon', await filesOf(['parity'])),
    alone(tap('single faults, a sample', ['--timeout=900', ...(await filesOf(['faults']))])),
    tap('another kernel', ['--timeout=400', ...(await filesOf(['vm']))]),
    alone(tap('budgets', await filesOf(['budgets']))),
  ].filter((step) => step.args.length > 2);
}

/** What people install: made first, or the files of tests that run at the same time would each make it. */
async function packageSteps() {
  const making = ['pack', 'release'].map((name) => ({
    title: `packages: npm run ${name}`,
    command: process.execPath,
    args: [`scripts/${name}.mjs`, '--as-built'],
  }));
  const again = {
    title: 'packages: the executable is the same when it is built in another folder',
    command: process.execPath,
    args: ['scripts/packaging/rebuild.mjs'],
  };
  return [...making, again, tap('packages', await filesOf(['packages']))];
}

/**
 * The same suite through each of the commands that one can give to a manager. `bin/conmon` only executes the first, so that
 * it is enough to see it pass on what it was given: arguments, environment, descriptors, its place as the caller's child.
 */
async function doors() {
  const all = await filesOf(['e2e']);
  const handedOn = all.filter((path) => /\/(life|descriptors|sync-pipe|podman-run)\.test\.ts$/.test(path));
  return [
    tap('e2e: dist/native/conmon', all, { CONMON: at('dist/native/conmon') }),
    tap('e2e: bin/conmon', handedOn, { CONMON: at('bin/conmon') }),
    tap('e2e: bin/conmon-node', all, { CONMON: at('bin/conmon-node') }),
  ];
}

/** Units that are judged by the monitor's exit status; C conmon once each, which proves the tests. */
async function systemd() {
  const files = ['--timeout=600', ...(await filesOf(['systemd']))];
  return [
    tap('systemd: dist/native/conmon', files, { CONMON: at('dist/native/conmon') }),
    tap('systemd: C conmon', files, { CONMON: 'conmon', CONMON_TEST_CYCLES: '1' }),
  ];
}

/** Tests that Podman and CRI-O would pass with any monitor that is a conmon. */
async function managers() {
  return (await filesOf(['e2e'])).filter((path) => /\/(podman-\w+|crio)\.test\.ts$/.test(path));
}

/**
 * @param {string} title
 * @param {readonly string[]} files
 * @param {Readonly<Record<string, string>>} [env]
 * @returns {Step}
 */
function tap(title, files, env = {}) {
  return { title, command: at('node_modules', '.bin', 'tap'), args: tapArgs(files), env, tally: tallyTap };
}

/** @param {readonly string[]} files */
const tapArgs = (files) => ['--reporter=tap', '--no-color', ...files];

/**
 * For the reference alone, which has faults that show now and then (docs/parity.md, "Where C conmon hurts").
 * @param {Step} step
 * @returns {Step}
 */
function inRounds(step) {
  const reason = 'C conmon 2.1.6 loses the output of one terminal in twenty that ends at once';
  return { ...step, again: { rounds: 3, reason, argsOf: tapArgs } };
}

/**
 * For what is measured: no other test at the same time.
 * @param {Step} step
 * @returns {Step}
 */
function alone(step) {
  return { ...step, args: ['--jobs=1', ...step.args] };
}

/** @param {readonly string[]} suites folders of __test__ */
async function filesOf(suites) {
  const found = [];
  for (const suite of suites) {
    const names = await readdir(at('__test__', suite), { recursive: true }).catch(() => []);
    found.push(...names.filter((name) => /\.test\.(ts|mjs)$/.test(name)).map((name) => `__test__/${suite}/${name}`));
  }
  return found.toSorted();
}
