/** `conmonctl rm`: ends containers, and removes everything that belongs to them. */
import { rm } from 'node:fs/promises';
import { Container } from '../../node/containers/container.js';
import { type Leftover, leftovers } from '../../node/containers/leftovers.js';
import { CtlError, messageOf } from '../error.js';
import { OUTPUT } from '../output-guard.js';
import { visible } from '../visible.js';
import { containerFailure, openContainer } from './kept-container.js';
import { removeContainer } from './remove.js';

const PURPOSE = { verb: 'remove', podman: 'rm -f', crictl: 'rm -f' };

export interface RmArguments {
  readonly container?: readonly string[] | undefined;
  readonly leftovers?: boolean | undefined;
}

/** Resolves with the exit status: that of the first failure. What can be removed is removed. */
export async function rmCommand(options: RmArguments): Promise<number> {
  const words = options.container ?? [];
  if (options.leftovers !== true && words.length === 0) {
    const advice = 'Name a container, or give --leftovers. conmonctl ps lists those that run.';
    throw new CtlError('nothing to remove', { advice });
  }
  OUTPUT.finishFirst();
  const removals = words.map((word) => async () => removeNamed(word));
  const left = options.leftovers === true ? await leftovers() : [];
  return allOf([...removals, ...left.map((each) => async () => removeLeftover(each))]);
}

async function allOf(removals: readonly (() => Promise<string>)[]): Promise<number> {
  const failures: unknown[] = [];
  for (const remove of removals) {
    try {
      process.stdout.write(`${visible(await remove())}\n`);
    } catch (error) {
      failures.push(containerFailure(error));
    }
  }
  const [first, ...others] = failures;
  for (const other of others) process.stderr.write(`conmonctl: ${visible(messageOf(other))}\n`);
  if (first !== undefined) throw first;
  return 0;
}

async function removeNamed(word: string): Promise<string> {
  const container = await openContainer(word, PURPOSE);
  await removeContainer(container);
  return container.cid;
}

async function removeLeftover({ cid, directory }: Leftover): Promise<string> {
  if (cid === undefined) await rm(directory, { recursive: true, force: true });
  else await removeContainer(await Container.open({ directory }));
  return cid ?? directory;
}
