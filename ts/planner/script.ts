/**
 * The planner as a script, for the engine in the executable: a module would need promises, which cost more than the planning
 * of an option.
 */
import { plan } from './main.js';

// oxlint-disable-next-line no-restricted-globals -- a script exports nothing; the executable finds the function under this name
Object.assign(globalThis, { plan });
