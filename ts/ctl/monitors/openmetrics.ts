/**
 * Statistics as OpenMetrics.
 *
 * Further processes (`exec`) are counted but have no metrics of their own: probes would make new ones every few seconds.
 */
import type { Counters, StreamCounters } from '../../node/monitors/counters.js';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { exposition, type Family, type Labels, type Sample, unitOf } from './openmetrics-text.js';
import type { Statistics } from './statistics.js';

const STREAMS = ['stdout', 'stderr'] as const;
const NANOSECONDS_A_SECOND = 1e9;

/** Ends in `# EOF` and a newline. */
export function openMetrics(all: readonly Statistics[]): string {
  const containers = all.filter(({ monitor }) => monitor.mode !== 'exec');
  const families = [...ofMonitors(all, containers), ...ofStreams(containers), ...ofCounters(containers)];
  return exposition(families);
}

function ofMonitors(all: readonly Statistics[], containers: readonly Statistics[]): readonly Family[] {
  const gauge = (name: string, help: string, value: (monitor: MonitorInfo) => number | undefined): Family => ({
    ...{ name, help, type: 'gauge' },
    ...unitOf(name),
    samples: containers.flatMap(({ monitor }) => sample(labelsOf(monitor), value(monitor))),
  });
  return [
    { name: 'conmon_monitors', type: 'gauge', help: 'Monitors by kind and what they monitor.', samples: census(all) },
    {
      name: 'conmon_monitor_info',
      type: 'gauge',
      help: 'Whose program the monitor of a container is, and its version.',
      samples: containers.map(({ monitor: m }) => [{ ...labelsOf(m), kind: m.kind, version: m.version ?? '' }, 1]),
    },
    gauge('conmon_monitor_start_time_seconds', 'When the monitor was started, since 1970.', (m) =>
      Math.round(m.startedAt.getTime() / 1000),
    ),
    gauge('conmon_monitor_pss_bytes', 'Memory of the monitor, its share of what it shares.', (m) => m.memory?.pss),
    gauge('conmon_monitor_private_bytes', 'Memory of the monitor that no file backs.', (m) => m.memory?.anonymous),
    gauge('conmon_attach_clients', 'Attach clients now.', (m) => m.clients),
    gauge('conmon_container_running', 'Whether the container has a first process.', (m) =>
      Number(m.state === 'running'),
    ),
  ];
}

function ofStreams(containers: readonly Statistics[]): readonly Family[] {
  const family = (name: string, help: string, field: keyof StreamCounters): Family => ({
    ...{ name, help, type: 'counter' },
    ...unitOf(name),
    samples: containers.flatMap(({ monitor, counters }) =>
      STREAMS.flatMap((stream) => sample({ ...labelsOf(monitor), stream }, counters?.[stream][field])),
    ),
  });
  return [
    family('conmon_output_bytes', 'Bytes that the container wrote.', 'bytes'),
    family('conmon_output_lines', 'Lines that the container wrote; 0 without a log.', 'lines'),
    family('conmon_logged_bytes', 'Bytes of its output in logs.', 'loggedBytes'),
    family('conmon_logged_lines', 'Lines of its output in logs.', 'loggedLines'),
    family('conmon_lost_bytes', 'Bytes that an error kept out of a log.', 'lostBytes'),
    family('conmon_lost_lines', 'Lines that an error kept out of a log.', 'lostLines'),
    family('conmon_withheld_bytes', 'Bytes that the limit for all logs kept out.', 'withheldBytes'),
    family('conmon_withheld_lines', 'Lines that the limit for all logs kept out.', 'withheldLines'),
    family('conmon_attached_bytes', 'Bytes handed to attach clients, for each of them.', 'attachedBytes'),
  ];
}

function ofCounters(containers: readonly Statistics[]): readonly Family[] {
  const of = (type: Family['type'], name: string, help: string, value: (counters: Counters) => number): Family => ({
    ...{ name, help, type },
    ...unitOf(name),
    samples: containers.flatMap(({ monitor, counters }) =>
      sample(labelsOf(monitor), counters === null ? undefined : value(counters)),
    ),
  });
  return [
    of('counter', 'conmon_input_bytes', 'Bytes of clients that the container has taken.', (c) => c.stdinBytes),
    of('counter', 'conmon_log_file_bytes', 'Bytes written to log files.', (c) => c.logFileBytes),
    of('counter', 'conmon_log_rotations', 'Log files begun anew because one was full.', (c) => c.rotations),
    of('counter', 'conmon_log_rotation_failures', 'Rotations that failed.', (c) => c.rotationFailures),
    of('counter', 'conmon_log_reopens', 'Log files opened again.', (c) => c.reopens),
    of('counter', 'conmon_log_reopen_failures', 'Log files that could not be opened again.', (c) => c.reopenFailures),
    of(
      'gauge',
      'conmon_journal_queue_bytes',
      'Bytes that wait for a log: for journald, or for the reader of a FIFO.',
      (c) => c.journalQueue,
    ),
    of('counter', 'conmon_attach_accepted', 'Attach clients that were let in.', (c) => c.clientsAccepted),
    of(
      'counter',
      'conmon_attach_stalled',
      'Attach clients dropped because they read nothing.',
      (c) => c.clientsStalled,
    ),
    of('gauge', 'conmon_attach_queue_bytes', 'Bytes that wait for attach clients.', (c) => sum(c.clientQueues)),
    of('counter', 'conmon_oom', 'Times that memory ran out.', (c) => c.ooms),
    of('counter', 'conmon_pressure', 'Times that the container had to wait for a reader.', (c) => c.pressureTimes),
    of(
      'counter',
      'conmon_pressure_seconds',
      'Time that it had to wait.',
      (c) => c.pressureNanoseconds / NANOSECONDS_A_SECOND,
    ),
  ];
}

function census(all: readonly Statistics[]): readonly Sample[] {
  const counts = new Map<string, Sample>();
  for (const { monitor } of all) {
    const { kind, mode } = monitor;
    const key = `${kind} ${mode}`;
    counts.set(key, [{ kind, mode }, (counts.get(key)?.[1] ?? 0) + 1]);
  }
  return [...counts.values()];
}

function labelsOf({ cid, name }: MonitorInfo): Labels {
  return { container: cid, name: name ?? '' };
}

function sample(labels: Labels, value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [[labels, value]];
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}
