import { bytePrefix } from './bytes.js';
import type { Environment } from './host.js';
import { leadingDecimal } from './integer.js';
import type { ListenPid } from './plan.js';
import { Refused } from './refused.js';

/** How much of a bad value the complaint quotes. */
const QUOTED_BYTES = 10;

/**
 * The process that socket activation is meant for (sd_listen_fds(3)).
 *
 * @throws {Refused} when the variable does not begin with a positive number.
 */
export function listenPid(env: Environment, always: boolean): ListenPid | null {
  const text = env('LISTEN_PID');
  if (text === undefined) return null;
  const pid = leadingDecimal(text).value;
  if (pid === null || pid <= 0) throw new Refused('detailed', `Invalid LISTEN_PID ${bytePrefix(text, QUOTED_BYTES)}`);
  return { pid, always };
}
