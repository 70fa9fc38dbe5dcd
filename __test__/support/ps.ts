/** `conmonctl`, and what its `ps --json` prints. */
import { CONMONCTL } from '../ctl/live.js';
import { command, type Result } from './command.js';

export const PATIENCE_MS = 20_000;

export const ctl = (...args: readonly string[]): Promise<Result> =>
  command([CONMONCTL, ...args], { patience: PATIENCE_MS });

export interface Entry {
  readonly pid: number;
  readonly uid: number;
  readonly cid: string;
  readonly name?: string;
  readonly kind: string;
  readonly state: string;
  readonly containerPid?: number;
  readonly isForeign: boolean;
  readonly problem?: string;
}

export async function entries(): Promise<readonly Entry[]> {
  const { code, text, stderr } = await ctl('ps', '--json');
  if (code !== 0) throw new Error(`ps: ${code} ${stderr}`);
  return JSON.parse(text);
}
