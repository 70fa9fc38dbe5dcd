/**
 * A runtime written for one test: a shell script that performs `create`, `restore` or `exec` step by step, so that a test
 * can inject a fault at any step. The container is a shell script too, in its own session as with a real runtime.
 */
import { chmodSync, closeSync, constants, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import type { Scene } from './scene.js';
import { until } from './wait.js';

export interface Role {
  /** What the container runs once started; default: exit immediately. */
  readonly payload?: string;
  /** Start the container without waiting for {@link Actor.start}. */
  readonly ungated?: boolean;
  /** Shell commands before the container exists; `$subcommand`, `$pidfile`, `$bundle` and `$process` are set. */
  readonly before?: string;
  /** Shell commands instead of creating a container. */
  readonly instead?: string;
  /** Shell commands after the pid file was written, before the runtime ends. */
  readonly after?: string;
}

export interface Actor {
  /** Path for `--runtime`. */
  readonly path: string;
  /** Starts the container, as `runtime start` would. */
  start(): Promise<void>;
  /** Arguments of the last call. */
  args(): string[];
  /** Environment of the last call. */
  env(): Map<string, string>;
  /** A file written by the script: `status`, `fds`, `umask`, `oom_score_adj`, `pid`. */
  record(name: string): string;
}

/** Writes the script. */
export function actor(scene: Scene, role: Role = {}, name = 'runtime'): Actor {
  const at = `${scene.dir}/${name}`;
  writeFileSync(`${at}.payload`, payloadOf(at, role));
  writeFileSync(at, scriptOf(at, role));
  chmodSync(at, 0o755);
  const record = (file: string): string => readFileSync(`${at}.${file}`, 'latin1');
  return {
    path: at,
    start: () => openGate(`${at}.gate`),
    // The kernel passes the script's path to the interpreter before the arguments.
    args: () => record('cmdline').split('\0').slice(2, -1),
    env: () => new Map(record('environ').split('\0').slice(0, -1).map(splitAtEquals)),
    record,
  };
}

function splitAtEquals(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return [entry.slice(0, at), entry.slice(at + 1)];
}

function payloadOf(at: string, role: Role): string {
  const begin = `printf %s "$$" > "$1"\n(echo > '${at}.ready')\n`;
  const gate = role.ungated === true ? '' : `read -r _ < '${at}.gate'\n`;
  return `${begin}${gate}${role.payload ?? 'exit 0'}\n`;
}

function scriptOf(at: string, role: Role): string {
  // A separate shell starts the container and exits before the container can: a shell reaps its children, and then the
  // monitor could not get the exit status.
  const make = `
(
  exec 9<&0
  setsid env --default-signal=INT,QUIT /bin/sh '${at}.payload' "$pidfile" <&9 9<&- &
)
read -r _ < '${at}.ready'
`;
  return `#!/bin/sh
for file in cmdline environ status oom_score_adj; do (exec cat "/proc/$$/$file") > '${at}'.$file; done
umask > '${at}.umask'
(exec ls -l "/proc/$$/fd") > '${at}.fds'
printf %s "$$" > '${at}.pid'
[ -p '${at}.gate' ] || mkfifo '${at}.gate' '${at}.ready'
while [ $# -gt 0 ]; do
  case $1 in
    create|restore|exec) [ -n "$subcommand" ] || subcommand=$1 ;;
    --pid-file) pidfile=$2; shift ;;
    --bundle) bundle=$2; shift ;;
    --process) process=$2; shift ;;
  esac
  shift
done
${role.before ?? ''}
${role.instead ?? make}
${role.after ?? ''}
`;
}

async function openGate(gate: string): Promise<void> {
  const fd = await until('the container to wait at its gate', () => {
    if (!existsSync(gate)) return undefined;
    try {
      // Fails with ENXIO until the container reads: opening for writing would block.
      return openSync(gate, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      return undefined;
    }
  });
  writeSync(fd, '\n');
  closeSync(fd);
}
