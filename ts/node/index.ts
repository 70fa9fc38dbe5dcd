/** What a Node program can import: the planner, a monitor inside the process, logs, and a client of the attach socket. */
export { plan } from '../planner/main.js';
export type { Plan, PlanResult, Refusal } from '../planner/plan.js';
export { AttachConnection, AttachError, type AttachHandlers, connectAttach } from './attach.js';
export type { Counters, CountersAnswer, StreamCounters } from './counters.js';
export { executable, ExecutableNotFound } from './executable.js';
export { AddonNotLoaded } from './load-addon.js';
export { LogError, MalformedRecord } from './logs/errors.js';
export type { JournalSource } from './logs/journal.js';
export { joinLines } from './logs/join-lines.js';
export { type LogFileSource, type LogSource, readLog, readLogBatches, type ReadLogOptions } from './logs/read-log.js';
export type { LogFormat, LogRecord, LogStream } from './logs/record.js';
export type { Wanted } from './logs/selection.js';
export { dateOf, nanosecondsOf, type Time } from './logs/time.js';
export { type Ended, monitor, MonitorError } from './monitor.js';
export type { MonitorInfo, MonitorLog, MonitorMemory, MonitorState } from './monitors/info.js';
export { monitors } from './monitors/monitors.js';
export { readCounters } from './read-counters.js';
export { system } from './system.js';
