/**
 * Statistics as metrics, in OpenMetrics or in Prometheus' text format.
 *
 * Exec sessions are counted but have no metrics of their own: probes would create new series every few seconds.
 */
import { type Counters, MONITOR_COUNTERS, STREAM_COUNTERS } from '../../node/monitors/counter-values.js';
import type { MonitorInfo } from '../../node/monitors/info.js';
import {
  exposition,
  type ExpositionFormat,
  type Family,
  type Labels,
  type Sample,
  unitOf,
} from './openmetrics-text.js';
import type { Statistics } from './statistics.js';

const STREAMS = ['stdout', 'stderr'] as const;
const NANOSECONDS_A_SECOND = 1e9;

/** A family of which each container has samples. */
interface Spec {
  readonly metric: string;
  readonly kind: Family['type'];
  readonly help: string;
}

const QUEUES: Spec = {
  metric: 'conmon_attach_queue_bytes',
  kind: 'gauge',
  help: 'Bytes waiting for attach clients.',
};

/** The text in one of the formats. */
export function openMetrics(all: readonly Statistics[], format: ExpositionFormat = 'openmetrics'): string {
  const containers = distinct(all.filter(({ monitor }) => monitor.mode !== 'exec'));
  const families = [...ofMonitors(all, containers), ...ofStreams(containers), ...ofCounters(containers)];
  return exposition(families, format);
}

/**
 * One monitor for each set of labels: readers refuse all samples if two have the same labels. Any process can claim a
 * container, so monitors of the caller or root take precedence; one that names no container is only counted.
 */
function distinct(containers: readonly Statistics[]): readonly Statistics[] {
  const found = new Map<string, Statistics>();
  for (const each of containers) {
    const { monitor } = each;
    const key = JSON.stringify(labelsOf(monitor));
    const other = found.get(key)?.monitor;
    if (monitor.cid !== '' && (other === undefined || (other.isForeign && !monitor.isForeign))) found.set(key, each);
  }
  return [...found.values()];
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
      help: 'Which program the monitor of a container is, and its version.',
      samples: containers.map(({ monitor: m }) => [{ ...labelsOf(m), kind: m.kind, version: m.version ?? '' }, 1]),
    },
    gauge('conmon_monitor_start_time_seconds', 'Start time of the monitor, in seconds since 1970.', (m) =>
      Math.round(m.startedAt.getTime() / 1000),
    ),
    gauge(
      'conmon_monitor_pss_bytes',
      'Memory of the monitor, shared pages divided by the processes that share them.',
      (m) => m.memory?.pss,
    ),
    gauge('conmon_monitor_private_bytes', 'Memory of the monitor that no file backs.', (m) => m.memory?.anonymous),
    gauge('conmon_attach_clients', 'Connected attach clients.', (m) => m.clients),
    gauge('conmon_container_running', 'Whether the container has a first process.', (m) =>
      m.state === undefined ? undefined : Number(m.containerPid !== undefined && m.state !== 'ended'),
    ),
  ];
}

function ofStreams(containers: readonly Statistics[]): readonly Family[] {
  return STREAM_COUNTERS.map(({ name, metric, kind, help }) =>
    family({ metric, kind, help }, containers, ({ monitor, counters }) =>
      STREAMS.flatMap((stream) => sample({ ...labelsOf(monitor), stream }, counters?.[stream][name])),
    ),
  );
}

function ofCounters(containers: readonly Statistics[]): readonly Family[] {
  const of = (spec: Spec, value: (counters: Counters) => number): Family =>
    family(spec, containers, ({ monitor, counters }) =>
      sample(labelsOf(monitor), counters === null ? undefined : value(counters)),
    );
  const listed = MONITOR_COUNTERS.flatMap((spec) =>
    'metric' in spec ? [of(spec, (counters) => counters[spec.name] / divisorOf(spec))] : [],
  );
  return [...listed, of(QUEUES, ({ clientQueues }) => sum(clientQueues))];
}

function family(
  { metric: name, kind: type, help }: Spec,
  containers: readonly Statistics[],
  samples: (statistics: Statistics) => readonly Sample[],
): Family {
  return { name, type, help, ...unitOf(name), samples: containers.flatMap(samples) };
}

/** Counters of time are in nanoseconds, their metrics in seconds. */
function divisorOf({ name, metric }: { readonly name: string; readonly metric: string }): number {
  return name.endsWith('Nanoseconds') && metric.endsWith('_seconds') ? NANOSECONDS_A_SECOND : 1;
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
