/**
 * Whether a program is a container monitor: managers trust a path without looking.
 */
import { CtlError } from '../error.js';
import { outputOf } from '../program.js';

/** What C conmon and this monitor print; CRI-O reads the version from it. */
const VERSION = /^conmon version \d+\.\d+\.\d+/;

/** Calls it with `--version`. Throws a {@link CtlError} unless its output is that of a monitor. */
export async function requireMonitor(conmon: string): Promise<void> {
  const advice = 'Nothing was changed. Is it for this processor, and the file that was meant?';
  const { status, stdout } = await outputOf(conmon, ['--version']).catch((cause: unknown) => {
    throw new CtlError(`${conmon} does not run here`, { advice, cause });
  });
  if (status === 0 && VERSION.test(stdout)) return;
  const [first = ''] = stdout.split('\n');
  const answer = status === 0 ? `prints ${JSON.stringify(first.slice(0, 80))}` : `ends with status ${status}`;
  throw new CtlError(`${conmon} is not a container monitor: with --version it ${answer}`, { advice });
}
