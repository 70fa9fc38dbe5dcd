/**
 * Arguments and environment as the kernel has them: `process.argv` and `process.env` have lost invalid UTF-8.
 * proc_pid_cmdline(5), proc_pid_environ(5).
 */
import { readFileSync } from 'node:fs';

const NUL = 0;

/**
 * The last arguments of this process.
 *
 * @param count how many of them are the program's own; Node, its options and the script come first.
 */
export function rawArguments(count: number): readonly Buffer[] {
  const all = entries(readFileSync('/proc/self/cmdline'));
  return count === 0 ? [] : all.slice(-count);
}

/** The environment at the start of this process, each entry `NAME=value`. */
export function rawEnvironment(): readonly Buffer[] {
  return entries(readFileSync('/proc/self/environ'));
}

function entries(bytes: Buffer): Buffer[] {
  const list: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const nul = bytes.indexOf(NUL, start);
    const end = nul === -1 ? bytes.length : nul;
    list.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return list;
}
