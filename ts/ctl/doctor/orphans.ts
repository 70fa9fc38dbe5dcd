/** Containers whose monitor was killed, and that can have another one. */
import { shortId } from '../quantities.js';
import { findOrphans } from '../rescue/orphans.js';
import type { RescueRecord } from '../rescue/record.js';
import { type Finding, problem } from './finding.js';

const TOPIC = 'rescue';

export async function orphanFindings(
  find: () => Promise<readonly RescueRecord[]> = findOrphans,
): Promise<readonly Finding[]> {
  return (await find()).map(({ cid, name }) => {
    const called = name === undefined ? shortId(cid) : `${name} (${shortId(cid)})`;
    const what = `the monitor of container ${called} was killed: nothing logs its output or reports its exit`;
    return problem(TOPIC, what, `conmonctl rescue ${shortId(cid)}`);
  });
}
