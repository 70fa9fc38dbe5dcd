/**
 * Runs a program to its end and keeps what it prints. Never through a shell.
 */
import { execFile, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CtlError } from './error.js';

export interface Finished {
  /** Exit status, or 128 + signal. */
  readonly status: number;
  readonly stderr: string;
}

/** Rejects with a {@link CtlError} when the program cannot be started. */
export function runProgram(program: string, args: readonly string[]): Promise<Finished> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(new CtlError(`cannot execute ${program}: ${cause.message}`, { cause })));
    // 'exit', not 'close': a container's process may hold the pipe for as long as it lives.
    child.on('exit', (code, signal) => {
      const status = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      setImmediate(() => resolve({ status, stderr: Buffer.concat(chunks).toString('utf8').trim() }));
    });
  });
}

/** What a program that answers a question is given to do so. */
const ANSWER_MS = 60_000;
const ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Calls a program that answers and ends. A status that is not 0 is no error; a program that cannot be started, or does not
 * end within a minute, is a {@link CtlError}.
 */
export function outputOf(program: string, args: readonly string[]): Promise<Finished & { readonly stdout: string }> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: ANSWER_MS, maxBuffer: ANSWER_BYTES };
    const child = execFile(program, args, limits, (error, stdout, stderr) => {
      const status = child.exitCode ?? (error === null ? 0 : undefined);
      if (status === undefined) {
        const why = error?.killed === true ? 'it did not answer in time' : (error?.message ?? '');
        reject(new CtlError(`cannot execute ${program}: ${why}`, { cause: error }));
      } else {
        resolve({ status, stdout, stderr });
      }
    });
    child.stdin?.end();
  });
}
