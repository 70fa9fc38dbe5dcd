/** The vectors that other languages and hosts read too. */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

/** A command line and part of what the planner makes of it. */
export interface ArgvVector {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly expect: object;
}

/** A command line of a manager and the whole of what the planner makes of it; the working directory is `cwd`. */
export interface PlanVector {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly result: object;
}

const PLANS = '__test__/vectors/plans.json';

export const ARGV_VECTORS: readonly ArgvVector[] = read('argv.json');
export const PLAN_VECTORS: readonly PlanVector[] = read('plans.json');

/** Replaces the plans beside the command lines: `npx tap --snapshot __test__/planner/main.test.ts`. The facts stay. */
export async function writePlanVectors(resultOf: (vector: PlanVector) => object): Promise<void> {
  const vectors = PLAN_VECTORS.map((vector) => ({ ...vector, result: resultOf(vector) }));
  const options = await resolveConfig(PLANS);
  writeFileSync(PLANS, await format(JSON.stringify(vectors, undefined, 2), { ...options, filepath: PLANS }));
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(`__test__/vectors/${name}`, 'utf8'));
}

/** Whether `whole` contains all of `part`: objects may have more fields, all else is equal. */
export function holds(whole: unknown, part: unknown): boolean {
  if (!isRecord(part)) return JSON.stringify(whole) === JSON.stringify(part);
  return isRecord(whole) && Object.entries(part).every(([name, value]) => holds(whole[name], value));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
