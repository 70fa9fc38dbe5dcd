/** The manager's own calls of the OCI runtime. Creating a container is the monitor's. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { RuntimeError } from '../errors.js';
import { findProgram } from '../native/find-program.js';

/** Those that are looked for when none is named. */
const KNOWN = ['crun', 'runc'];

/**
 * Absolute path of a runtime that is named by its path or by a name in PATH; of the first of those known if none is.
 *
 * @throws {@link RuntimeError} when there is none
 */
export function findRuntime(wanted: string | undefined, env: NodeJS.ProcessEnv): string {
  if (wanted?.includes('/')) return resolve(wanted);
  const names = wanted === undefined ? KNOWN : [wanted];
  const found = names.map((name) => findProgram(name, env)).find((path) => path !== undefined);
  if (found !== undefined) return found;
  throw new RuntimeError(names.join(' or '), 'look-up', 'it is not in PATH; `runtime` takes a path as well');
}

export class Runtime {
  readonly path: string;
  readonly #options: readonly string[];

  /** `options` come before the subcommand. */
  constructor(path: string, options: readonly string[]) {
    this.path = path;
    this.#options = options;
  }

  /** @throws {@link RuntimeError} when its status is not 0 */
  async call(action: 'start' | 'kill' | 'delete', ...args: readonly string[]): Promise<void> {
    const child = spawn(this.path, [...this.#options, action, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    const pieces: Buffer[] = [];
    child.stderr.on('data', (piece: Buffer) => pieces.push(piece));
    const status = await new Promise<number>((fulfil, reject) => {
      child.on('error', (cause) => reject(new RuntimeError(this.path, action, cause.message, undefined, { cause })));
      // 'exit', not 'close': a container's process may hold the pipe for as long as it lives.
      child.on('exit', (code, signal) => {
        const status = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
        setImmediate(() => fulfil(status));
      });
    });
    child.stderr.destroy();
    if (status !== 0) throw new RuntimeError(this.path, action, Buffer.concat(pieces).toString('utf8'), status);
  }
}
