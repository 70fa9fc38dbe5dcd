/** `conmonctl adopt`: running C conmons continue as the executable of this project. */
import { adoptMonitor, whyNotAdoptable } from '../../node/monitors/adopt.js';
import { runs } from '../../node/monitors/upgrade.js';
import { continueAs, type ContinueArguments, type Way } from './continue-as.js';

/** Resolves with the exit status. */
export async function adoptCommand(options: ContinueArguments): Promise<number> {
  const way: Way = {
    command: 'adopt',
    done: 'adopted',
    whyNot: whyNotAdoptable,
    isDone: ({ kind, pid }, executable) => kind === 'conmon-node' && runs(pid, executable),
    perform: adoptMonitor,
    before: ({ version = 'unknown' }) => `conmon ${version}`,
  };
  return continueAs(way, options);
}
