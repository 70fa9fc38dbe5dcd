/**
 * The program conmonctl.
 */
import { main } from './cli.js';
import { OUTPUT } from './output-guard.js';

OUTPUT.watch(process);
process.exitCode = await main(process.argv.slice(2));
