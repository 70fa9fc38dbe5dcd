import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AttachError, connectAttach } from '../../ts/node/attach.js';
import { needs } from '../support/needs.js';
import { within } from '../support/wait.js';
import { type Monitored, monitored } from './monitored.js';

/** A client that keeps what it gets. */
async function client(world: Monitored) {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const handlers = { stdout: (bytes: Buffer) => out.push(bytes), stderr: (bytes: Buffer) => err.push(bytes) };
  const connection = await connectAttach(join(world.bundle, 'attach'), handlers);
  return { connection, out, err, closed: within('the end of the connection', connection.closed) };
}

const text = (packets: readonly Buffer[]): string => Buffer.concat(packets).toString();

t.test(
  'stdout and stderr arrive separately, and the stream ends with the container',
  needs('miniruntime'),
  async (t) => {
    const world = await monitored(t, 'miniruntime', { args: ['/bin/sh', '-c', 'echo to-out; echo to-err >&2'] });
    const { out, err, closed } = await client(world);
    await world.container.start();
    await closed;
    t.equal(text(out), 'to-out\n');
    t.equal(text(err), 'to-err\n');
    await world.ended;
  },
);

t.test('input arrives in order and whole, and its end reaches the container', needs('miniruntime'), async (t) => {
  const world = await monitored(t, 'miniruntime', { args: ['/bin/cat'] }, ['-i']);
  const { connection, out, closed } = await client(world);
  await world.container.start();
  const input = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  await connection.write(input.subarray(0, 100_000));
  await connection.write(input.subarray(100_000));
  connection.end();
  await closed;
  t.ok(Buffer.concat(out).equals(input), 'what came back is what was sent');
  t.ok(
    out.every((packet) => packet.length <= 8192),
    'no packet is longer than 8192 bytes',
  );
  t.equal((await world.ended).status, 0);
});

t.test('while paused nothing is delivered, afterwards all of it', needs('miniruntime'), async (t) => {
  const command = 'i=0; while [ $i -lt 5000 ]; do echo line-$i; i=$((i+1)); done';
  const world = await monitored(t, 'miniruntime', { args: ['/bin/sh', '-c', command] });
  const { connection, out, closed } = await client(world);
  connection.pause();
  await world.container.start();
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.equal(out.length, 0);
  connection.resume();
  await closed;
  t.equal(text(out).split('\n').length, 5001);
  t.match(text(out), /line-4999\n$/);
  await world.ended;
});

t.test('closing ends the connection and not the container', needs('miniruntime'), async (t) => {
  const world = await monitored(t, 'miniruntime', { args: ['/bin/sleep', '60'] });
  await world.container.start();
  const first = await client(world);
  first.connection.close();
  await first.closed;
  await t.rejects(first.connection.write(Buffer.from('late')), AttachError);
  await world.container.call('kill', world.cid, 'KILL');
  t.equal((await world.ended).status, 137);
});

t.test('a path of more than 107 bytes works', needs('miniruntime'), async (t) => {
  const world = await monitored(t, 'miniruntime', { args: ['/bin/echo', 'far away'] });
  const directory = join(world.dir, 'd'.repeat(100), 'e'.repeat(100));
  mkdirSync(directory, { recursive: true });
  const out: Buffer[] = [];
  const path = `${directory}/../../bundle/attach`;
  const connection = await connectAttach(path, { stdout: (bytes) => out.push(bytes), stderr: () => {} });
  await world.container.start();
  await within('the end', connection.closed);
  t.equal(text(out), 'far away\n');
  await world.ended;
});

t.test('where nobody listens, the error names the path and the reason', async (t) => {
  await t.rejects(connectAttach('/no/such/socket', { stdout: () => {}, stderr: () => {} }), {
    name: 'AttachError',
    message: 'cannot connect to attach socket /no/such/socket: No such file or directory',
  });
});
