/** The argument vectors of the OCI runtime: flags and order as C conmon gives them, on which runtimes rely. */
import type { Given } from './given.js';
import type { Environment } from './host.js';
import type { Invocation } from './invocation.js';
import { listenPid } from './listen-pid.js';
import type { RuntimeCall } from './plan.js';

/** Placeholder for the path of the console socket. */
const CONSOLE_SOCKET = '';

/**
 * The call of the runtime.
 *
 * @param startPipe descriptor to wait on before the call; null: it does not wait.
 * @throws {Refused} when `LISTEN_PID` is invalid.
 */
export function runtimeCall(
  invocation: Invocation,
  given: Given,
  env: Environment,
  startPipe: number | null,
): RuntimeCall {
  const argv = [invocation.runtime];
  if (given.flags['systemd-cgroup'] === true && invocation.action.kind !== 'exec') argv.push('--systemd-cgroup');
  append(argv, given.lists['runtime-arg']);
  if (invocation.action.kind === 'exec') {
    argv.push('exec', '--pid-file', invocation.pidfile, '--process', invocation.action.processSpec, '--detach');
  } else {
    pushCreate(argv, invocation, given);
  }
  append(argv, given.lists['runtime-opt']);
  const terminal = given.flags.terminal === true;
  if (terminal) argv.push('--console-socket', CONSOLE_SOCKET);
  const consoleSocketIndex = terminal ? argv.length - 1 : null;
  argv.push(invocation.cid);
  return {
    argv,
    consoleSocketIndex,
    temporaryDirectory: env('TMPDIR') || '/tmp',
    pidfile: invocation.pidfile,
    startPipe,
    listenPid: listenPid(env, given.flags['replace-listen-pid'] === true),
  };
}

function pushCreate(argv: string[], { action, bundle, pidfile }: Invocation, { flags }: Given): void {
  const directory = bundle ?? '';
  argv.push(action.kind, '--bundle', directory, '--pid-file', pidfile);
  if (flags['no-pivot'] === true) argv.push('--no-pivot');
  if (flags['no-new-keyring'] === true) argv.push('--no-new-keyring');
  if (action.kind === 'restore') argv.push('--detach', '--image-path', action.image, '--work-path', directory);
}

function append(argv: string[], more: readonly string[] | undefined): void {
  if (more === undefined) return;
  for (let at = 0; at < more.length; at += 1) argv.push(more[at] ?? '');
}
