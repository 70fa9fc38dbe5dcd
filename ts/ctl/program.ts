/**
 * Runs a program and keeps what it prints. Never through a shell.
 */
import { execFile } from 'node:child_process';
import { CtlError } from './error.js';

export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Limits of a program. */
const ANSWER_MS = 60_000;
const ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Runs a program to its exit, whatever its status. Throws a {@link CtlError} when it cannot be executed, or does not exit within
 * a minute.
 */
export function outputOf(program: string, args: readonly string[]): Promise<Finished> {
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
