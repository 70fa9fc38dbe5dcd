/**
 * `conmonctl setup`: from the command line to what is printed.
 */
import { CtlError } from '../error.js';
import { findProgram } from '../../node/native/find-program.js';
import { jsonText } from '../json-text.js';
import { conmonPath } from '../locate.js';
import { paint } from '../paint.js';
import { crio } from './crio.js';
import type { Manager } from './manager.js';
import { podman } from './podman.js';
import { setup, type SetupReport } from './setup.js';
import { setupText } from './setup-text.js';
import { realPath, whyNotTrusted } from './trusted.js';

export interface SetupArguments {
  readonly manager: string;
  readonly user?: boolean | undefined;
  readonly 'dry-run'?: boolean | undefined;
  readonly undo?: boolean | undefined;
  readonly conmon?: string | undefined;
  readonly json?: boolean | undefined;
}

const TAKEN_OTHERWISE = 1;

/** Resolves with the exit status. */
export async function setupCommand(options: SetupArguments): Promise<number> {
  const undo = options.undo === true;
  const user = forUser(options);
  // Managers get the real place: links of package managers come and go.
  const conmon = undo ? wanted(options.conmon) : realPath(conmonPath(options.conmon, process.env));
  if (!user && !undo) requireTrusted(conmon);
  const report = await setup({
    manager: managerOf(options.manager, user),
    conmon,
    undo,
    dryRun: options['dry-run'] === true,
  });
  process.stdout.write(options.json === true ? `${jsonText(report)}\n` : text(report));
  return report.check.result === 'otherwise' ? TAKEN_OTHERWISE : 0;
}

/** What is undone may have been removed before. */
function wanted(given: string | undefined): string {
  try {
    return realPath(conmonPath(given, process.env));
  } catch {
    return given ?? 'conmon';
  }
}

function text(report: SetupReport): string {
  return setupText(report, paint(process.stdout.isTTY === true));
}

/** Whether the configuration of one user is meant. Any user may ask for a dry run for root. */
function forUser({ manager, user }: SetupArguments): boolean {
  const isRoot = process.geteuid?.() === 0;
  if (manager === 'podman') {
    if (user === true && isRoot) {
      throw new CtlError("root's Podman does not read root's own directory", {
        advice: 'Leave --user out, or call it as that user.',
      });
    }
    return !isRoot;
  }
  if (user === true) throw new CtlError('CRI-O has no configuration of single users', { advice: 'Leave --user out.' });
  return false;
}

function managerOf(name: string, user: boolean): Manager {
  const { env } = process;
  return name === 'podman' ? podman({ env, user, podman: findProgram('podman', env) }) : crio(findProgram('crio', env));
}

/** Root executes it for each container. */
function requireTrusted(conmon: string): void {
  const why = whyNotTrusted(conmon);
  if (why === undefined) return;
  const place = '/usr/local/libexec/conmon-node/conmon';
  const advice = `Copy it where only root can write, and name that place:\ninstall -D -m 0755 ${conmon} ${place}\nconmonctl setup … --conmon ${place}`;
  throw new CtlError(`root must not execute ${conmon}: ${why}`, { advice });
}
