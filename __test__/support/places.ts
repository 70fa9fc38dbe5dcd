/** Where things are that tests need and that are built, whatever the monitor under test. */
import { fileURLToPath } from 'node:url';

/** Root directory of the checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The runtime of this project; tests of a misbehaving runtime use it. */
export const MINIRUNTIME = process.env['MINIRUNTIME'] ?? `${ROOT}dist/native/miniruntime`;
