/** `conmonctl upgrade`: running monitors continue as another executable. */
import { runs, upgradeMonitor, whyNotUpgradable } from '../../node/monitors/upgrade.js';
import { continueAs, type ContinueArguments, type Way } from './continue-as.js';

/** Resolves with the exit status. */
export async function upgradeCommand(options: ContinueArguments): Promise<number> {
  const way: Way = {
    command: 'upgrade',
    done: 'upgraded',
    whyNot: whyNotUpgradable,
    isDone: (monitor, executable) => whyNotUpgradable(monitor) === undefined && runs(monitor.pid, executable),
    perform: upgradeMonitor,
    before: ({ version = 'unknown' }) => version,
  };
  return continueAs(way, options);
}
