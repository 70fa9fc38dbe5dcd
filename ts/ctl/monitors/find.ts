/**
 * Finds the monitor of a container that the user names.
 */
import type { MonitorInfo } from '../../node/monitors/info.js';
import { CtlError } from '../error.js';

/** Exit status: nobody has such a container. */
export const NOT_FOUND = 1;

/** By the name, the whole id, or the begin of one if it is the begin of no other. Further processes are not looked at. */
export function findMonitor(word: string, all: readonly MonitorInfo[]): MonitorInfo {
  const containers = all.filter(({ mode }) => mode !== 'exec');
  const exact = containers.filter(({ cid, name }) => cid === word || name === word);
  const found = exact.length > 0 ? exact : containers.filter(({ cid }) => word !== '' && cid.startsWith(word));
  const [first, ...more] = found;
  if (first === undefined) {
    const advice = 'conmonctl ps shows those that run.';
    throw new CtlError(`no monitor here has a container ${JSON.stringify(word)}`, { advice, status: NOT_FOUND });
  }
  if (more.length === 0) return first;
  const ids = found.map(({ cid, pid }) => `${cid} (monitor ${pid})`).join(', ');
  throw new CtlError(`${JSON.stringify(word)} may be several containers: ${ids}`, { advice: 'Give more of the id.' });
}
