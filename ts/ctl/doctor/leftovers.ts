/**
 * Containers and directories that killed programs have left behind.
 */
import { type Leftover, leftovers } from '../../node/containers/leftovers.js';
import { type Finding, note, warning } from './finding.js';

const TOPIC = 'leftovers';

export async function leftoverFindings(
  find: () => Promise<readonly Leftover[]> = leftovers,
): Promise<readonly Finding[]> {
  return (await find()).map(findingOf);
}

function findingOf({ directory, cid, isRunning, reason }: Leftover): Finding {
  switch (reason) {
    case 'abandoned': {
      const state = isRunning ? 'still runs' : 'was not removed';
      const what = `the container ${cid} ${state}, although the conmonctl run that started it is gone: ${directory}`;
      return warning(TOPIC, what, `conmonctl rm ${cid}`);
    }
    case 'ended':
      return note(TOPIC, `the container ${cid} has ended and was not removed: ${directory}`, `conmonctl rm ${cid}`);
    case 'incomplete':
      return note(TOPIC, `a directory without a container: ${directory}`, 'conmonctl rm --leftovers');
  }
}
