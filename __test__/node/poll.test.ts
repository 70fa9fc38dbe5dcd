import { spawn } from 'node:child_process';
import t from 'tap';
import { hasEnded, isAlive } from '../../ts/node/monitors/process-end.js';
import { poll } from '../../ts/node/poll.js';

t.test('a condition that holds already is found without waiting', async (t) => {
  t.equal(await poll(async () => 'found', 0), 'found');
});

t.test('the probe is called until it finds something', async (t) => {
  let calls = 0;
  t.equal(await poll(async () => ((calls += 1) === 3 ? calls : undefined)), 3);
});

t.test('after the time limit nothing is found', async (t) => {
  t.equal(await poll(async () => undefined, 1), undefined);
});

t.test('a process that has exited is not alive, also while nobody has reaped it', async (t) => {
  // The shell, which never waits, becomes `sleep`: its first child stays a zombie.
  const parent = spawn('/bin/sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => parent.kill('SIGKILL'));
  const zombie = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))));
  t.ok(await isAlive(parent.pid ?? 0));
  t.ok(await hasEnded(zombie, 10_000));
  t.notOk(await hasEnded(parent.pid ?? 0, 1));
});
