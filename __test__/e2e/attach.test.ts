import { statSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { attach } from '../support/attach.js';
import { joined, readLog } from '../support/cri-log.js';
import { go, waiting } from '../support/go.js';
import { sleeps } from '../support/idle.js';
import { inject } from '../support/inject.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { stat } from '../support/proc.js';
import { betterThanCNeeds } from '../support/target.js';
import { scene } from '../support/scene.js';
import { until, untilExists } from '../support/wait.js';

const STDOUT = 2;
const STDERR = 3;
const MISSING = needs('socat');

void t.test('the attach socket has mode 0700', async (t) => {
  const s = scene(t);
  await launch(t, s, createArguments(s, actor(s).path)).started();
  t.equal(statSync(`${s.bundle}/attach`).mode & 0o777, 0o700);
});

void t.test('a client gets stdout and stderr, marked, in packets of at most 8192 bytes and one', MISSING, async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'yes 0123456789abcde 2>/dev/null | head -c 100000; echo err >&2' });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  const client = await attach(t, `${s.bundle}/attach`);
  await runtime.start();
  await run.finished();
  await client.closed();
  t.equal(client.text(STDOUT), '0123456789abcde\n'.repeat(6250));
  t.equal(client.text(STDERR), 'err\n');
  t.ok(client.packets().every(({ data }) => data.length <= 8192));
});

void t.test(
  'three clients each get everything, and one that disconnects does not disturb the others',
  MISSING,
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'echo first; read -r line; echo "second $line"' });
    const run = launch(t, s, createArguments(s, runtime.path, ['-i', '--leave-stdin-open']));
    await run.started();
    const clients = await Promise.all([1, 2, 3].map(() => attach(t, `${s.bundle}/attach`)));
    await runtime.start();
    for (const client of clients) await client.expect(STDOUT, /first\n/);
    const [one, two, three] = clients;
    one?.vanish();
    two?.send('go\n');
    await run.finished();
    for (const client of [two, three]) {
      await client?.closed();
      t.equal(client?.text(STDOUT), 'first\nsecond go\n');
    }
    t.equal(joined(readLog(s.log), 'stdout'), 'first\nsecond go\n');
  },
);

void t.test(
  'a client that has connected before the container writes gets that, whatever the monitor does then',
  betterThanCNeeds('reads before it accepts', 'socat', 'strace'),
  async (t) => {
    const s = scene(t);
    const payload = `${waiting(s, 'one')}; echo one; ${waiting(s, 'two')}; echo two; : > '${s.dir}/written'; ${waiting(s, 'end')}`;
    const run = launch(t, s, createArguments(s, actor(s, { payload, ungated: true }).path));
    await run.started();
    const pid = await run.pid();
    // It looks for clients because of the first line, and finds none.
    await inject(t, s, pid, 'accept4:delay_exit=1500000:when=1');
    go(s, 'one');
    let looks = 0;
    await until('the monitor to be delayed', () => {
      looks = stat(pid)?.state === 't' ? looks + 1 : 0;
      return looks > 10;
    });
    const client = await attach(t, `${s.bundle}/attach`);
    go(s, 'two');
    await untilExists(`${s.dir}/written`);
    await client.expect(STDOUT, /two\n/);
    go(s, 'end');
    t.equal(await run.finished(), '0');
    t.equal(joined(readLog(s.log), 'stdout'), 'one\ntwo\n');
  },
);

void t.test('input of a client reaches the container in order; its end is the end of stdin', MISSING, async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'cat; echo end' });
  const run = launch(t, s, createArguments(s, runtime.path, ['-i']));
  await run.started();
  const client = await attach(t, `${s.bundle}/attach`);
  await runtime.start();
  const input = Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`).join('');
  client.send(input);
  client.end();
  t.equal(await run.finished(), '0');
  t.equal(joined(readLog(s.log), 'stdout'), `${input}end\n`);
});

void t.test('with --leave-stdin-open the next client can continue the input', MISSING, async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'read -r a; echo "got $a"; read -r b; echo "got $b"' });
  const run = launch(t, s, createArguments(s, runtime.path, ['-i', '--leave-stdin-open']));
  await run.started();
  await runtime.start();
  const first = await attach(t, `${s.bundle}/attach`);
  first.send('one\n');
  await first.expect(STDOUT, /got one\n/);
  first.end();
  first.vanish();
  const second = await attach(t, `${s.bundle}/attach`);
  second.send('two\n');
  await second.expect(STDOUT, /got two\n/);
  t.equal(await run.finished(), '0');
});

void t.test('without --stdin the container reads /dev/null', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'readlink /proc/self/fd/0' });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await runtime.start();
  await run.finished();
  t.equal(joined(readLog(s.log), 'stdout'), '/dev/null\n');
});

void t.test('a reader that ends early does not disturb the monitor', MISSING, async (t) => {
  const s = scene(t);
  const runtime = actor(s, {
    payload: 'exec 0<&-; read -r _ < gate2; exit 3'.replace('gate2', `'${s.dir}/gate2'`),
    before: `mkfifo '${s.dir}/gate2'`,
  });
  const run = launch(t, s, createArguments(s, runtime.path, ['-i']));
  await run.started();
  await runtime.start();
  const client = await attach(t, `${s.bundle}/attach`);
  for (let round = 0; round < 20; round++) client.send('nobody reads this\n');
  writeFileSync(`${s.dir}/gate2`, '\n');
  t.equal(await run.finished(), '3');
});

void t.test(
  'the last output reaches a client whose input was never read',
  betterThanCNeeds('2.1.6 closes so that the kernel reports an error before the data', 'socat'),
  async (t) => {
    const s = scene(t);
    const before = `mkfifo '${s.dir}/gate2'`;
    const runtime = actor(s, { payload: `read -r _ < '${s.dir}/gate2'; echo bye; exit 3`, before });
    const run = launch(t, s, createArguments(s, runtime.path, ['-i']));
    await run.started();
    await runtime.start();
    const client = await attach(t, `${s.bundle}/attach`);
    // Two packets fill the pipe, the monitor holds one, two stay in the socket: the client itself is not blocked.
    const input = Buffer.alloc(5 * 32768, 'x');
    client.send(input);
    await client.hasSent(input.length);
    await sleeps(t, await run.pid());
    client.pause();
    writeFileSync(`${s.dir}/gate2`, '\n');
    t.equal(await run.finished(), '3');
    client.resume();
    await client.expect(STDOUT, /^bye\n$/);
  },
);
