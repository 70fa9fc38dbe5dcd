/** What the tests of logs share. */
import { Buffer } from 'node:buffer';
import { readdirSync, readlinkSync } from 'node:fs';
import type { LogRecord } from '../../../ts/node/logs/record.js';

/** A record of a k8s-file log; the second of the time is a number that distinguishes records. */
export function k8s(text: string, second = 0, stream = 'stdout', tag = 'F'): string {
  return `${timeAt(second)} ${stream} ${tag} ${text}\n`;
}

/** A time with nanoseconds, this many seconds after a fixed one. */
export function timeAt(second: number): string {
  const time = new Date(Date.UTC(2026, 10, 24, 12, 40, 0) + second * 1000).toISOString().slice(0, 19);
  return `${time}.000000001+00:00`;
}

/** All of them; latin1 keeps every byte as one character. */
export async function texts(records: AsyncIterable<LogRecord>): Promise<string[]> {
  const found: string[] = [];
  for await (const { text } of records) found.push(text.toString('latin1'));
  return found;
}

/** Collects records in the order of arrival. */
export class Follower {
  readonly texts: string[] = [];
  readonly ended: Promise<void>;
  #arrived: () => void = () => undefined;

  constructor(records: AsyncIterable<LogRecord>) {
    this.ended = this.#follow(records);
    this.ended.catch(() => undefined);
  }

  /** Resolves when there are this many. */
  async until(count: number): Promise<void> {
    while (this.texts.length < count) {
      const arrived = new Promise<void>((resolve) => (this.#arrived = resolve));
      await Promise.race([arrived, this.ended.finally(() => this.#check(count))]);
    }
  }

  #check(count: number): void {
    if (this.texts.length < count) throw new Error(`ended with ${JSON.stringify(this.texts)}`);
  }

  async #follow(records: AsyncIterable<LogRecord>): Promise<void> {
    for await (const { text } of records) {
      this.texts.push(Buffer.from(text).toString('latin1'));
      this.#arrived();
    }
  }
}

/** Files that this process has open below a directory. */
export function openBelow(directory: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(directory) ? [target] : [];
    } catch {
      return [];
    }
  });
}
