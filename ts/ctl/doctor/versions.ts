/** Monitors that run another executable than the one that would be started now. */
import type { MonitorInfo } from '../../node/monitors/info.js';
import { monitors } from '../../node/monitors/monitors.js';
import { runs, versionOfExecutable, whyNotUpgradable } from '../../node/monitors/upgrade.js';
import { type Finding, note } from './finding.js';

const TOPIC = 'versions';

/** `own`: the executable of this package, if there is one. */
export async function versionFindings(
  own: string | undefined,
  find: () => Promise<readonly MonitorInfo[]> = monitors,
): Promise<readonly Finding[]> {
  const version = own === undefined ? undefined : versionOfExecutable(own);
  if (own === undefined || version === undefined) return [];
  const others = (await find()).filter((each) => whyNotUpgradable(each) === undefined && !runs(each.pid, own));
  if (others.length === 0) return [];
  const versions = [...new Set(others.map((each) => each.version ?? 'unknown'))].toSorted();
  const what = others.length === 1 ? '1 monitor runs' : `${others.length} monitors run`;
  return [
    note(
      TOPIC,
      `${what} another executable than ${own} (${version}): ${versions.join(', ')}`,
      'conmonctl upgrade --all',
    ),
  ];
}
