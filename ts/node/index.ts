/** What a Node program can import: the planner, a monitor inside the process, and a client of the attach socket. */
export { plan } from '../planner/main.js';
export type { Plan, PlanResult, Refusal } from '../planner/plan.js';
export { AttachConnection, AttachError, type AttachHandlers, connectAttach } from './attach.js';
export type { Counters, CountersAnswer, StreamCounters } from './counters.js';
export { executable, ExecutableNotFound } from './executable.js';
export { AddonNotLoaded } from './load-addon.js';
export { type Ended, monitor, MonitorError } from './monitor.js';
export { readCounters } from './read-counters.js';
export { system } from './system.js';
