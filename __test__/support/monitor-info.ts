/** Descriptions of monitors, for tests of what is made of them. */
import type { MonitorInfo } from '../../ts/node/monitors/info.js';

/** A running container `web` of root, with these differences. */
export function monitorInfo(changes: Partial<MonitorInfo> = {}): MonitorInfo {
  return {
    ...{ pid: 1, uid: 0, isForeign: false, kind: 'conmon-node', version: '1.0.0', cid: 'aaaa', name: 'web' },
    ...{ cuuid: undefined, mode: 'create', terminal: false, state: 'running', containerPid: 2, bundle: '/b' },
    ...{ logs: [], attachSocket: undefined, control: undefined, exitFiles: [], startedAt: new Date(0) },
    ...{ memory: undefined, clients: undefined, problem: undefined },
    ...changes,
  };
}
