/**
 * The library's side of the counter table: its types, and the order of the page.
 */
import { COUNTERS, type CounterSpec, PAGE } from './counter-table.js';

/** `ts/node/monitors/counter-values.ts`. */
export function countersInTypeScript(): string {
  const { stream, monitor } = COUNTERS;
  return `/** What a monitor counts. Generated from \`counters.json\` in \`crates/core\` by \`npm run manuals\`. */

/** The counters of one output stream of the container. Bytes and lines are those of its output, without framing. */
export interface StreamCounters {
${fields(stream)}
}

/** What a monitor has counted since it started. */
export interface Counters {
  /** The container's stdout. */
  readonly stdout: StreamCounters;
  /** The container's stderr. */
  readonly stderr: StreamCounters;
${fields(monitor.filter(({ internal }) => internal !== true))}
  /** Attach clients that are connected. */
  readonly clients: number;
  /** Bytes waiting for each of them; for the first 383 clients. */
  readonly clientQueues: readonly number[];
  /** Whether the container is blocked. */
  readonly underPressure: boolean;
}

/** The page: its first word, the version of its layout, and where each part of it begins, in words. */
export const LAYOUT = ${JSON.stringify(PAGE)} as const;

/** The counters of a stream, in the order of the page. */
export const STREAM_COUNTERS = ${list(stream)} as const;

/** The counters of a monitor, in the order of the page; they follow those of both streams. */
export const MONITOR_COUNTERS = ${list(monitor)} as const;
`;
}

function fields(specs: readonly CounterSpec[]): string {
  return specs.map((spec) => `  /** ${documented(spec)} */\n  readonly ${spec.name}: number;`).join('\n');
}

function documented({ help, unit }: CounterSpec): string {
  return unit === 'nanoseconds' ? `${help} In nanoseconds.` : help;
}

function list(specs: readonly CounterSpec[]): string {
  return `[${specs.map(({ name, kind, metric, help }) => JSON.stringify({ name, kind, metric, help })).join(',')}]`;
}
