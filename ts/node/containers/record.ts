/**
 * The file that a container is found by after its program has ended: `container.json` in the container's directory. Only files of
 * root and of the caller are trusted, in their own directories.
 */
import { lstatSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt } from '../attempt.js';
import type { ConmonOptions } from '../conmon-options.js';
import { ContainerError } from '../errors.js';
import { isErrno } from '../errno.js';
import { readRegular } from '../foreign/read-regular.js';
import { isRunning, type ProcessIdentity } from '../monitors/process-end.js';
import { factsOf } from '../monitors/process.js';
import { trustedUsers } from '../users.js';
import { isObject } from './monitor-bundle.js';

/** What is kept of a container. It does not change. */
export interface ContainerRecord {
  readonly version: typeof VERSION;
  readonly cid: string;
  /** The program that has created it. */
  readonly creator: Creator;
  /** The container is to end with that program, as with `conmonctl run`. */
  readonly isAttended: boolean;
  /** The directory is removed with the container. */
  readonly ownsDirectory: boolean;
  /** The user's bundle; undefined when the config.json was written for this container. */
  readonly bundle: string | undefined;
  /** The monitor's executable, working directory and options. */
  readonly monitor: string;
  readonly cwd: string;
  readonly options: ConmonOptions;
}

/** A process in a boot of the system. */
export interface Creator extends ProcessIdentity {
  readonly boot: string;
}

const VERSION = 1;
const NAME = 'container.json';
const LARGEST = 1 << 20;
const OTHERS_WRITE = 0o002;

let ourselves: Creator | undefined;

/** This process. */
export async function thisProcess(): Promise<Creator> {
  ourselves ??= { pid: process.pid, start: (await factsOf(process.pid))?.start ?? 0, boot: bootId() };
  return ourselves;
}

/** Whether the process still runs. */
export async function isCreatorRunning(creator: Creator): Promise<boolean> {
  return creator.boot === bootId() && isRunning(creator);
}

/**
 * Claims a directory for a container.
 *
 * @throws {@link ContainerError} when it belongs to one that was not deleted
 */
export async function writeRecord(path: string, record: Omit<ContainerRecord, 'version'>): Promise<void> {
  const text = `${JSON.stringify({ version: VERSION, ...record }, null, 2)}\n`;
  try {
    // Options can be confidential, such as labels and the arguments of an exit command.
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    if (!isErrno(cause, 'EEXIST')) throw cause;
    const message = `cannot use ${path}: it belongs to a container that has not been deleted`;
    throw new ContainerError('ERR_CONMON_CONTAINER_EXISTS', record.cid, message, { cause });
  }
}

/** The record in a directory; undefined without one that can be trusted. */
export function readRecord(directory: string): ContainerRecord | undefined {
  if (!isTrusted(directory)) return undefined;
  const path = join(directory, NAME);
  const found = trustedUsers()
    .map((owner) => readRegular(path, LARGEST, owner))
    .find((each) => each !== undefined);
  if (found === undefined) return undefined;
  // Not JSON while it is being written.
  const record: unknown = attempt(() => JSON.parse(found.bytes.toString('utf8')));
  return isRecord(record) ? record : undefined;
}

/** Whether this is a directory of root or the caller that not every user can write to. */
export function isTrusted(directory: string): boolean {
  // Another user's monitor may name a path that we may not look at.
  const facts = attempt(() => lstatSync(directory));
  if (facts?.isDirectory() !== true || (facts.mode & OTHERS_WRITE) !== 0) return false;
  return trustedUsers().includes(facts.uid);
}

function isRecord(value: unknown): value is ContainerRecord {
  if (!isObject(value) || !isObject(value['options']) || !isObject(value['creator'])) return false;
  const { options, creator } = value;
  return (
    value['version'] === VERSION &&
    [value['cid'], value['monitor'], value['cwd'], options['cid'], options['runtime'], creator['boot']].every(
      (each) => typeof each === 'string',
    ) &&
    [creator['pid'], creator['start']].every((each) => typeof each === 'number')
  );
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}
