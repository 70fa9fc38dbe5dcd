/**
 * `conmonctl setup`: writes or removes the file, then asks the manager what it uses now.
 */
import { realpathSync } from 'node:fs';
import { readDropIn, removeDropIn, writeDropIn } from './drop-in.js';
import type { Answer, Manager, Usage } from './manager.js';

/** What is to be done. */
export interface SetupOptions {
  readonly manager: Manager;
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
  readonly action: 'written' | 'removed' | 'nothing to do';
  /** Nothing was done: this is what would be. */
  readonly dryRun: boolean;
  /** What the file holds now, or would hold; absent when it is gone. */
  readonly text?: string;
  readonly check: Check;
  /** What is left to be done by hand. */
  readonly next?: string;
}

/** What the manager itself says about the monitors it uses. */
export type Check =
  | { readonly result: 'as wanted' | 'otherwise'; readonly uses: readonly Usage[]; readonly rivals: readonly string[] }
  | { readonly result: 'not checked'; readonly reason: string };

export async function setup({ manager, conmon, undo, dryRun }: SetupOptions): Promise<SetupReport> {
  const { path, title } = manager;
  const before = await readDropIn(path);
  const text = undo ? undefined : await manager.text(conmon);
  const action = before === text ? 'nothing to do' : undo ? 'removed' : 'written';
  if (!dryRun && action === 'written' && text !== undefined) await writeDropIn(path, text);
  if (!dryRun && action === 'removed') await removeDropIn(path);
  return {
    ...{ manager: title, path, conmon, action, dryRun },
    ...(text === undefined ? {} : { text }),
    check: dryRun ? { result: 'not checked', reason: 'nothing was done' } : await check(manager, conmon, undo),
    ...(manager.next === undefined || dryRun || action === 'nothing to do' ? {} : { next: manager.next }),
  };
}

async function check(manager: Manager, conmon: string, undo: boolean): Promise<Check> {
  const answer: Answer = await manager.ask();
  if (answer.kind === 'not asked') return { result: 'not checked', reason: answer.reason };
  const { usages } = answer;
  const ours = usages.filter(({ conmon: used }) => isSame(used, conmon));
  const wanted = undo ? ours.length === 0 : ours.length === usages.length;
  return { result: wanted ? 'as wanted' : 'otherwise', uses: usages, rivals: wanted ? [] : manager.rivals() };
}

function isSame(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return one === other;
  }
}
