/**
 * Log records as they are shown: the container's bytes, with times in front of lines if that was asked for, or as JSON.
 */
import type { LogRecord, LogStream } from '../../node/logs/record.js';
import { jsonText } from '../json-text.js';
import { visible } from '../visible.js';

const NEWLINE = Buffer.from('\n');
const CUT = Buffer.from(' [truncated]\n');

/** Turns records into what is written for them. */
export class RecordText {
  readonly #timestamps: boolean;
  /** Streams whose last record was partial: the next one continues its line. */
  readonly #open = new Set<LogStream>();

  constructor(timestamps: boolean) {
    this.#timestamps = timestamps;
  }

  /** What to write for a record. */
  of({ stream, partial, text, time, truncated }: LogRecord): readonly Uint8Array[] {
    const begins = !this.#open.has(stream);
    if (partial && truncated !== true) this.#open.add(stream);
    else this.#open.delete(stream);
    const head = this.#timestamps && begins ? [Buffer.from(`${visible(time)} `)] : [];
    if (truncated === true) return [...head, text, CUT];
    return partial ? [...head, text] : [...head, text, NEWLINE];
  }
}

/** One line without effect on a terminal. Bytes that are not UTF-8 become U+FFFD, and `base64` has all of them. */
export function recordJson({ time, stream, partial, text, truncated }: LogRecord): string {
  const readable = text.toString('utf8');
  const exact = Buffer.from(readable).equals(text) ? {} : { base64: text.toString('base64') };
  return `${jsonText({ time, stream, partial, text: readable, ...exact, truncated })}\n`;
}
