/** The planner: turns a command line into what is to be done about it. */
import { decide } from './decide.js';
import { nothingGiven } from './given.js';
import { HELP } from './tables.js';
import type { Environment, Host } from './host.js';
import { parse } from './parse.js';
import type { PlanResult } from './plan.js';
import { refusal } from './refusal.js';
import { Refused } from './refused.js';
import { versionText } from './version.js';

/**
 * What to do about a command line. Asks nothing but `env` and `host`, and changes nothing.
 *
 * @param argv the arguments without the name of the program.
 */
export function plan(argv: readonly string[], env: Environment, host: Host): PlanResult {
  const given = nothingGiven();
  try {
    switch (parse(argv, given)) {
      case 'help':
        return { text: { stdout: HELP, status: 0 } };
      case 'version':
        return { text: { stdout: versionText(), status: 0 } };
      case 'work':
        return { plan: decide(given, env, host) };
    }
  } catch (error) {
    if (error instanceof Refused) return { refusal: refusal(error, given, env) };
    throw error;
  }
}
