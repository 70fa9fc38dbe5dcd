/**
 * A record of a k8s-file log: `TIMESTAMP STREAM TAG TEXT`, TAG being `F` for a whole line and `P` for a part of one. This is
 * the CRI's log format, https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md.
 */

export interface LogRecord {
  readonly stream: 'stdout' | 'stderr';
  /** What the container wrote: with its newline if the line is whole. Bytes, not text. */
  readonly content: Buffer;
}

const SPACE = 0x20;

/** Undefined when it is not a record. `line` comes without its newline. */
export function parseRecord(line: Buffer): LogRecord | undefined {
  const afterTime = line.indexOf(SPACE);
  const afterStream = line.indexOf(SPACE, afterTime + 1);
  const afterTag = line.indexOf(SPACE, afterStream + 1);
  if (afterTime < 0 || afterStream < 0 || afterTag < 0) return undefined;
  const stream = line.toString('latin1', afterTime + 1, afterStream);
  const tag = line.toString('latin1', afterStream + 1, afterTag);
  if ((stream !== 'stdout' && stream !== 'stderr') || (tag !== 'F' && tag !== 'P')) return undefined;
  const text = line.subarray(afterTag + 1);
  return { stream, content: tag === 'F' ? Buffer.concat([text, Buffer.from('\n')]) : text };
}
