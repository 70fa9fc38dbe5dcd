/**
 * What a start costs, counted, because counts hardly depend on the machine: the system calls of the monitor until it has answered the
 * manager, those of the runtime not included, and the page faults of the launcher's program.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { REFUSED } from '../command-line.mjs';
import { inWorld } from '../world.mjs';

/** @import { Tools } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */

const ROUNDS = 5;

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function counts(tools) {
  tools.progress('counts of a start');
  /** @type {(words: readonly string[], status: number) => Record<string, number[]>} */
  const faults = (words, status) => ofEach(tools, (path) => pageFaults(tools, path, words, status));
  const rows = [
    row('--version: page faults', faults(['--version'], 0)),
    row(`planner alone, ${REFUSED.length} words refused: page faults`, faults(REFUSED, 1)),
  ];
  const calls = await systemCalls(tools);
  return calls === undefined ? rows : [row('start → pid, create: system calls', calls), ...rows];
}

/**
 * @param {Tools} tools
 * @param {(path: string) => number} count
 * @returns {Record<string, number[]>}
 */
function ofEach(tools, count) {
  const rounds = Array.from({ length: ROUNDS });
  return Object.fromEntries(
    Object.entries(tools.monitors).map(([name, path]) => [name, rounds.map(() => count(path))]),
  );
}

/**
 * @param {Tools} tools
 * @param {string} path of the monitor
 * @param {readonly string[]} words
 * @param {number} status
 */
function pageFaults(tools, path, words, status) {
  return Number(execFileSync(tools.harness, ['faults', String(status), path, ...words], { encoding: 'utf8' }));
}

/**
 * @param {Tools} tools
 * @returns {Promise<Record<string, number[]> | undefined>} undefined without strace(1)
 */
async function systemCalls(tools) {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return inWorld(tools, async (world) => {
    /** @type {Record<string, number[]>} */
    const found = {};
    for (const name of Object.keys(tools.monitors)) {
      const trace = `${world.dir}/${name}.trace`;
      const prefix = ['strace', '-D', '-f', '-qq', '-e', 'signal=none', '-o', trace];
      await world.end(await world.create(name, `counted-${name}`, ['/bin/sleep', '3600'], { prefix }));
      found[name] = [callsUntilAnswer(readFileSync(trace, 'latin1'))];
    }
    return found;
  });
}

/**
 * The calls in a trace until a process writes the container's pid, without those of processes that have executed another program.
 * @param {string} trace
 */
function callsUntilAnswer(trace) {
  const first = trace.split(' ', 1)[0];
  const others = new Set();
  let count = 0;
  for (const line of trace.split('\n')) {
    const [, pid = '', call = '', rest = ''] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
    if (call === '' || others.has(pid)) continue;
    count += 1;
    if (/^(write|sendto|sendmsg|writev)$/.test(call) && rest.includes(String.raw`{\"data\":`)) return count;
    if (call === 'execve' && pid !== first) others.add(pid);
  }
  throw new Error('the trace has no answer');
}

/**
 * @param {string} name
 * @param {Record<string, number[]>} values
 * @returns {Measured}
 */
function row(name, values) {
  return { name, unit: '', better: 'less', kind: 'exact', values };
}
