/** The manager's own calls of the OCI runtime. Creating a container is the monitor's. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { RuntimeError, RuntimeNotFound } from '../errors.js';
import { findProgram } from '../native/find-program.js';

/** Searched for in this order when none is named. */
const KNOWN = ['crun', 'runc'];

/**
 * Absolute path of a runtime that is named by its path or by its name in PATH; without a name, of the first known one.
 *
 * @throws {@link RuntimeNotFound}
 */
export function findRuntime(wanted: string | undefined, env: NodeJS.ProcessEnv): string {
  if (wanted?.includes('/')) return resolve(wanted);
  const names = wanted === undefined ? KNOWN : [wanted];
  const found = names.map((name) => findProgram(name, env)).find((path) => path !== undefined);
  if (found === undefined) throw new RuntimeNotFound(names);
  return found;
}

export class Runtime {
  readonly path: string;
  readonly #options: readonly string[];

  /** `options` come before the subcommand. */
  constructor(path: string, options: readonly string[]) {
    this.path = path;
    this.#options = options;
  }

  /**
   * Resolves with the command that was executed.
   *
   * @throws {@link RuntimeError} when its status is not 0
   */
  async call(action: 'start' | 'kill' | 'delete', ...args: readonly string[]): Promise<readonly string[]> {
    const words = [...this.#options, action, ...args];
    const child = spawn(this.path, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    const stderr: Buffer[] = [];
    child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
    const status = await new Promise<number>((fulfil, reject) => {
      child.on('error', (cause) => reject(new RuntimeError(this.path, action, cause.message, undefined, { cause })));
      // 'exit', not 'close': a container's process may hold the pipe for as long as it lives.
      child.on('exit', (code, signal) => {
        const status = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
        setImmediate(() => fulfil(status));
      });
    });
    child.stderr.destroy();
    if (status !== 0) throw new RuntimeError(this.path, action, Buffer.concat(stderr).toString('utf8'), status);
    return [this.path, ...words];
  }
}
