/**
 * Runs a program to its end and keeps what it prints: for calls of the OCI runtime. Never through a shell.
 */
import { spawn } from 'node:child_process';
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
