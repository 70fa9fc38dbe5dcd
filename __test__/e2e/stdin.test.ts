/**
 * What clients send reaches the container whole and in order, however much it is and however the container reads.
 * `CONMON_TEST_INPUT_MB` says how much goes through the largest test; 1024 is a gigabyte.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { sleeps } from '../support/idle.js';
import { type Launched, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { betterThanCNeeds } from '../support/target.js';
import { descriptors } from '../support/proc.js';
import { type Scene, scene } from '../support/scene.js';
import { STDOUT, type Taker, connect } from '../support/stream-client.js';
import { until, untilExists } from '../support/wait.js';

const MEGABYTES = Number(process.env['CONMON_TEST_INPUT_MB'] ?? 64);
const PACKET = 32_768;
const PATIENCE = 170_000;

async function started(t: Test, s: Scene, payload: string, extra: readonly string[] = ['-i']): Promise<Launched> {
  const runtime = actor(s, { payload });
  const run = launch(t, s, createArguments(s, runtime.path, extra, { '-l': 'none' }));
  await run.started();
  await runtime.start();
  return run;
}

for (const [what, megabytes] of [
  ['300 kB', 0.3],
  [`${MEGABYTES} MB`, MEGABYTES],
] as const) {
  void t.test(`${what} through cat: the same sum on both ways, while stdout is busy`, async (t) => {
    const s = scene(t);
    const sums = { sent: createHash('sha256'), back: createHash('sha256') };
    const errors: Buffer[] = [];
    const take: Taker = (stream, bytes) => void (stream === STDOUT ? sums.back.update(bytes) : errors.push(bytes));
    const run = await started(t, s, 'exec 3>&1; tee /dev/fd/3 | sha256sum >&2; exit 5');
    const client = connect(t, `${s.bundle}/attach`, take);
    const piece = randomBytes(300_000);
    for (let sent = 0; sent < megabytes * 1e6; sent += piece.length) {
      piece.writeUInt32LE(sent / piece.length);
      sums.sent.update(piece);
      await client.send(piece);
    }
    client.end();
    await client.closed(PATIENCE);
    t.equal(await run.finished(), '5');
    const sum = sums.sent.digest('hex');
    t.equal(sums.back.digest('hex'), sum, 'what came back');
    t.equal(Buffer.concat(errors).toString().split(' ')[0], sum, 'what the container got');
  });
}

void t.test('a reader that sleeps first gets everything, also from a client that has gone meanwhile', async (t) => {
  const s = scene(t);
  const run = await started(
    t,
    s,
    `until [ -e '${s.dir}/read' ]; do sleep 0.02; done; wc -c > '${s.dir}/count'; exit 5`,
  );
  const client = connect(t, `${s.bundle}/attach`);
  // What the pipe, the monitor and the socket hold: the client does not wait for the container.
  const input = Buffer.alloc(5 * PACKET, 'x');
  await client.send(input);
  client.end();
  client.close();
  await sleeps(t, await run.pid());
  writeFileSync(`${s.dir}/read`, '');
  t.equal(await run.finished(), '5');
  t.equal(readFileSync(`${s.dir}/count`, 'utf8').trim(), String(input.length));
});

void t.test('what a client sent arrives, though it has gone without reading its output', needs('socat'), async (t) => {
  const s = scene(t);
  const payload = `yes | head -c 300000; touch '${s.dir}/printed'; wc -c > '${s.dir}/count'; exit 5`;
  const runtime = actor(s, { payload });
  const run = launch(t, s, createArguments(s, runtime.path, ['-i'], { '-l': 'none' }));
  await run.started();
  // Has the connection itself as its stdin, from which it never reads.
  const script = `touch '${s.dir}/there'; until [ -e '${s.dir}/go' ]; do sleep 0.02; done; exec dd if=/dev/zero bs=${PACKET} count=2 >&0`;
  writeFileSync(`${s.dir}/client.sh`, script);
  const words = [`UNIX-CONNECT:${s.bundle}/attach,type=5`, `EXEC:/bin/sh ${s.dir}/client.sh,nofork`];
  const client = spawn('socat', words, { stdio: 'ignore' });
  t.teardown(() => client.kill('SIGKILL'));
  await untilExists(`${s.dir}/there`);
  await runtime.start();
  await untilExists(`${s.dir}/printed`);
  const monitor = await run.pid();
  // So that it finds input and hang-up together: the kernel then reports the lost output before it returns the input.
  process.kill(monitor, 'SIGSTOP');
  writeFileSync(`${s.dir}/go`, '');
  await once(client, 'exit');
  process.kill(monitor, 'SIGCONT');
  t.equal(await run.finished(), '5');
  t.equal(readFileSync(`${s.dir}/count`, 'utf8').trim(), String(2 * PACKET));
});

void t.test('input that stdin has not taken yet is written before stdin is closed', async (t) => {
  const s = scene(t);
  const slow = 'while head -c 20000 | wc -c; do sleep 0.01; [ $((i += 1)) -lt 30 ] || break; done';
  const run = await started(t, s, `{ ${slow}; } > '${s.dir}/counts'; exit 5`);
  const client = connect(t, `${s.bundle}/attach`);
  const sent = client.send(Buffer.alloc(400_001, 'x'));
  client.end();
  await sent;
  t.equal(await run.finished(), '5');
  const counts = readFileSync(`${s.dir}/counts`, 'utf8').trim().split('\n').map(Number);
  t.equal(
    counts.reduce((sum, count) => sum + count, 0),
    400_001,
  );
});

void t.test('packets of clients that write concurrently are not torn', async (t) => {
  const s = scene(t);
  const run = await started(t, s, `exec cat > '${s.dir}/got'`, ['-i', '--leave-stdin-open']);
  const writers = 4;
  const packets = 60;
  const clients = Array.from({ length: writers }, () => connect(t, `${s.bundle}/attach`));
  const send = async (client: (typeof clients)[number], letter: string): Promise<void> => {
    for (let packet = 0; packet < packets; packet++) await client.send(Buffer.alloc(PACKET, letter));
  };
  await Promise.all(clients.map((client, index) => send(client, 'abcd'[index] ?? '')));
  const total = writers * packets * PACKET;
  const got = await until('all of it', () => {
    const content = readFileSync(`${s.dir}/got`, 'latin1');
    return content.length === total && content;
  });
  const runs = got.match(/(.)\1*/g) ?? [];
  t.same(
    runs.filter((letters) => letters.length % PACKET !== 0),
    [],
    `${runs.length} runs`,
  );
  t.ok(runs.length > writers, 'they did write concurrently');
  process.kill(await run.pid(), 'SIGTERM');
  t.equal(await run.finished(), '143');
});

void t.test('a packet arrives in one read, as large as it was sent', needs('miniruntime'), async (t) => {
  const s = scene(t);
  const args = ['dd', 'bs=512', 'count=3000', `of=${s.dir}/got`];
  const c = container(t, s, 'miniruntime', { args });
  const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-i']));
  await run.started();
  await c.start();
  const client = connect(t, `${s.bundle}/attach`);
  await client.send(Buffer.alloc(512 * 3000, 'x'));
  t.equal(await run.finished(), '0');
  t.match(joined(readLog(s.log), 'stderr'), /^3000\+0 records in\n3000\+0 records out\n/);
});

void t.test('input of clients that connect and leave is kept in order', async (t) => {
  const s = scene(t);
  const run = await started(t, s, `exec cat > '${s.dir}/got'`, ['-i', '--leave-stdin-open']);
  const expected: string[] = [];
  for (let round = 0; round < 50; round++) {
    const client = connect(t, `${s.bundle}/attach`);
    const text = `client ${round} ${'x'.repeat(round * 100)}\n`;
    expected.push(text);
    await client.send(text);
    client.end();
    client.close();
    const wanted = expected.join('').length;
    // The container has made the file when it has begun to read.
    await until('it to arrive', () => statSync(`${s.dir}/got`, { throwIfNoEntry: false })?.size === wanted);
  }
  t.equal(readFileSync(`${s.dir}/got`, 'utf8'), expected.join(''));
  process.kill(await run.pid(), 'SIGTERM');
  await run.finished();
});

void t.test(
  'clients whose input is never read are not kept indefinitely',
  betterThanCNeeds('2.1.6 drops their input', 'miniruntime'),
  async (t) => {
    const s = scene(t);
    const run = await started(t, s, 'exec sleep 60', ['-i', '--leave-stdin-open']);
    const monitor = await run.pid();
    for (let round = 0; round < 200; round++) {
      const client = connect(t, `${s.bundle}/attach`);
      await client.send(Buffer.alloc(PACKET, 'x'));
      client.end();
      client.close();
    }
    await sleeps(t, monitor);
    t.ok(descriptors(monitor).size < 100, `${descriptors(monitor).size} descriptors`);
    process.kill(monitor, 'SIGTERM');
    t.equal(await run.finished(), '143');
  },
);
