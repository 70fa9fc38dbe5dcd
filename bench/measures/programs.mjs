/**
 * The programs themselves: `--version`, the planner alone in each host, size.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { realpathSync, statSync } from 'node:fs';
import { at } from '../../scripts/project.mjs';

/** @import { Tools } from '../world.mjs' */
/** @import { Measured } from '../measured.mjs' */

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function programs(tools) {
  tools.progress('programs');
  const rounds = tools.quick ? 20 : 300;
  const version = Object.fromEntries(Object.entries(tools.monitors).map(([name, path]) => [name, [path, '--version']]));
  const size = Object.entries(tools.monitors).map(([name, path]) => [name, [statSync(realpathSync(path)).size / 1024]]);
  const node = { ours: [at('bin', 'conmon-node'), '--version'], c: [process.execPath, '-e', '0'] };
  return [
    { name: '--version', unit: 'ms', better: 'less', values: times(version, rounds) },
    {
      name: 'conmon-node --version, against a bare node -e 0',
      unit: 'ms',
      better: 'less',
      values: times(node, tools.quick ? 3 : 20),
    },
    { name: 'planner inside Node, 80 arguments', unit: 'ms', better: 'less', values: await planner(rounds) },
    { name: 'size of the executable', unit: 'kB', better: 'less', values: Object.fromEntries(size) },
  ];
}

/**
 * Whole processes, in turn.
 * @param {Readonly<Record<string, readonly string[]>>} commands
 * @param {number} rounds
 */
function times(commands, rounds) {
  /** @type {Record<string, number[]>} */
  const found = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, [program = '', ...args]] of Object.entries(commands)) {
      const begun = performance.now();
      execFileSync(program, args, { stdio: 'ignore' });
      (found[name] ??= []).push(performance.now() - begun);
    }
  }
  return found;
}

/** @param {number} rounds */
async function planner(rounds) {
  const { answer } = await import(at('dist', 'planner.js'));
  const word = ['--exit-command-arg', '--root'];
  const args = ['--api-version', '1', '-c', 'c'.repeat(64), '-u', 'u', '-r', '/bin/true', '-l', 'k8s-file:/tmp/log'];
  while (args.length < 80) args.push(...word);
  const host = { cwd: () => '/', isExecutable: () => true, whyNotExecutable: () => '' };
  const values = [];
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    answer(args, () => undefined, host);
    values.push(performance.now() - begun);
  }
  return { ours: values };
}
