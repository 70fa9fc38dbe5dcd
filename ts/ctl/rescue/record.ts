/**
 * The record that a monitor of this project leaves beside its pidfile while its container runs: what a new monitor needs
 * if it is killed. `crates/core/src/rescue/record.rs` writes it and defines its format.
 */
import { statSync } from 'node:fs';
import { decode } from '../../node/bytes.js';
import { readRegular } from '../../node/foreign/read-regular.js';
import { understand } from '../../node/monitors/command-line.js';
import type { ProcessIdentity } from '../../node/monitors/process-end.js';

export interface RescueRecord {
  readonly path: string;
  readonly cid: string;
  readonly name: string | undefined;
  readonly monitor: ProcessIdentity;
  readonly container: ProcessIdentity;
}

/** The most that the executable reads. */
const LARGEST = 8 << 20;
const VERSION = 1;
/** Index of the first length of a block in the first line. */
const LENGTHS = 9;

/** Undefined for anything but a record of this user that this version can read. */
export function readRescueRecord(path: string, owner: number): RescueRecord | undefined {
  const found = readRegular(path, LARGEST, owner);
  return found && recordIn(path, found.bytes);
}

/** The record in the content of a file. */
export function recordIn(path: string, content: Buffer): RescueRecord | undefined {
  const newline = content.indexOf(0x0a);
  const numbers = content.toString('latin1', 0, Math.max(newline, 0)).split(' ').map(Number);
  const [version, monitor = 0, monitorStart = 0, container = 0, containerStart = 0, namespace] = numbers;
  const [argvLength = 0, environmentLength = 0, directoryLength = 0] = numbers.slice(LENGTHS);
  if (namespace !== statSync('/proc/self/ns/pid').ino) return undefined;
  if (version !== VERSION || !(monitor > 0) || !(container > 0)) return undefined;
  const argvEnd = newline + 1 + argvLength;
  const directoryAt = argvEnd + environmentLength;
  const argv = content
    .subarray(newline + 1, argvEnd)
    .toString('latin1')
    .split('\0')
    .slice(0, -1);
  const words = argv.slice(1).map((word) => decode(Buffer.from(word, 'latin1')));
  const understood = understand(words, decode(content.subarray(directoryAt, directoryAt + directoryLength)));
  if (understood === undefined) return undefined;
  return {
    path,
    cid: understood.plan.cid,
    name: understood.given.strings.name,
    monitor: { pid: monitor, start: monitorStart },
    container: { pid: container, start: containerStart },
  };
}
