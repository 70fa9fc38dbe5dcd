/** Joins the lines of a log that were written in parts. */
import type { LogRecord, LogStream } from './record.js';

/** A container may write without ever ending a line. */
const LONGEST_BYTES = 1 << 20;

/** Parts of a line so far. */
interface Open {
  readonly first: LogRecord;
  readonly parts: Buffer[];
  bytes: number;
}

/**
 * Whole lines: the parts of a line become one record with the time of the first part, in the place of the last one. What is
 * longer than `longest` bytes stays in parts of at least that size, and what has no end when the records end is a part, too.
 */
export async function* joinLines(
  records: AsyncIterable<LogRecord>,
  longest: number = LONGEST_BYTES,
): AsyncGenerator<LogRecord, void, undefined> {
  const open = new Map<LogStream, Open>();
  for await (const record of records) {
    const started = open.get(record.stream);
    if (started === undefined && !record.partial) {
      yield record;
      continue;
    }
    const line = started ?? { first: record, parts: [], bytes: 0 };
    // A copy: the text is a view of a piece of the log that would stay in memory as a whole.
    line.parts.push(Buffer.from(record.text));
    line.bytes += record.text.length;
    if (record.partial && line.bytes < longest) {
      open.set(record.stream, line);
    } else {
      open.delete(record.stream);
      yield joined(line, record.partial);
    }
  }
  for (const line of open.values()) yield joined(line, true);
}

function joined({ first, parts }: Open, partial: boolean): LogRecord {
  return { time: first.time, stream: first.stream, partial, text: Buffer.concat(parts) };
}
