/**
 * `conmonctl setup`: writes or removes the file, then asks the manager what it uses now. If it uses another monitor, or no longer
 * answers, what was written is undone.
 */
import { readDropIn, removeDropIn, writeDropIn } from './drop-in.js';
import type { ManagerConfig, Usage } from './manager.js';
import { isSameFile } from './same-file.js';

/** What is to be done. */
export interface SetupOptions {
  readonly manager: ManagerConfig;
  /** Absolute path of the monitor. */
  readonly conmon: string;
  readonly undo: boolean;
  readonly dryRun: boolean;
}

/** What was done, for people and programs. */
export interface SetupReport {
  readonly manager: string;
  readonly path: string;
  readonly conmon: string;
  /** `put back`: it was written, and is again as it was before. */
  readonly action: 'written' | 'removed' | 'put back' | 'nothing to do';
  /** Nothing was done: this is what would be. */
  readonly dryRun: boolean;
  /** What the file holds now, or would hold; absent when it is gone. */
  readonly text?: string;
  readonly check: Check;
  /** What is left to be done by hand. */
  readonly next?: string;
}

/** What the manager itself reports about the monitors it uses. */
export type Check =
  | { readonly result: 'as wanted' | 'otherwise'; readonly uses: readonly Usage[]; readonly rivals: readonly string[] }
  | { readonly result: 'failed'; readonly reason: string }
  | { readonly result: 'not checked'; readonly reason: string; readonly rivals: readonly string[] };

export async function setup({ manager, conmon, undo, dryRun }: SetupOptions): Promise<SetupReport> {
  const { path, title } = manager;
  const before = await readDropIn(path);
  const text = undo ? undefined : await manager.text(conmon);
  const wanted = before === text ? 'nothing to do' : undo ? 'removed' : 'written';
  if (!dryRun && wanted !== 'nothing to do') await put(path, text);
  const found: Check = dryRun
    ? { result: 'not checked', reason: 'nothing was done', rivals: [] }
    : await check(manager, conmon, undo);
  const isRefused = wanted === 'written' && (found.result === 'otherwise' || found.result === 'failed');
  if (isRefused) await put(path, before);
  const [action, now] = isRefused ? (['put back', before] as const) : ([wanted, text] as const);
  const hasNext = manager.next !== undefined && !dryRun && (action === 'written' || action === 'removed');
  return {
    ...{ manager: title, path, conmon, action, dryRun },
    ...(now === undefined ? {} : { text: now }),
    check: found,
    ...(hasNext ? { next: manager.next } : {}),
  };
}

/** Undefined: the file does not exist. */
async function put(path: string, text: string | undefined): Promise<void> {
  await (text === undefined ? removeDropIn(path) : writeDropIn(path, text));
}

async function check(manager: ManagerConfig, conmon: string, undo: boolean): Promise<Check> {
  const answer = await manager.ask();
  if (answer.kind === 'failed') return { result: 'failed', reason: answer.reason };
  if (answer.kind === 'not asked') {
    return { result: 'not checked', reason: answer.reason, rivals: undo ? [] : await manager.rivals() };
  }
  const { usages } = answer;
  const ours = usages.filter(({ conmon: used }) => isSameFile(used, conmon));
  const isWanted = undo ? ours.length === 0 : ours.length === usages.length;
  return { result: isWanted ? 'as wanted' : 'otherwise', uses: usages, rivals: isWanted ? [] : await manager.rivals() };
}
