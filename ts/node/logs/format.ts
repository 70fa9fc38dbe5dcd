/** Which format a log file has, and how its records are read. */
import type { LogFormat } from '../../planner/plan.js';
import { parseJsonRecord } from './json-file.js';
import { parseK8sRecord } from './k8s-file.js';
import type { LogRecord } from './record.js';

/** The record in `bytes` from `start` to `end`, which has no newline; undefined when it is malformed. */
export type Parse = (bytes: Buffer, start: number, end: number) => LogRecord | undefined;

/** How a format is read, and the bytes that its records start with. */
interface Reader {
  readonly parse: Parse;
  readonly first: string;
}

const READERS: Readonly<Record<LogFormat, Reader>> = {
  'k8s-file': { parse: parseK8sRecord, first: '0123456789' },
  'json-file': { parse: parseJsonRecord, first: '{' },
};

/** The parser by the first byte of a record. */
const PARSERS: ReadonlyMap<number, Parse> = new Map(
  Object.values(READERS).flatMap(({ parse, first }) => [...Buffer.from(first)].map((byte) => [byte, parse] as const)),
);

/** The parser of a format. Without one it is detected from the first byte of each line. */
export function parserOf(format: LogFormat | undefined): Parse {
  if (format !== undefined) return READERS[format].parse;
  return (bytes, start, end) => PARSERS.get(bytes[start] ?? -1)?.(bytes, start, end);
}
