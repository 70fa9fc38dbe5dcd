/** The checks of C conmon that come before the log drivers, in its order and with its words. */
import type { Given } from './given.js';
import type { Host } from './host.js';
import type { Action, Invocation } from './invocation.js';
import { logLevel } from './log-level.js';
import { Refused } from './refused.js';

/**
 * Checks the options, and combines those that every part of the plan needs.
 *
 * @throws {Refused} at the first error.
 */
export function check(given: Given, host: Host): Invocation {
  checkMaxFiles(given);
  const cid = given.strings.cid;
  if (cid === undefined) throw new Refused('usage', 'Container ID not provided. Use --cid');
  const level = logLevel(given.strings['log-level']);
  checkModes(given);
  const cuuid = given.strings.cuuid ?? null;
  if (cuuid === null && !isLegacyExec(given)) throw new Refused('plain', 'Container UUID not provided. Use --cuuid');
  const runtime = checkRuntime(given.strings.runtime, host);
  const action = actionOf(given);
  if ((given.numbers['exit-delay'] ?? 0) < 0) {
    throw new Refused('plain', 'Delay before invoking exit command must be greater than or equal to 0');
  }
  const bundle = given.strings.bundle ?? (action.kind === 'exec' ? null : workingDirectory(host));
  const pidfile = given.strings['container-pidfile'] ?? `${workingDirectory(host)}/pidfile-${cid}`;
  return { action, cid, cuuid, runtime, bundle, pidfile, level };
}

/** The exec of CRI-O: it knows no session id, and its answer is the exit status alone. */
export function isLegacyExec(given: Given): boolean {
  return given.flags.exec === true && given.flags['api-version'] !== true;
}

function checkMaxFiles(given: Given): void {
  const files = given.numbers['log-max-files'] ?? 1;
  if (files < 0) throw new Refused('usage', `log-max-files must be non-negative, got ${files}`);
  if (files === 0 && given.flags['log-rotate'] === true) {
    throw new Refused('usage', `log-max-files must be at least 1 when log-rotate is enabled, got ${files}`);
  }
}

function checkModes({ flags, strings }: Given): void {
  if (strings.restore !== undefined && flags.exec === true) {
    throw new Refused('plain', "Cannot use 'exec' and 'restore' at the same time");
  }
  if (flags['exec-attach'] !== true) return;
  if (flags.exec !== true) throw new Refused('plain', 'Attach can only be specified with exec');
  if (flags['api-version'] !== true) {
    throw new Refused('plain', 'Attach can only be specified for a non-legacy exec session');
  }
}

function checkRuntime(path: string | undefined, host: Host): string {
  if (path === undefined) throw new Refused('plain', 'Runtime path not provided. Use --runtime');
  if (host.isExecutable(path)) return path;
  throw new Refused('detailed', `Runtime path ${path} is not valid ${host.whyNotExecutable(path)}`);
}

function actionOf({ flags, strings }: Given): Action {
  if (flags.exec === true) {
    const processSpec = strings['exec-process-spec'];
    if (processSpec === undefined) {
      throw new Refused('plain', 'Exec process spec path not provided. Use --exec-process-spec');
    }
    return { kind: 'exec', processSpec, attach: flags['exec-attach'] === true };
  }
  return strings.restore === undefined ? { kind: 'create' } : { kind: 'restore', image: strings.restore };
}

function workingDirectory(host: Host): string {
  try {
    return host.cwd();
  } catch {
    // It was removed, or is not below our root.
    throw new Refused('plain', 'Failed to get working directory');
  }
}
