/**
 * `conmonctl run`: connects the command line, the run and what is shown of it.
 */
import { readFileSync } from 'node:fs';
import { Explainer } from './explain.js';
import type { Tell } from './event.js';
import { jsonText } from '../json-text.js';
import { paint } from '../paint.js';
import { findProgram } from '../../node/native/find-program.js';
import { findNative } from '../../node/native/native-file.js';
import type { RunContext } from './request.js';
import { runContainer } from './run-container.js';
import type { RunArguments } from './run-options.js';
import { type Machine, runRequest } from './run-request.js';
import { visibleLines } from '../visible.js';

const HYBRID_CONTROLLERS = '/sys/fs/cgroup/unified/cgroup.controllers';

/** Resolves with the exit status. */
export async function runCommand(
  options: RunArguments,
  id: string | undefined,
  command: readonly string[],
): Promise<number> {
  const request = runRequest(options, id, command, machine());
  const isReported = options.explain === true || options.json === true;
  const context: RunContext = {
    env: process.env,
    stdin: process.stdin,
    output: isReported ? undefined : { stdout: process.stdout, stderr: process.stderr },
    signals: process,
    tell: teller(options),
    warn: (text) => process.stderr.write(`conmonctl: ${visibleLines(text)}\n`),
  };
  return runContainer(request, context);
}

function teller(options: RunArguments): Tell {
  const write = (text: string): void => void process.stdout.write(text);
  if (options.json === true) return (event) => write(`${jsonText(event)}\n`);
  if (options.explain === true) return new Explainer(write, paint(process.stdout.isTTY === true)).tell;
  return () => undefined;
}

function machine(): Machine {
  const { env } = process;
  return {
    env,
    cwd: process.cwd(),
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    status: readFileSync('/proc/self/status', 'utf8'),
    runtimes: {
      find: (name) => findProgram(name, env),
      miniruntime: findNative('miniruntime'),
      hybridControllers: readIfPresent(HYBRID_CONTROLLERS),
    },
  };
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
