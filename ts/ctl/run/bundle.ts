/**
 * The OCI bundle: written for the run, or the user's.
 */
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ATTACH_SOCKET, CTL_FIFO, OOM_FILE, WINSZ_FIFO } from '../../planner/bundle-files.js';
import { readText } from '../../node/foreign/read-text.js';
import { CtlError } from '../error.js';
import { type ContainerDescription, ociSpec } from './oci-spec.js';

/** What a monitor creates in the bundle. */
const MONITOR_FILES = [ATTACH_SOCKET, CTL_FIFO, WINSZ_FIFO, OOM_FILE];

/** Writes a bundle with nothing but a config.json; resolves with its path. */
export async function writeBundle(directory: string, container: ContainerDescription): Promise<string> {
  if (container.rootfs !== undefined) await requireDirectory(container.rootfs, 'root file system');
  const bundle = join(directory, 'bundle');
  await mkdir(bundle, { mode: 0o700 });
  await writeFile(join(bundle, 'config.json'), `${JSON.stringify(ociSpec(container), null, 2)}\n`);
  return bundle;
}

/** Refuses an invalid bundle, one that another monitor may be using, and one whose `terminal` differs. */
export async function checkBundle(bundle: string, terminal: boolean): Promise<void> {
  await requireDirectory(bundle, 'bundle');
  const config = join(bundle, 'config.json');
  let wanted: boolean;
  try {
    wanted = wantsTerminal(JSON.parse(readText(config)));
  } catch (cause) {
    const advice = 'A bundle is a directory with a config.json; runc spec writes an example.';
    throw new CtlError(`cannot use ${config}: ${String(cause)}`, { advice, cause });
  }
  if (wanted !== terminal) {
    const advice = wanted ? 'Give --terminal.' : 'Leave --terminal out, or set process.terminal there.';
    throw new CtlError(`${config} ${wanted ? 'wants a' : 'wants no'} terminal`, { advice });
  }
  for (const name of MONITOR_FILES) {
    if (await exists(join(bundle, name))) {
      const advice = 'If no monitor runs there any more, remove attach, ctl, winsz and oom from the bundle.';
      throw new CtlError(`another monitor may be using the bundle: ${join(bundle, name)} exists`, { advice });
    }
  }
}

/** `process.terminal` of the OCI runtime specification. */
function wantsTerminal(config: unknown): boolean {
  if (typeof config !== 'object' || config === null || !('process' in config)) return false;
  const { process } = config;
  return typeof process === 'object' && process !== null && 'terminal' in process && process.terminal === true;
}

/** Removes what the monitor has made in the user's bundle. */
export async function removeMonitorFiles(bundle: string): Promise<void> {
  for (const name of MONITOR_FILES) await rm(join(bundle, name), { force: true });
}

async function requireDirectory(path: string, what: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new CtlError(`cannot use the ${what} ${path}: ${String(cause)}`, { cause });
  });
  if (!found.isDirectory()) throw new CtlError(`the ${what} ${path} is not a directory`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
