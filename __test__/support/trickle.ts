/** An attach client that reads at a chosen speed: a shell script that has the socket itself as its stdin. */
import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import type { Test } from 'tap';
import type { Scene } from './scene.js';
import { untilExists, within } from './wait.js';

/** A type byte and the longest text. */
const PACKET = 8193;

export interface Trickle {
  /** Bytes read so far. */
  readonly length: number;
  /** Reads as fast as it can from now on. */
  hurry(): void;
  /** All that came for stdout, once the connection has ended; it must not hold bytes 2. */
  end(): Promise<string>;
}

/** Connects to the socket in the bundle, and reads this many bytes a second, a packet at a time. */
export async function trickle(t: Test, s: Scene, bytesPerSecond: number): Promise<Trickle> {
  const at = `${s.dir}/trickle`;
  const slowly = `until [ -e '${at}.hurry' ]; do dd bs=${PACKET} count=1 2>/dev/null; sleep ${PACKET / bytesPerSecond}; done`;
  writeFileSync(`${at}.sh`, `exec > '${at}'\n${slowly}\nexec cat\n`);
  const words = [`UNIX-CONNECT:${s.bundle}/attach,type=5`, `EXEC:/bin/sh ${at}.sh,nofork`];
  const child = spawn('socat', words, { stdio: ['ignore', 'ignore', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await untilExists(at);
  return {
    get length() {
      return statSync(at).size;
    },
    hurry: () => writeFileSync(`${at}.hurry`, ''),
    async end() {
      await within('the end of the attach connection', ended);
      return readFileSync(at, 'latin1').replaceAll('\x02', '');
    },
  };
}
