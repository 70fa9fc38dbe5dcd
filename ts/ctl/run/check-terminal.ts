/**
 * A bundle and `--terminal` must agree: a shell on a terminal without a client would wait indefinitely.
 */
import { join } from 'node:path';
import { CONFIG, configOf, directoryAt, wantsTerminal } from '../../node/containers/monitor-bundle.js';
import { CtlError } from '../error.js';

/** Refuses a bundle whose `process.terminal` differs. */
export async function checkTerminal(bundle: string, terminal: boolean): Promise<void> {
  const wanted = wantsTerminal(configOf(await directoryAt(bundle, 'bundle')));
  if (wanted === terminal) return;
  const advice = wanted ? 'Give --terminal.' : 'Leave --terminal out, or set process.terminal there.';
  throw new CtlError(`${join(bundle, CONFIG)} ${wanted ? 'wants a' : 'wants no'} terminal`, { advice });
}
