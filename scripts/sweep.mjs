/**
 * `npm run sweep`: every system call of a monitor fails once, in every scenario; prints which rules broke, and the sum. It takes
 * about twenty minutes. The arguments are those of `crates/faults`: `--scenario NAME`, `--only TEXT`, `--every N`, `--workers N`.
 * `CONMON` names another monitor.
 * @module
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { cargo } from './build-rust.mjs';
import { at, isMain, Problem, runMain } from './project.mjs';

/**
 * @typedef {object} Run a run that broke a rule
 * @property {string} scenario
 * @property {string | null} fault null: nothing failed
 * @property {readonly { rule: string, detail: string }[]} broken
 * @property {readonly { rule: string, detail: string }[]} [once] what was broken at the first try and not at the second
 *
 * @typedef {object} Summary what is read of it, all of which is printed
 * @property {number} faults
 * @property {number} reached how many of them happened
 * @property {number} broken_runs
 * @property {readonly string[]} unknown_calls that no table mentions
 */

/** Builds the injector; link-time optimisation would take long and buy nothing here. @returns {Promise<string>} its path */
export async function buildInjector() {
  const made = await cargo('build', ['--release', '--package', 'faults', '--config', 'profile.release.lto="off"']);
  return made.find(({ executable }) => executable !== null)?.executable ?? '';
}

/** Why it cannot work here. @returns {string | undefined} */
export function obstacle() {
  if (process.arch !== 'x64') return 'the injector knows the registers of x86-64 only';
  if (process.getuid?.() !== 0) return 'must be run by root';
  return undefined;
}

/**
 * @param {string} injector
 * @param {readonly string[]} options
 * @param {(run: Run) => void} report is given each run that broke a rule
 * @returns {Promise<Summary>}
 */
export async function sweep(injector, options, report) {
  const monitor = process.env.CONMON ?? at('dist', 'native', 'conmon');
  const programs = ['--monitor', monitor, '--runtime', at('dist', 'native', 'miniruntime')];
  const child = spawn(injector, ['sweep', ...programs, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  /** @type {Summary | undefined} */
  let summary;
  for await (const line of createInterface({ input: child.stdout })) {
    const object = JSON.parse(line);
    if ('broken_runs' in object) summary = object;
    else report(object);
  }
  if (summary === undefined) throw new Problem('the injector failed');
  return summary;
}

/** @param {Run} run */
export function lineOf({ scenario, fault, broken, once = [] }) {
  const rules = [...broken, ...once].map(({ rule, detail }) => `${rule} (${detail})`).join('; ');
  const note = broken.length === 0 ? ', not when it was repeated' : '';
  return `${scenario} ${fault ?? 'without a fault'}: ${rules}${note}`;
}

async function main() {
  const why = obstacle();
  if (why !== undefined) throw new Problem(why);
  const injector = await buildInjector();
  const summary = await sweep(injector, process.argv.slice(2), (run) => console.log(lineOf(run)));
  console.log(JSON.stringify(summary, undefined, 2));
  return summary.broken_runs === 0 && summary.unknown_calls.length === 0 ? 0 : 1;
}

if (isMain(import.meta.url)) await runMain(main);
