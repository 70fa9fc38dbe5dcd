/** The manager's own calls of the OCI runtime. The monitor makes the one that creates the container. */
import { spawn } from 'node:child_process';
import { accessSync, constants as access } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { RuntimeError } from '../errors.js';
import { InstallationError } from '../native/installation-error.js';
import { reasonOf } from '../reason.js';
import { hybridControllers, refusedByCrun } from './hybrid-cgroups.js';
import { findProgram } from '../native/find-program.js';

/** Searched for in this order when none is named: crun first, where it works. */
function known(): readonly string[] {
  return refusedByCrun(hybridControllers()) ? ['runc', 'crun'] : ['crun', 'runc'];
}

const NOT_FOUND = 'ERR_CONMON_RUNTIME_NOT_FOUND';
const LONGEST_ANSWER = 1 << 20;

/**
 * Absolute path of a runtime that is named by its path or by its name in PATH; without a name, of the first known one.
 *
 * @throws {@link InstallationError}
 */
export function findRuntime(wanted: string | undefined, env: NodeJS.ProcessEnv): string {
  if (wanted?.includes('/')) return executableAt(resolve(wanted));
  const names = wanted === undefined ? known() : [wanted];
  const found = names.map((name) => findProgram(name, env)).find((path) => path !== undefined);
  if (found !== undefined) return found;
  const what = names.join(' or ');
  throw new InstallationError(
    NOT_FOUND,
    `cannot find an OCI runtime: ${what} is not in PATH; the option \`runtime\` takes a path as well`,
  );
}

function executableAt(path: string): string {
  try {
    accessSync(path, access.X_OK);
    return path;
  } catch (cause) {
    throw new InstallationError(NOT_FOUND, `cannot execute the OCI runtime ${path}: ${reasonOf(cause)}`, { cause });
  }
}

type Action = 'start' | 'kill' | 'state' | 'delete';

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
  async call(action: Exclude<Action, 'state'>, ...args: readonly string[]): Promise<readonly string[]> {
    const words = [...this.#options, action, ...args];
    await this.#run(action, words, 'ignore');
    return [this.path, ...words];
  }

  /**
   * What the runtime knows of a container: a JSON document, by the OCI runtime specification.
   *
   * @throws {@link RuntimeError} when it knows none with this id
   */
  async state(cid: string): Promise<string> {
    return this.#run('state', [...this.#options, 'state', cid], 'pipe');
  }

  async #run(action: Action, words: readonly string[], output: 'ignore' | 'pipe'): Promise<string> {
    const child = spawn(this.path, words, { stdio: ['ignore', output, 'pipe'] });
    const [stdout, stderr] = [new Kept(), new Kept()];
    child.stdout?.on('data', stdout.keep);
    child.stderr?.on('data', stderr.keep);
    const status = await new Promise<number>((fulfil, reject) => {
      child.on('error', (cause) => reject(new RuntimeError(this.path, action, reasonOf(cause), undefined, { cause })));
      // A container's process may hold the pipe of stderr for as long as it lives; stdout is only a runtime's own.
      child.on(output === 'pipe' ? 'close' : 'exit', (code: number | null, signal: NodeJS.Signals | null) => {
        const status = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
        setImmediate(() => fulfil(status));
      });
    });
    child.stderr?.destroy();
    if (status !== 0) throw new RuntimeError(this.path, action, stderr.text, status);
    return stdout.text;
  }
}

/** What a program has printed. */
class Kept {
  readonly #pieces: Buffer[] = [];
  #length = 0;

  readonly keep = (piece: Buffer): void => {
    if (this.#length < LONGEST_ANSWER) this.#pieces.push(piece);
    this.#length += piece.length;
  };

  get text(): string {
    return Buffer.concat(this.#pieces).toString('utf8');
  }
}
