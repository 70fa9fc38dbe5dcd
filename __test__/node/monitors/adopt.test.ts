import t from 'tap';
import { whyNotAdoptable } from '../../../ts/node/monitors/adopt.js';
import { monitorInfo } from '../../support/monitor-info.js';

const C = { kind: 'conmon', version: '2.1.6', state: 'running' } as const;

void t.test('C conmons of known versions with a running container can be adopted', async (t) => {
  for (const version of ['2.1.6', '2.1.10', '2.1.13', '2.1.12+ds1-3', '2.2.0', '2.2.1', '2.2.1-dev']) {
    t.equal(whyNotAdoptable(monitorInfo({ ...C, version })), undefined, version);
  }
  t.equal(whyNotAdoptable(monitorInfo({ ...C, state: 'paused' })), undefined);
  t.equal(whyNotAdoptable(monitorInfo({ ...C, state: undefined })), undefined);
});

void t.test('other monitors cannot be adopted', async (t) => {
  for (const [changes, why] of [
    [{ isForeign: true }, /belongs to another user/],
    [{ kind: 'conmon-node', version: '0.1.0' }, /a monitor of this project already/],
    [{ kind: 'unknown', version: undefined }, /not known to be a C conmon/],
    [{ version: '2.1.5' }, /its version 2\.1\.5 is not known/],
    [{ version: '2.0.31' }, /is not known/],
    [{ version: '2.2.2' }, /its version 2\.2\.2 is not known: 2\.1\.6 to 2\.2\.1 are/],
    [{ version: '2.3.0' }, /its version 2\.3\.0 is not known/],
    [{ version: '2.10.0' }, /is not known/],
    [{ version: '3.0.0' }, /is not known/],
    [{ mode: 'exec' }, /exec session/],
    [{ state: 'stopped' }, /is stopped/],
    [{ state: 'creating' }, /does not run/],
    [{ state: 'ended' }, /does not run/],
  ] as const) {
    t.match(whyNotAdoptable(monitorInfo({ ...C, ...changes })), why, JSON.stringify(changes));
  }
});
