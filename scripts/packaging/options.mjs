/**
 * The options of `npm run pack` and `npm run release`.
 * @module
 */
import { parseArgs } from 'node:util';
import { Problem } from '../problem.mjs';

/** @import { Options } from './produce.mjs' */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Options}
 */
export function optionsOf(command, args) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { target: { type: 'string' }, output: { type: 'string' }, 'as-built': { type: 'boolean' } },
    });
    return { target: values.target, output: values.output, asBuilt: values['as-built'] === true };
  } catch (error) {
    throw new Problem(
      `npm run ${command}: ${error instanceof Error ? error.message : error}\n\n` +
        `  npm run ${command} -- [--target TARGET] [--output FOLDER] [--as-built]\n\n` +
        '  --target TARGET   for another platform, named as the compiler names it\n' +
        '  --output FOLDER   into another folder, replaced if it is there\n' +
        '  --as-built        with the executable as it is, even if its version names an older commit',
    );
  }
}
