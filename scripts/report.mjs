/**
 * Runs steps one after the other and prints their results.
 * @module
 */
import { run } from './project.mjs';
import { TAP, TAP_FORMAT } from './steps.mjs';
import { emptyTally, lastLine } from './tally.mjs';

/** @import { Step } from './steps.mjs' */
/** @import { Note, Tally } from './tally.mjs' */

const MOST_LINES = 60;
/** What a step measured besides its tests: a comment of TAP. */
const MEASURED = /^# coverage of .*$/gm;

/** @param {readonly Step[]} steps @returns {Promise<Tally>} */
export async function runSteps(steps) {
  const total = emptyTally();
  for (const step of steps) {
    console.log(`\n── ${step.title}`);
    const begun = performance.now();
    const ended = await start(step, step.command, step.args);
    const tally = tallyOf(step, ended);
    if (step.again !== undefined && tally.failures.length > 0) {
      printFailures(tally);
      console.log(`   Tried again: ${step.again.reason}`);
      await passInRounds(tally, step.again.rounds, async (files) => {
        const options = step.args.filter((word) => /^--(jobs|timeout)=/.test(word));
        const { stdout } = await start(step, TAP, [...TAP_FORMAT, ...options, ...files]);
        return step.tally?.(stdout) ?? emptyTally();
      });
    }
    console.log(`   ${((performance.now() - begun) / 1000).toFixed(1)} s: ${lastLine(tally)}`);
    for (const [line] of ended.stdout.matchAll(MEASURED)) console.log(`   ${line}`);
    printFailures(tally);
    if (tally.failures.length > 0 && step.tally !== undefined) printTail(ended.stderr);
    total.passed += tally.passed;
    for (const kind of /** @type {const} */ (['failures', 'skips', 'late'])) {
      total[kind].push(...tally[kind].map(({ name, text }) => ({ name: `${step.title}: ${name}`, text })));
    }
  }
  return total;
}

/** @param {Tally} tally */
export function printSummary(tally) {
  const print = (/** @type {string} */ title, /** @type {readonly string[]} */ lines) => {
    if (lines.length > 0) console.log([`\n${title}`, ...lines].join('\n  '));
  };
  const names = (/** @type {readonly Note[]} */ notes) => notes.map(({ name }) => name);
  const reasons = (/** @type {readonly Note[]} */ notes) =>
    notes.map(({ name, text }) => `${name}: ${text.trimStart().split('\n', 1)[0]}`);
  for (const reason of new Set(tally.skips.map(({ text }) => text))) {
    const skips = tally.skips.filter(({ text }) => text === reason);
    print(`Skipped: ${reason}`, names(skips));
  }
  print('Passed, but not at the first try:', reasons(tally.late));
  print('Failed:', reasons(tally.failures));
  console.log(`\n${lastLine(tally)}`);
}

/**
 * Runs the files of failed tests again until each has passed as a whole, or the rounds are used up.
 *
 * For C conmon, which fails intermittently, and in CI. What passed late is reported: with our own monitor, a test that fails once has
 * found a bug, of the monitor or of the test.
 * @param {Tally} tally of the first round, changed in place
 * @param {number} rounds the first one included
 * @param {(files: readonly string[]) => Promise<Tally>} runFiles runs these files alone
 */
export async function passInRounds(tally, rounds, runFiles) {
  const fileOf = (/** @type {Note} */ { name }) => name.split(' > ', 1)[0] ?? name;
  for (let round = 2; round <= rounds && tally.failures.length > 0; round += 1) {
    const again = await runFiles([...new Set(tally.failures.map(fileOf))]);
    if (again.passed === 0) return;
    const failing = new Set(again.failures.map(fileOf));
    const late = tally.failures.filter((failure) => !failing.has(fileOf(failure)));
    tally.late.push(...late);
    tally.passed += late.length;
    tally.failures = again.failures;
  }
}

/** @param {Step} step @param {string} command @param {readonly string[]} args */
const start = ({ env }, command, args) => run(command, args, { env: { ...process.env, ...env } });

/** @param {Step} step @param {{ status: number, stdout: string, stderr: string }} ended @returns {Tally} */
function tallyOf({ title, advice = '', tally: tallyText }, { status, stdout, stderr }) {
  const tally = tallyText?.(stdout) ?? { ...emptyTally(), passed: status === 0 ? 1 : 0 };
  const { passed, failures, skips } = tally;
  if (status !== 0 && failures.length === 0) {
    // The tool failed before it could name a test: something does not compile, or the tool crashed.
    const output = tallyText === undefined ? stdout + stderr : stdout;
    failures.push({ name: `${title} (status ${status})`, text: `${output}\n${advice}` });
  } else if (passed + failures.length + skips.length === 0) {
    failures.push({ name: title, text: 'no test was run at all' });
  }
  return tally;
}

/** @param {Tally} tally */
function printFailures({ failures }) {
  for (const { name, text } of failures) {
    console.log(`   ✗ ${name}`);
    printTail(text);
  }
}

/** @param {string} text */
function printTail(text) {
  const lines = text.trimEnd().split('\n');
  const left = lines.length - MOST_LINES;
  if (left > 0) console.log(`     … ${left} lines before`);
  if (lines.join('') !== '') for (const line of lines.slice(-MOST_LINES)) console.log(`     ${line}`);
}
