import { renameSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { AdoptedMonitor } from '../../../ts/node/containers/adopted-monitor.js';
import { until } from '../../support/wait.js';

/** It never looks of its own accord. */
const NEVER_MS = 2 ** 31 - 1;

t.test('the exit file ends the wait, without polling', async (t) => {
  const exits = t.testdir();
  let [asked, isReported] = [0, false];
  const hasEnded = async (): Promise<boolean> => {
    asked += 1;
    return isReported;
  };
  const monitor = new AdoptedMonitor(hasEnded, exits, NEVER_MS);
  const ended = monitor.waitFor(monitor.ended);
  await until('it has looked once', () => asked === 1);
  writeFileSync(`${exits}/.cid.tmp`, '0');
  isReported = true;
  renameSync(`${exits}/.cid.tmp`, `${exits}/cid`);
  await ended;
  t.ok(asked > 1);
});

t.test('where the directory cannot be watched, the monitor is asked until it has ended', async (t) => {
  let asked = 0;
  const monitor = new AdoptedMonitor(async () => (asked += 1) === 3, `${t.testdir()}/none`, NEVER_MS);
  await monitor.waitFor(monitor.ended);
  t.equal(asked, 3);
});
