/**
 * The page in which a monitor's counters stand, as docs/architecture.md lays it out; `crates/core/src/diagnostics/counters` writes it.
 */
import type { Counters, StreamCounters } from './counters.js';

/** Its length in bytes. */
export const PAGE = 4096;
const WORD = 8;
const MAGIC = 'conmonct';
const VERSION = 1n;
/** Places of words. */
const AT = { version: 1, sequence: 2, cidLength: 4, cid: 5, values: 37, clients: 128 } as const;
const CID_BYTES = (AT.values - AT.cid) * WORD;
const MAX_QUEUES = PAGE / WORD - AT.clients - 1;

/** Whether it is such a page, and of a version that can be read here. */
export function isCountersPage(page: Buffer): boolean {
  return page.toString('latin1', 0, WORD) === MAGIC && page.readBigUInt64LE(AT.version * WORD) === VERSION;
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
 * What a consistent page says.
 *
 * @param now nanoseconds of CLOCK_MONOTONIC, for the time in which the container has been waiting
 */
export function parseCounters(page: Buffer, now: bigint = process.hrtime.bigint()): Counters {
  const word = (at: number): number => Number(page.readBigUInt64LE(at * WORD));
  let at: number = AT.values;
  const next = (): number => word(at++);
  const clients = word(AT.clients);
  const counters = {
    stdout: streamCounters(next),
    stderr: streamCounters(next),
    stdinBytes: next(),
    logs: next(),
    logFileBytes: next(),
    rotations: next(),
    rotationFailures: next(),
    reopens: next(),
    reopenFailures: next(),
    journalQueue: next(),
    clientsAccepted: next(),
    clientsStalled: next(),
    ooms: next(),
    pressureTimes: next(),
    pressureNanoseconds: next(),
  };
  const [since, pid] = [next(), next()];
  return {
    ...counters,
    pressureNanoseconds: counters.pressureNanoseconds + (since === 0 ? 0 : Math.max(0, Number(now) - since)),
    underPressure: since !== 0,
    pid,
    clients,
    clientQueues: Array.from({ length: Math.min(clients, MAX_QUEUES) }, (_, index) => word(AT.clients + 1 + index)),
  };
}

/** In the order of the page. */
function streamCounters(next: () => number): StreamCounters {
  return {
    bytes: next(),
    lines: next(),
    loggedBytes: next(),
    loggedLines: next(),
    lostBytes: next(),
    lostLines: next(),
    withheldBytes: next(),
    withheldLines: next(),
    attachedBytes: next(),
  };
}
