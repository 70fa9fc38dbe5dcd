/**
 * What a Node program can import: containers under a monitor, their streams and logs, the monitors on this host, and plans without
 * execution. docs/library.md is the guide.
 * @module
 */
export type { LogFormat, Plan } from '../planner/plan.js';
export { AttachError } from './attach.js';
export { attach, Attachment } from './attachment.js';
export type { ConmonOptions } from './conmon-options.js';
export { Container } from './containers/container.js';
export { createContainer, startContainer } from './containers/create.js';
export { type ExecExit, ExecProcess } from './containers/exec-process.js';
export type { ExecOutput } from './containers/exec-output.js';
export type { CreateOptions, ExecOptions, RunOptions } from './containers/options.js';
export { run } from './containers/run.js';
export { BundleError, ContainerError, MonitorError, PlanError, RuntimeError } from './errors.js';
export { LogError, MalformedRecord } from './logs/errors.js';
export { joinLines } from './logs/join-lines.js';
export type { ReadLogOptions } from './logs/options.js';
export { readLog, readLogBatches } from './logs/read-log.js';
export type { LogRecord } from './logs/record.js';
export type { LogSource } from './logs/source.js';
export { dateOf, nanosecondsOf } from './logs/time.js';
export { type ContainerExit, monitor } from './monitor.js';
export { ControlError, reopenLogs, resizeTerminal } from './monitors/control-fifo.js';
export type { Counters, StreamCounters } from './monitors/counter-values.js';
export type { MonitorInfo } from './monitors/info.js';
export { monitors } from './monitors/monitors.js';
export { readCounters } from './monitors/read-counters.js';
export { executable } from './native/executable.js';
export { InstallationError } from './native/installation-error.js';
export { plan, type PlanContext } from './plan.js';
