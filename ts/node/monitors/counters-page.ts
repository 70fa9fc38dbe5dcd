/**
 * The page of memory that holds a monitor's counters. docs/architecture.md describes its layout, and
 * `crates/core/src/diagnostics/counters` writes it.
 */
import { type Counters, LAYOUT, MONITOR_COUNTERS, STREAM_COUNTERS } from './counter-values.js';

/** Its length in bytes. */
export const PAGE = 4096;
const WORD = 8;
const AT = LAYOUT.words;
const CID_BYTES = (AT.values - AT.cid) * WORD;
const MAX_QUEUES = PAGE / WORD - AT.clients - 1;

/** Whether it is such a page, and of a version that can be read here. */
export function isCountersPage(page: Buffer): boolean {
  return (
    page.toString('latin1', 0, WORD) === LAYOUT.magic &&
    page.readBigUInt64LE(AT.version * WORD) === BigInt(LAYOUT.version)
  );
}

/** Odd while the page is being written. */
export function sequenceOf(page: Buffer): bigint {
  return page.readBigUInt64LE(AT.sequence * WORD);
}

/** Whether these are the counters of this container. */
export function belongsTo(page: Buffer, cid: string): boolean {
  const bytes = Buffer.from(cid);
  const length = Number(page.readBigUInt64LE(AT.cidLength * WORD));
  const start = AT.cid * WORD;
  const kept = Math.min(length, CID_BYTES);
  return bytes.length === length && bytes.subarray(0, kept).equals(page.subarray(start, start + kept));
}

/**
 * The counters in a consistent page.
 *
 * @param now nanoseconds of CLOCK_MONOTONIC, for the time since which the container has been blocked
 */
export function parseCounters(page: Buffer, now: bigint = process.hrtime.bigint()): Counters {
  const word = (at: number): number => Number(page.readBigUInt64LE(at * WORD));
  let at: number = AT.values;
  const next = (): number => word(at++);
  const clients = word(AT.clients);
  const [stdout, stderr] = [record(STREAM_COUNTERS, next), record(STREAM_COUNTERS, next)];
  const { pressureSince, ...counters } = record(MONITOR_COUNTERS, next);
  const blocked = pressureSince === 0 ? 0 : Math.max(0, Number(now) - pressureSince);
  return {
    stdout,
    stderr,
    ...counters,
    pressureNanoseconds: counters.pressureNanoseconds + blocked,
    underPressure: pressureSince !== 0,
    clients,
    clientQueues: Array.from({ length: Math.min(clients, MAX_QUEUES) }, (_, index) => word(AT.clients + 1 + index)),
  };
}

/** The words of these counters, by name. */
function record<Name extends string>(
  specs: readonly { readonly name: Name }[],
  next: () => number,
): Record<Name, number> {
  // The keys are those of the specs, which the type of `Object.fromEntries` forgets.
  return Object.fromEntries(specs.map(({ name }) => [name, next()])) as Record<Name, number>;
}
