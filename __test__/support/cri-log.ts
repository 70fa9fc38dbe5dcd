/** Reads k8s-file logs strictly: a malformed record is an error. */
import { readFileSync } from 'node:fs';

export interface LogRecord {
  /** As written, with nine digits and the offset. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  readonly tag: 'F' | 'P';
  readonly text: string;
}

const RECORD = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}[+-]\d\d:\d\d) (stdout|stderr) ([FP]) ([^]*)$/;

/** All records of a log; latin1 keeps every byte as one character. */
export function parseLog(content: Buffer): LogRecord[] {
  if (content.length === 0) return [];
  const lines = content.toString('latin1').split('\n');
  if (lines.pop() !== '') throw new Error('the last record has no newline');
  return lines.map((line) => {
    const [, time = '', stream, tag, text = ''] = RECORD.exec(line) ?? [];
    if (stream === undefined || tag === undefined) throw new Error(`not a record: ${JSON.stringify(line)}`);
    return { time, stream: stream as LogRecord['stream'], tag: tag as LogRecord['tag'], text };
  });
}

export function readLog(path: string): LogRecord[] {
  return parseLog(readFileSync(path));
}

/** Records of a log whose writer was killed: without those of which only the beginning was written. */
export function readTornLog(path: string): LogRecord[] {
  const lines = readFileSync(path, 'latin1').split('\n');
  const whole = lines.filter((line) => RECORD.test(line)).map((line) => `${line}\n`);
  return parseLog(Buffer.from(whole.join(''), 'latin1'));
}

/** What the container wrote to one stream: the text of P records continues in the next one. */
export function joined(records: readonly LogRecord[], stream: 'stdout' | 'stderr'): string {
  return records
    .filter((record) => record.stream === stream)
    .map((record) => (record.tag === 'F' ? `${record.text}\n` : record.text))
    .join('');
}
