/** The descriptors that the manager passes, by the variables that name them. */
import type { Environment } from './host.js';
import { leadingDecimal } from './integer.js';
import { Refused } from './refused.js';

export interface Pipes {
  readonly start: number | null;
  readonly sync: number | null;
  readonly attach: number | null;
}

/** Names of the variables. */
const START = '_OCI_STARTPIPE';
const SYNC = '_OCI_SYNCPIPE';
const ATTACH = '_OCI_ATTACHPIPE';

/**
 * The pipes of this invocation.
 *
 * @param attach whether the attach pipe is needed; otherwise its variable is not looked at.
 * @throws {Refused} when a variable holds no descriptor, or the attach pipe is missing.
 */
export function readPipes(env: Environment, attach: boolean): Pipes {
  const start = descriptor(env, START);
  const sync = descriptor(env, SYNC);
  if (!attach) return { start: started(start), sync, attach: null };
  const attachPipe = descriptor(env, ATTACH);
  if (attachPipe === null) throw new Refused('detailed', `--attach specified but ${ATTACH} was not`);
  return { start: started(start), sync, attach: attachPipe };
}

/** The pipes on which a manager may wait for an answer, as far as their variables are valid. */
export function answeringPipes(env: Environment): readonly number[] {
  const pipes: number[] = [];
  for (const name of [SYNC, ATTACH]) {
    const fd = numberIn(env(name));
    if (fd !== null && fd >= 0 && pipes.indexOf(fd) < 0) pipes.push(fd);
  }
  return pipes;
}

/** C conmon takes descriptor 0 for no start pipe. */
function started(fd: number | null): number | null {
  return fd === 0 ? null : fd;
}

function descriptor(env: Environment, name: string): number | null {
  const text = env(name);
  if (text === undefined) return null;
  const fd = numberIn(text);
  if (fd === null) throw new Refused('detailed', `unable to parse ${name}`);
  if (fd < 0) throw new Refused('detailed', `unable to make ${name} CLOEXEC Bad file descriptor`);
  return fd;
}

function numberIn(text: string | undefined): number | null {
  if (text === undefined) return null;
  const { value, end } = leadingDecimal(text);
  return end > 0 && end === text.length ? value : null;
}
