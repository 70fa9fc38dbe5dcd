/** `conmonctl exec`: runs a command in a running container, connected to the standard streams. */
import type { ExecProcess } from '../../node/containers/exec-process.js';
import type { ExecOptions } from '../../node/containers/options.js';
import { attachStdio } from '../attach/attach-stdio.js';
import { attachTerminal } from '../attach/attach-terminal.js';
import { CtlError } from '../error.js';
import { OUTPUT } from '../output-guard.js';
import { seconds, variable } from '../run/values.js';
import { openContainer, orFailure } from './kept-container.js';

const PURPOSE = { verb: 'execute in', podman: 'exec', crictl: 'exec' };
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

export interface ExecArguments {
  readonly container: string;
  readonly command?: readonly string[] | undefined;
  readonly interactive?: boolean | undefined;
  readonly terminal?: boolean | undefined;
  readonly env?: readonly string[] | undefined;
  readonly cwd?: string | undefined;
  readonly user?: string | undefined;
  readonly timeout?: string | undefined;
}

/** Resolves with the status of the command. `rest` is what follows `--`. */
export async function execCommand(options: ExecArguments, rest: readonly string[]): Promise<number> {
  const request = execOptions(options, [...(options.command ?? []), ...rest]);
  const container = await openContainer(options.container, PURPOSE);
  const child = await orFailure(container.exec(request));
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  OUTPUT.hold({ end: () => void child.kill('SIGKILL'), keepsStatus: true });
  try {
    return await follow(child, options);
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

/** Throws a {@link CtlError}. */
export function execOptions(options: ExecArguments, words: readonly string[]): ExecOptions {
  const [program, ...args] = words;
  if (program === undefined) {
    throw new CtlError('no command given', { advice: 'For example: conmonctl exec web -- ls -l' });
  }
  const terminal = options.terminal === true;
  const term = terminal ? { TERM: process.env['TERM'] ?? 'xterm' } : {};
  return {
    args: [program, ...args],
    env: { ...term, ...Object.fromEntries((options.env ?? []).map(variable)) },
    cwd: options.cwd,
    user: options.user === undefined ? undefined : ids(options.user),
    terminal,
    stdin: options.interactive === true,
    timeout: options.timeout === undefined ? undefined : seconds('--timeout', options.timeout),
  };
}

async function follow(child: ExecProcess, options: ExecArguments): Promise<number> {
  const stdin = options.interactive === true ? process.stdin : undefined;
  const session =
    options.terminal === true
      ? await attachTerminal(child.streams, { stdin, stdout: process.stdout, detachKeys: Buffer.alloc(0) })
      : await attachStdio(child.streams, stdin, process);
  const { status, timedOut } = await child.wait();
  await session.finish();
  if (timedOut) process.stderr.write(`conmonctl: the command was killed after ${options.timeout} s\n`);
  return status & 0xff;
}

function ids(text: string): { readonly uid: number; readonly gid: number } {
  const [, uid = '', gid = uid] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text) ?? [];
  if (uid !== '') return { uid: Number(uid), gid: Number(gid) };
  throw new CtlError(`--user needs UID or UID:GID, not ${JSON.stringify(text)}`);
}
