/**
 * What a Node program can import: containers under a monitor, their streams and logs, the monitors on this host, and plans that
 * are only made. docs/library.md is the guide.
 * @module
 */
export type {
  AttachLink,
  AttachPipePlan,
  AttachPlan,
  Bytes,
  Compression,
  Confinement,
  ControlPlan,
  Diagnostics,
  ExitCommandPlan,
  ExitPlan,
  FileLog,
  JournaldLog,
  Launch,
  ListenPid,
  LogDriver,
  LogLevel,
  LogsPlan,
  Mode,
  NotifyPlan,
  Plan,
  PlanResult,
  Refusal,
  Reply,
  Restrictions,
  Rotation,
  RuntimeCall,
  StdioPlan,
  SyncPipePlan,
  Template,
  Text,
  Writable,
} from '../planner/plan.js';
export type { Host } from '../planner/host.js';
export { AttachError } from './attach.js';
export { attach, Attachment, type AttachOptions, type AttachTarget } from './attachment.js';
export type { ConmonOptions } from './conmon-options.js';
export { Container } from './containers/container.js';
export { createContainer, startContainer } from './containers/create.js';
export { type ExecExit, ExecProcess } from './containers/exec-process.js';
export type { CreateOptions, ExecOptions } from './containers/options.js';
export { ControlError, reopenLogs, resizeTerminal } from './monitors/control-fifo.js';
export type { Counters, CountersAnswer, StreamCounters } from './monitors/counters.js';
export { MonitorError, PlanError, RuntimeError, RuntimeNotFound } from './errors.js';
export { executable, ExecutableNotFound } from './native/executable.js';
export { AddonNotLoaded } from './native/load-addon.js';
export { LogError, MalformedRecord } from './logs/errors.js';
export type { JournalSource } from './logs/journal.js';
export { joinLines } from './logs/join-lines.js';
export { type LogFileSource, type LogSource, readLog, readLogBatches, type ReadLogOptions } from './logs/read-log.js';
export type { LogFormat, LogRecord, LogStream } from './logs/record.js';
export type { Wanted } from './logs/selection.js';
export { dateOf, nanosecondsOf, type Time } from './logs/time.js';
export { type ContainerExit, monitor } from './monitor.js';
export type { MonitorInfo, MonitorLog, MonitorMemory, MonitorState } from './monitors/info.js';
export { monitors } from './monitors/monitors.js';
export { plan, type Surroundings } from './plan.js';
export { readCounters } from './monitors/read-counters.js';
