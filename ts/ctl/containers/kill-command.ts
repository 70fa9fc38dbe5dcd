/** `conmonctl kill`: sends a signal to containers. */
import { constants } from 'node:os';
import { CtlError } from '../error.js';
import { OUTPUT } from '../output-guard.js';
import { openContainer, orFailure } from './kept-container.js';

const PURPOSE = { verb: 'kill', podman: 'kill', crictl: 'stop' };

export interface KillArguments {
  readonly container: readonly string[];
  readonly signal: string;
}

/** Resolves with the exit status. */
export async function killCommand({ container: words, signal }: KillArguments): Promise<number> {
  const name = signalNamed(signal);
  OUTPUT.finishFirst();
  for (const word of words) {
    const container = await openContainer(word, PURPOSE);
    await orFailure(container.kill(name));
    process.stdout.write(`${container.cid}\n`);
  }
  return 0;
}

/** By its name, with or without `SIG`, or its number. Throws a {@link CtlError}. */
export function signalNamed(text: string): NodeJS.Signals {
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  const found = Object.entries(constants.signals).find(([each, number]) => each === name || String(number) === text);
  if (found !== undefined) return found[0] as NodeJS.Signals;
  const advice = 'For example: TERM, SIGHUP, 9; kill -l lists all.';
  throw new CtlError(`unknown signal ${JSON.stringify(text)}`, { advice });
}
