/** What reading costs: nothing while nothing is written, and no memory that grows with the log. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { contextSwitches } from '../../support/proc.js';
import { within } from '../../support/wait.js';
import { ROOT } from '../root.js';
import { k8s } from './collect.js';

t.test('a process that follows a quiet log does not wake up', async (t) => {
  const directory = t.testdir({ log: k8s('a') });
  const program = `
    import { readLog } from '${ROOT}/ts/node/logs/read-log.ts';
    for await (const { text } of readLog('${directory}/log', { follow: true })) console.log(text.toString());`;
  writeFileSync(`${directory}/follow.mts`, program);
  const child = spawn(process.execPath, [...process.execArgv, `${directory}/follow.mts`], {
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

t.test('memory does not grow with the log', async (t) => {
  const directory = t.testdir({ log: '' });
  const megabyte = k8s('x'.repeat(900)).repeat(1100);
  for (let count = 0; count < 300; count += 1) appendFileSync(`${directory}/log`, megabyte);
  const program = `
    import { readLog } from '${ROOT}/ts/node/logs/read-log.ts';
    const before = process.memoryUsage().rss;
    let records = 0;
    for await (const _ of readLog('${directory}/log')) records += 1;
    console.log(records, process.resourceUsage().maxRSS * 1024 - before);`;
  writeFileSync(`${directory}/read.mts`, program);
  const child = spawn(process.execPath, [...process.execArgv, `${directory}/read.mts`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  for await (const piece of child.stdout) said += String(piece);
  const [records, grown] = said.split(' ').map(Number);
  t.equal(records, 330_000);
  t.ok(Number(grown) < 100 << 20, `${grown} bytes more for a log of 300 MB`);
});
