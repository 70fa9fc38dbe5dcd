/**
 * Runs steps one after the other and says what became of them.
 * @module
 */
import { packagesFor } from './packages.mjs';
import { ROOT } from './project.mjs';
import { passInRounds } from './rounds.mjs';
import { run } from './run.mjs';
import { addTally, emptyTally, lastLine } from './tally.mjs';

/** @import { Step } from './steps.mjs' */
/** @import { Failure, Skip, Tally } from './tally.mjs' */
/** @import { Ended } from './run.mjs' */

const MOST_LINES = 60;

/**
 * @param {readonly Step[]} steps
 * @param {boolean} strict a missing tool is a failure, not a reason to skip
 * @returns {Promise<Tally>}
 */
export async function runSteps(steps, strict) {
  const total = emptyTally();
  for (const step of steps) {
    console.log(`\n── ${step.title}`);
    const ended = await start(step, step.args);
    const tally = tallyOf(step, ended);
    await tryAgain(step, tally);
    if (strict) refuseMissingTools(tally);
    console.log(`   ${ended.seconds.toFixed(1)} s: ${lastLine(tally)}`);
    for (const failure of tally.failures) printFailure(failure);
    if (tally.failures.length > 0 && step.tally !== undefined) printTail('stderr', ended.stderr);
    addTally(total, prefixed(step.title, tally));
  }
  return total;
}

/**
 * @param {Step} step
 * @param {readonly string[]} args
 */
function start(step, args) {
  return run(step.command, args, { cwd: ROOT, env: { ...process.env, ...step.env } });
}

/**
 * @param {Step} step
 * @param {Tally} tally
 */
async function tryAgain(step, tally) {
  const { again } = step;
  if (again === undefined || tally.failures.length === 0) return;
  for (const failure of tally.failures) printFailure(failure);
  console.log(`   Tried again: ${again.reason}`);
  await passInRounds(tally, again.rounds, async (files) => {
    const { stdout } = await start(step, again.argsOf(files));
    return step.tally?.(stdout) ?? emptyTally();
  });
}

/** @param {Tally} tally */
export function printSummary(tally) {
  for (const [reason, names] of byReason(tally.skips)) {
    console.log(`\nSkipped: ${reason}`);
    for (const name of names) console.log(`  ${name}`);
  }
  if (tally.late.length > 0) console.log('\nPassed, but not at the first try:');
  for (const name of tally.late) console.log(`  ${name}`);
  if (tally.failures.length > 0) console.log('\nFailed:');
  for (const { name } of tally.failures) console.log(`  ${name}`);
  console.log(`\n${lastLine(tally)}`);
}

/**
 * @param {readonly Skip[]} skips
 * @returns {Map<string, string[]>} names by the reason they share
 */
function byReason(skips) {
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const { name, reason } of skips) groups.set(reason, [...(groups.get(reason) ?? []), name]);
  return groups;
}

/**
 * @param {Step} step
 * @param {Ended} ended
 * @returns {Tally}
 */
function tallyOf(step, ended) {
  const tally = step.tally?.(ended.stdout) ?? emptyTally();
  const failed = ended.status !== 0;
  // A tool that fails without naming a test did not get as far (it does not compile, it crashed).
  if (failed && tally.failures.length === 0) {
    const output = step.tally === undefined ? ended.stdout + ended.stderr : ended.stdout;
    const advice = step.advice === undefined ? '' : `\n${step.advice}`;
    tally.failures.push({ name: `${step.title} (status ${ended.status})`, detail: output + advice });
  } else if (step.tally === undefined) {
    tally.passed += 1;
  } else if (tally.passed + tally.failures.length + tally.skips.length === 0) {
    tally.failures.push({ name: step.title, detail: 'no test was run at all' });
  }
  return tally;
}

/** @param {Tally} tally */
function refuseMissingTools(tally) {
  const isTool = (/** @type {Skip} */ skip) => packagesFor(skip.reason).length > 0;
  for (const { name, reason } of tally.skips.filter(isTool)) {
    tally.failures.push({ name, detail: `skipped, which CI=true does not allow: ${reason}` });
  }
  tally.skips = tally.skips.filter((skip) => !isTool(skip));
}

/** @param {Failure} failure */
function printFailure({ name, detail }) {
  console.log(`   ✗ ${name}`);
  printTail('', detail);
}

/**
 * @param {string} title
 * @param {string} text
 */
function printTail(title, text) {
  const lines = text.trimEnd().split('\n');
  if (lines.length === 1 && lines[0] === '') return;
  if (title !== '') console.log(`   ${title}:`);
  const left = lines.length - MOST_LINES;
  if (left > 0) console.log(`     … ${left} lines before`);
  for (const line of lines.slice(-MOST_LINES)) console.log(`     ${line}`);
}

/**
 * @param {string} title
 * @param {Tally} tally
 * @returns {Tally}
 */
function prefixed(title, { passed, failures, skips, late }) {
  return {
    passed,
    failures: failures.map((failure) => ({ ...failure, name: `${title}: ${failure.name}` })),
    skips: skips.map((skip) => ({ ...skip, name: `${title}: ${skip.name}` })),
    late: late.map((name) => `${title}: ${name}`),
  };
}
