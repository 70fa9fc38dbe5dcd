/** What `conmonctl upgrade` and `conmonctl adopt` share: running monitors continue as another executable, one after the other. */
import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { promisify } from 'node:util';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { monitors } from '../../node/monitors/monitors.js';
import { versionOfExecutable } from '../../node/monitors/upgrade.js';
import { CtlError, messageOf } from '../error.js';
import { jsonText } from '../json-text.js';
import { conmonPath } from '../locate.js';
import { printOut } from '../standard-stream.js';
import { visible } from '../visible.js';
import { namedMonitor } from './find.js';
import { idText } from './listing.js';

const SOME_FAILED = 1;
/** How long `--version` of an executable may take. */
const PATIENCE_MS = 5000;

export interface ContinueArguments {
  readonly container?: readonly string[] | undefined;
  readonly all?: boolean | undefined;
  readonly executable?: string | undefined;
  readonly json?: boolean | undefined;
}

/** How monitors of one kind continue. */
export interface Way {
  readonly command: 'upgrade' | 'adopt';
  /** What a monitor has become. */
  readonly done: 'upgraded' | 'adopted';
  /** Why a monitor cannot; undefined if that can be tried. */
  whyNot(monitor: MonitorInfo): string | undefined;
  /** Whether it already is what it is to become. */
  isDone(monitor: MonitorInfo, executable: string): boolean;
  /** Rejects with the reason when the monitor stays as it is. */
  perform(monitor: MonitorInfo, executable: string): Promise<void>;
  /** Its program before, for people. */
  before(monitor: MonitorInfo): string;
}

/** The result for one monitor. */
interface Outcome {
  readonly monitor: MonitorInfo;
  readonly result: Way['done'] | 'unchanged' | 'failed';
  /** Why it keeps its executable. */
  readonly reason?: string;
}

/** Resolves with the exit status. */
export async function continueAs(way: Way, options: ContinueArguments): Promise<number> {
  const { container: words = [], all = false } = options;
  if (all === words.length > 0) {
    const advice = `conmonctl help ${way.command}`;
    throw new CtlError(`${way.command} needs containers or --all, not both`, { advice });
  }
  const path = realpathSync(conmonPath(options.executable, process.env));
  const version = await usableVersion(path);
  const found = await monitors();
  const chosen = all
    ? found.filter((each) => way.whyNot(each) === undefined)
    : words.map((word) => namedMonitor(word, found));
  const outcomes: Outcome[] = [];
  for (const monitor of chosen) {
    const outcome = await attempt(way, monitor, path);
    outcomes.push(outcome);
    if (options.json !== true) await print(way, outcome, version);
  }
  if (options.json === true)
    await printOut(`${jsonText({ executable: path, version, monitors: outcomes.map(shown) })}\n`);
  return outcomes.some(({ result }) => result === 'failed') ? SOME_FAILED : 0;
}

/** Throws a {@link CtlError} for a file that is not an executable of this project, or does not run here. */
async function usableVersion(path: string): Promise<string> {
  const version = versionOfExecutable(path);
  if (version === undefined) throw new CtlError(`${path} is not an executable of conmon-node`);
  try {
    await promisify(execFile)(path, ['--version'], { timeout: PATIENCE_MS });
  } catch (cause) {
    throw new CtlError(`${path} does not run here: ${messageOf(cause)}`, { cause });
  }
  return version;
}

async function attempt(way: Way, monitor: MonitorInfo, path: string): Promise<Outcome> {
  if (way.isDone(monitor, path)) return { monitor, result: 'unchanged', reason: 'it already runs this executable' };
  const why = way.whyNot(monitor);
  if (why !== undefined) return { monitor, result: 'failed', reason: why };
  try {
    await way.perform(monitor, path);
    return { monitor, result: way.done };
  } catch (error) {
    return { monitor, result: 'failed', reason: messageOf(error) };
  }
}

async function print(way: Way, { monitor, result, reason = '' }: Outcome, version: string): Promise<void> {
  const name = visible(idText(monitor, false));
  if (result === way.done) await printOut(`${name}: ${way.before(monitor)} → ${version}\n`);
  else if (result === 'unchanged') await printOut(`${name}: ${visible(reason)}\n`);
  else process.stderr.write(`conmonctl: cannot ${way.command} the monitor of ${name}: ${visible(reason)}\n`);
}

function shown({ monitor: { cid, pid, version }, result, reason }: Outcome): object {
  return { container: cid, monitor: pid, from: version, result, reason };
}
