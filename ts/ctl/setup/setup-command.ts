/**
 * `conmonctl setup`: from the command line to what is printed.
 */
import { realpathSync } from 'node:fs';
import { CtlError } from '../error.js';
import { attempt } from '../../node/attempt.js';
import { findProgram } from '../../node/native/find-program.js';
import { caller, ROOT } from '../../node/users.js';
import { jsonText } from '../json-text.js';
import { conmonPath } from '../locate.js';
import { paint } from '../paint.js';
import { outputOf } from '../program.js';
import { printOut } from '../standard-stream.js';
import { crio } from './crio.js';
import type { ManagerConfig } from './manager.js';
import { podman } from './podman.js';
import { setup } from './setup.js';
import { setupText } from './setup-text.js';
import { brokenToml } from './toml-file.js';
import { whyNotTrusted } from './trusted.js';

export interface SetupArguments {
  readonly manager: string;
  readonly user?: boolean | undefined;
  readonly 'dry-run'?: boolean | undefined;
  readonly undo?: boolean | undefined;
  readonly conmon?: string | undefined;
  readonly json?: boolean | undefined;
}

const TAKEN_OTHERWISE = 1;
/** What C conmon and this monitor print; CRI-O reads the version from it. */
const VERSION = /^conmon version \d+\.\d+\.\d+/;

/** Resolves with the exit status. */
export async function setupCommand(options: SetupArguments): Promise<number> {
  const undo = options.undo === true;
  const user = forUser(options);
  // Managers get the path without links: package managers replace links.
  const conmon = undo ? wanted(options.conmon) : realpathSync(conmonPath(options.conmon, process.env));
  const manager = managerOf(options.manager, user);
  if (!user && !undo) requireTrusted(conmon);
  if (!undo) {
    await requireMonitor(conmon);
    await requireReadable(manager);
  }
  const report = await setup({
    manager,
    conmon,
    undo,
    dryRun: options['dry-run'] === true,
  });
  await printOut(options.json === true ? `${jsonText(report)}\n` : setupText(report, paint()));
  return ['otherwise', 'failed'].includes(report.check.result) ? TAKEN_OTHERWISE : 0;
}

/** With --undo the monitor may have been removed already. */
function wanted(given: string | undefined): string {
  return attempt(() => realpathSync(conmonPath(given, process.env))) ?? given ?? 'conmon';
}

/** Whether the configuration of one user is meant. Any user may ask for a dry run for root. */
function forUser({ manager, user }: SetupArguments): boolean {
  const isRoot = caller() === ROOT;
  if (manager === 'podman') {
    if (user === true && isRoot) {
      throw new CtlError("root's Podman is set up for the whole machine", {
        advice: 'Leave --user out, or call it as that user.',
      });
    }
    return !isRoot;
  }
  if (user === true) throw new CtlError('CRI-O has no configuration of single users', { advice: 'Leave --user out.' });
  return false;
}

function managerOf(name: string, user: boolean): ManagerConfig {
  const { env } = process;
  return name === 'podman' ? podman({ env, user, podman: findProgram('podman', env) }) : crio(findProgram('crio', env));
}

/** Managers do not check the path. Throws unless the output of `--version` is that of a monitor. */
async function requireMonitor(conmon: string): Promise<void> {
  const advice = 'Nothing was changed. Is it for this processor, and the file that was meant?';
  const { status, stdout } = await outputOf(conmon, ['--version']).catch((cause: unknown) => {
    throw new CtlError(`${conmon} does not run here`, { advice, cause });
  });
  if (status === 0 && VERSION.test(stdout)) return;
  const [first = ''] = stdout.split('\n');
  const answer = status === 0 ? `prints ${JSON.stringify(first.slice(0, 80))}` : `ends with status ${status}`;
  throw new CtlError(`${conmon} is not a container monitor: with --version it ${answer}`, { advice });
}

/** With a file that it cannot read a manager does not start, and its settings are not known. */
async function requireReadable(manager: ManagerConfig): Promise<void> {
  const [broken] = brokenToml((await manager.files()).filter((path) => path !== manager.path));
  if (broken === undefined) return;
  const advice = `${manager.title} cannot read it either: correct it first. Nothing was changed.`;
  throw new CtlError(`cannot read ${broken.path}: ${broken.reason}`, { advice });
}

/** Root executes it for each container. */
function requireTrusted(conmon: string): void {
  const why = whyNotTrusted(conmon);
  if (why === undefined) return;
  const place = '/usr/local/libexec/conmon-node/conmon';
  const advice = `Copy it where only root can write, and name that place:\ninstall -D -m 0755 ${conmon} ${place}\nconmonctl setup … --conmon ${place}`;
  throw new CtlError(`root must not execute ${conmon}: ${why}`, { advice });
}
