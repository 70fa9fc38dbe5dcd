/** Which format a log file has, and how its records are read. */
import { parseJsonRecord } from './json-file.js';
import { parseK8sRecord } from './k8s-file.js';
import type { LogFormat, LogRecord } from './record.js';

/** The record in `bytes` from `start` to `end`, which has no newline; undefined when it is none. */
export type Parse = (bytes: Buffer, start: number, end: number) => LogRecord | undefined;

const PARSERS: Readonly<Record<LogFormat, Parse>> = { 'k8s-file': parseK8sRecord, 'json-file': parseJsonRecord };

const BRACE = 0x7b;

/**
 * The parser of a format. Without one it is detected from the first byte of each line: an object begins with a brace, a record of a
 * k8s-file log with a digit.
 */
export function parserOf(format: LogFormat | undefined): Parse {
  if (format !== undefined) return PARSERS[format];
  return (bytes, start, end) => (bytes[start] === BRACE ? parseJsonRecord : parseK8sRecord)(bytes, start, end);
}
