/** Runs a command to its end. */
import { spawn } from 'node:child_process';
import { within } from './wait.js';

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** stdout as text. */
  readonly text: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Buffer;
  /** Descriptor for stdin, instead of `input`. */
  readonly stdin?: number;
  /** Descriptors from 3 on. */
  readonly inherited?: readonly number[];
  readonly patience?: number;
}

/** Does not reject on a nonzero exit status. */
export async function command(words: readonly string[], options: CommandOptions = {}): Promise<Result> {
  const [program = '', ...args] = words;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: [
      options.stdin ?? (options.input === undefined ? 'ignore' : 'pipe'),
      'pipe',
      'pipe',
      ...(options.inherited ?? []),
    ],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (piece: Buffer) => out.push(piece));
  child.stderr?.on('data', (piece: Buffer) => err.push(piece));
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  try {
    const end = await within(words.join(' '), ended, options.patience ?? 60_000);
    const stdout = Buffer.concat(out);
    return { ...end, stdout, stderr: Buffer.concat(err).toString(), text: stdout.toString() };
  } catch (error) {
    child.kill('SIGKILL');
    const said = `${Buffer.concat(out).toString()}${Buffer.concat(err).toString()}`;
    throw new Error(`${String(error)}; output: ${said}`, { cause: error });
  }
}
