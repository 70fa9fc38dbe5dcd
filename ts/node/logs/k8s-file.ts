/**
 * A record of a k8s-file log: `TIME STREAM TAG TEXT`, TAG being `F` for a whole line and `P` for a part of one. This is
 * the CRI's log format, https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md.
 */
import type { LogRecord } from './record.js';
import { isStamp } from './stamp.js';

const SPACE = 0x20;
const COLON = 0x3a;
const UPPER_F = 0x46;
const UPPER_P = 0x50;
/** ` stdout F`: both names have the same length. */
const STREAM_LENGTH = 6;
/** The letter in which `stdout` and `stderr` differ. */
const LETTER_AT = 3;
const LETTER_OF_STDOUT = 0x6f;

/** The record in `bytes` from `start` to `end`, which has no newline; undefined when it is malformed. */
export function parseK8sRecord(bytes: Buffer, start: number, end: number): LogRecord | undefined {
  const afterTime = bytes.indexOf(SPACE, start);
  const afterStream = afterTime + 1 + STREAM_LENGTH;
  const tag = afterStream + 1;
  if (afterTime < 0 || tag >= end) return undefined;
  if (bytes[afterStream] !== SPACE || !isStamp(bytes, start, afterTime)) return undefined;
  const stream = bytes[afterTime + 1 + LETTER_AT] === LETTER_OF_STDOUT ? 'stdout' : 'stderr';
  if (!is(stream, bytes, afterTime + 1)) return undefined;
  const afterTag = endOfTag(bytes, tag, end);
  if (afterTag < 0) return undefined;
  return {
    time: bytes.toString('latin1', start, afterTime),
    stream,
    partial: bytes[tag] === UPPER_P,
    text: bytes.subarray(afterTag + 1, end),
  };
}

/**
 * The space after `F` or `P`. The format allows further tags, `F:TAG:TAG`. Some writers leave the space out when there is no
 * text.
 */
function endOfTag(bytes: Buffer, tag: number, end: number): number {
  if (bytes[tag] !== UPPER_F && bytes[tag] !== UPPER_P) return -1;
  const next = tag + 1;
  if (next === end || bytes[next] === SPACE) return next;
  if (bytes[next] !== COLON) return -1;
  const space = bytes.indexOf(SPACE, next);
  return space < 0 || space > end ? end : space;
}

function is(word: string, bytes: Buffer, at: number): boolean {
  for (let index = 0; index < word.length; index += 1) {
    if (bytes[at + index] !== word.charCodeAt(index)) return false;
  }
  return true;
}
