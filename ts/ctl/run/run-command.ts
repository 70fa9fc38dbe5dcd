/**
 * `conmonctl run`: connects the command line, the run and what is shown of it.
 */
import { readFileSync } from 'node:fs';
import { Explainer } from './explain.js';
import type { OnEvent } from './event.js';
import { jsonText } from '../json-text.js';
import { OUTPUT } from '../output-guard.js';
import { paint } from '../paint.js';
import { hybridControllers } from '../../node/containers/hybrid-cgroups.js';
import { findProgram } from '../../node/native/find-program.js';
import { findNative } from '../../node/native/native-file.js';
import { caller } from '../../node/users.js';
import type { RunContext } from './request.js';
import { runContainer } from './run-container.js';
import type { RunArguments } from './run-options.js';
import { type HostFacts, runRequest } from './run-request.js';
import { visibleLines } from '../visible.js';

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
    onEvent: eventHandler(options),
    onOutputFailure: (end) => OUTPUT.hold({ end, keepsStatus: !isReported }),
    printId: (printed) => void (isReported || process.stdout.write(`${printed}\n`)),
    warn: (text) => process.stderr.write(`conmonctl: ${visibleLines(text)}\n`),
  };
  return runContainer(request, context);
}

function eventHandler(options: RunArguments): OnEvent {
  const write = (text: string): void => void process.stdout.write(text);
  if (options.json === true) return (event) => write(`${jsonText(event)}\n`);
  if (options.explain === true) return new Explainer(write, paint()).onEvent;
  return () => undefined;
}

function machine(): HostFacts {
  const { env } = process;
  return {
    env,
    cwd: process.cwd(),
    uid: caller(),
    gid: process.getegid?.() ?? 0,
    status: readFileSync('/proc/self/status', 'utf8'),
    runtimes: {
      find: (name) => findProgram(name, env),
      miniruntime: findNative('miniruntime'),
      hybridControllers: hybridControllers(),
    },
  };
}
