/**
 * What a Node program can import: containers under a monitor, their streams and logs, the monitors on this host, and plans without
 * execution. docs/library.md is the guide.
 * @module
 */
export type { Plan, PlanResult, Refusal } from '../planner/plan.js';
export { AttachError } from './attach.js';
export { attach, Attachment, type AttachTarget } from './attachment.js';
export type { ConmonOptions } from './conmon-options.js';
export { Container } from './containers/container.js';
export { createContainer, startContainer } from './containers/create.js';
export { type ExecExit, ExecProcess } from './containers/exec-process.js';
export type { CreateOptions, ExecOptions } from './containers/options.js';
export { MonitorError, PlanError, RuntimeError, RuntimeNotFound } from './errors.js';
export { LogError, MalformedRecord } from './logs/errors.js';
export type { JournalSource } from './logs/journal.js';
export { joinLines } from './logs/join-lines.js';
export { type LogFileSource, type LogSource, readLog, readLogBatches, type ReadLogOptions } from './logs/read-log.js';
export type { LogFormat, LogRecord } from './logs/record.js';
export type { LogFilter } from './logs/selection.js';
export { dateOf, nanosecondsOf } from './logs/time.js';
export { type ContainerExit, monitor } from './monitor.js';
export { ControlError, reopenLogs, resizeTerminal } from './monitors/control-fifo.js';
export type { Counters, CountersResult, StreamCounters } from './monitors/counters.js';
export type { MonitorInfo, MonitorLog, MonitorMemory } from './monitors/info.js';
export { monitors } from './monitors/monitors.js';
export { readCounters } from './monitors/read-counters.js';
export { AddonNotLoaded } from './native/load-addon.js';
export { executable, ExecutableNotFound } from './native/executable.js';
export { plan, type PlanContext } from './plan.js';
