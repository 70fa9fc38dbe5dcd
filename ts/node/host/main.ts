/**
 * `conmon-node`: the planner in Node, then the native executable in its place. The same command line, descriptors and
 * environment as `conmon`, without the engine that is embedded there.
 */
import { plan } from '../../planner/main.js';
import { decode, encode } from '../bytes.js';
import { variable } from './environment.js';
import { lastResort } from './last-resort.js';
import { rawArguments } from './raw-process.js';
import { refuse } from './refuse.js';
import { system } from './system.js';
import { replaceProcess } from './replace-process.js';
import { writeAll } from './write-all.js';

const STDOUT = 1;

/** Runs the program; returns the exit status. */
function main(): number {
  try {
    // Node and the script come before the script's own arguments.
    const argv = rawArguments(process.argv.length - 2);
    const result = plan(argv.map(decode), variable, system);
    if ('plan' in result) replaceProcess(result.plan, argv);
    if ('refusal' in result) return refuse(result.refusal);
    writeAll(STDOUT, encode(result.text.stdout));
    return result.text.status;
  } catch (error) {
    return refuse(lastResort(error, variable));
  }
}

process.exitCode = main();
