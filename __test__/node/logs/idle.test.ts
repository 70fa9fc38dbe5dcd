/** Following costs nothing while nothing is written. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { contextSwitches } from '../../support/proc.js';
import { within } from '../../support/wait.js';
import { ROOT } from '../root.js';
import { k8s } from './collect.js';

t.test('a process that follows a quiet log does not wake up', async (t) => {
  const folder = t.testdir({ log: k8s('a') });
  const program = `
    import { readLog } from '${ROOT}/ts/node/logs/read-log.ts';
    for await (const { text } of readLog('${folder}/log', { follow: true })) console.log(text.toString());`;
  writeFileSync(`${folder}/follow.mts`, program);
  const child = spawn(process.execPath, [...process.execArgv, `${folder}/follow.mts`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  await within('the first record', once(child.stdout, 'data'), 30_000);
  // The engine tidies up after the start.
  await sleep(1500);
  const before = contextSwitches(child.pid ?? 0);
  await sleep(1000);
  t.equal(contextSwitches(child.pid ?? 0), before);
});
