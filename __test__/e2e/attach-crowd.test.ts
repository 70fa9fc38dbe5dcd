/** Many attach clients: together, one after the other, and more than there are descriptors for. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { joined, readLog } from '../support/cri-log.js';
import { sleeps } from '../support/idle.js';
import { anonymous } from '../support/memory.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { descriptors } from '../support/proc.js';
import { scene } from '../support/scene.js';
import { STDOUT, connect } from '../support/stream-client.js';
import { betterThanC, unlessEmulated, unlessNode } from '../support/target.js';
import { until, within } from '../support/wait.js';

const CROWD = 300;
const LINES = 20_000;
const OUTPUT = Array.from({ length: LINES }, (_, line) => `${line + 1}\n`).join('');
const FEW = Buffer.from('x\n');

void t.test(`${CROWD} simultaneous clients each get everything, and their input arrives complete`, async (t) => {
  const s = scene(t);
  const payload = `head -n ${CROWD} | sort | uniq -c; seq 1 ${LINES}; exit 3`;
  const runtime = actor(s, { payload });
  const run = launch(t, s, createArguments(s, runtime.path, ['-i', '--leave-stdin-open']));
  await run.started();
  const clients = Array.from({ length: CROWD }, () => connect(t, `${s.bundle}/attach`));
  await Promise.all(clients.map((client) => client.send(FEW)));
  await runtime.start();
  t.equal(await run.finished(), '3');
  await Promise.all(clients.map((client) => client.closed()));
  const text = joined(readLog(s.log), 'stdout');
  t.match(text, new RegExp(`^ +${CROWD} x\n1\n`), 'no packet is torn');
  t.ok(text.endsWith(OUTPUT), 'the log');
  t.ok(
    clients.every((client) => client.bytes(STDOUT).toString() === text),
    'every client',
  );
});

void t.test('clients that all disconnect during output disturb neither the others nor the log', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: `seq 1 ${10 * LINES}; exit 3` });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  const path = `${s.bundle}/attach`;
  const staying = connect(t, path);
  const leaving = Array.from({ length: CROWD }, () => connect(t, path));
  await runtime.start();
  await Promise.all(
    leaving.map(async (client) => {
      await until('some output', () => client.length > 0);
      client.close();
    }),
  );
  t.equal(await run.finished(), '3');
  await staying.closed();
  const text = joined(readLog(s.log), 'stdout');
  t.ok(text === Array.from({ length: 10 * LINES }, (_, line) => `${line + 1}\n`).join(''), 'the log');
  t.ok(staying.bytes(STDOUT).toString() === text, 'who stayed');
});

void t.test(
  'a crowd that leaves a silent container leaves no memory',
  {
    ...betterThanC('it notices no client that leaves until the container writes'),
    ...unlessNode('its heap is that of Node'),
    ...unlessEmulated('the memory is that of the emulator'),
  },
  async (t) => {
    const s = scene(t);
    const run = launch(t, s, createArguments(s, actor(s).path));
    await run.started();
    const monitor = await run.pid();
    // By then a monitor has released what the start took, and does so again only for a reason.
    await sleep(1500);
    const [memory, open] = [anonymous(monitor), descriptors(monitor).size];
    const clients = Array.from({ length: 2 * CROWD }, () => connect(t, `${s.bundle}/attach`));
    await until('all clients', () => descriptors(monitor).size === open + clients.length);
    for (const client of clients) client.close();
    await until('none of them', () => descriptors(monitor).size === open);
    await until('the memory of before', () => anonymous(monitor) <= memory + 32);
  },
);

void t.test('the exit is reported although clients use all descriptors', needs('prlimit'), async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'setsid sleep 5 & echo all; exit 4' });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  const monitor = await run.pid();
  // The pid is reported before all descriptors are open.
  await sleeps(t, monitor);
  const used = descriptors(monitor);
  const free = Array.from({ length: used.size + 6 }, (_, number) => number).filter((number) => !used.has(number));
  const limit = free[4] ?? 0;
  execFileSync('prlimit', ['--pid', String(monitor), `--nofile=${limit}:${limit}`]);
  const clients = Array.from({ length: 12 }, () => connect(t, `${s.bundle}/attach`));
  await until('all descriptors to be taken', () => descriptors(monitor).size === used.size + 4);
  await runtime.start();
  t.equal(await run.finished(), '4');
  await Promise.all(clients.map((client) => client.closed()));
  const served = clients.filter((client) => client.bytes(STDOUT).toString() === 'all\n').length;
  t.ok(served >= 4, `${served} clients got the output`);
});

void t.test(
  'a client that connects while the end is reported sees the end immediately',
  needs('miniruntime'),
  async (t) => {
    const s = scene(t);
    // The client arrives when everything has been said: whether it is let in or refused, it must not wait for the command.
    const runtime = actor(s, { payload: 'exit 4' });
    const extra = ['--exit-command', '/bin/sleep', '--exit-command-arg', '20'];
    const run = launch(t, s, createArguments(s, runtime.path, extra));
    await run.started();
    const clients: ReturnType<typeof connect>[] = [];
    const knock = (): void => {
      try {
        clients.push(connect(t, `${s.bundle}/attach`));
      } catch {
        // Refused: the socket is gone.
      }
    };
    const timer = setInterval(knock, 1);
    t.teardown(() => clearInterval(timer));
    await until('some clients', () => clients.length > 5);
    await runtime.start();
    await until('the exit file', () => existsSync(s.exitFile));
    await within('the end of all', Promise.all(clients.map((client) => client.closed(5000).catch(() => undefined))));
    clearInterval(timer);
    t.ok(clients.every((client) => client.isClosed));
  },
);
