import { fileURLToPath } from 'node:url';

/** Root directory of the checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
