/**
 * Waits for the exit file: the monitor renames it into place when the container has ended and its output is in the log. Its
 * content is the status and nothing else.
 */
import { watch } from 'node:fs';
import { readRegular } from '../../node/foreign/read-regular.js';
import { CtlError } from '../error.js';

/** How often to see whether the one who has to write it still lives. */
const LOOK_EVERY_MS = 500;

/**
 * Resolves with the file's content; rejects when `isAlive` says that the monitor has ended without writing it.
 * Call it before the container is started, so that nothing is missed.
 */
export function waitForExitFile(directory: string, id: string, isAlive: () => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      watcher.close();
      clearInterval(timer);
      settle();
    };
    const look = (): void => {
      // Asked first: what it wrote before it ended is then sure to be seen.
      const alive = isAlive();
      const content = contentOf(`${directory}/${id}`);
      if (content !== undefined) end(() => resolve(content));
      else if (!alive) end(() => reject(new CtlError('the monitor ended without writing the exit file')));
    };
    const watcher = watch(directory, () => look());
    const timer = setInterval(look, LOOK_EVERY_MS);
    look();
  });
}

/** The status in an exit file: digits, perhaps with a minus, no newline. */
export function parseExitStatus(content: string): number {
  if (!/^-?\d+$/.test(content)) throw new CtlError(`the exit file does not hold a status: ${JSON.stringify(content)}`);
  return Number(content);
}

/** More than a status has: anything longer is reported as what it is. */
const LONGEST = 64;

function contentOf(path: string): string | undefined {
  return readRegular(path, LONGEST)?.bytes.toString('utf8');
}
