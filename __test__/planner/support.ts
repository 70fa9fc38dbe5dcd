/** A planner whose environment and files the test provides. */
import type { Host } from '../../ts/planner/host.js';
import { plan } from '../../ts/planner/main.js';
import type { Plan, PlanResult, Refusal } from '../../ts/planner/plan.js';

/** What the planner finds around it. */
export interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What may be executed; everything if not given. */
  readonly executables?: readonly string[];
}

/** The id used where it does not matter: long enough for journald. */
export const CID = '0123456789abcdef';

/** The least that is accepted; further options follow it. */
export const CREATE: readonly string[] = ['-c', CID, '-u', 'uuid', '-r', '/runtime', '-l', 'none'];
export const EXEC: readonly string[] = [...CREATE, '-e', '--exec-process-spec', '/spec'];

/** What is not executable does not exist. */
export function hostOf({ cwd = '/cwd', executables }: World = {}): Host {
  return {
    cwd: () => cwd,
    isExecutable: (path) => executables === undefined || executables.includes(path),
    whyNotExecutable: () => 'No such file or directory',
  };
}

export function run(argv: readonly string[], world: World = {}): PlanResult {
  const { env = {} } = world;
  return plan(argv, (name) => (Object.hasOwn(env, name) ? env[name] : undefined), hostOf(world));
}

export function planOf(argv: readonly string[], world?: World): Plan {
  const result = run(argv, world);
  if ('plan' in result) return result.plan;
  throw new Error(`a plan was expected: ${JSON.stringify(result)}`);
}

export function refusalOf(argv: readonly string[], world?: World): Refusal {
  const result = run(argv, world);
  if ('refusal' in result) return result.refusal;
  throw new Error(`a refusal was expected: ${JSON.stringify(result)}`);
}

/** The bytes that a string of the plan encodes. */
export function bytesOf(text: string): Buffer {
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.charCodeAt(0);
    const isByte = character.length === 1 && code >= 0xdc80 && code <= 0xdcff;
    parts.push(isByte ? Buffer.from([code & 0xff]) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}
