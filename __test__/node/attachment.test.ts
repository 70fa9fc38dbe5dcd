import { once } from 'node:events';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Readable } from 'node:stream';
import t from 'tap';
import { attach } from '../../ts/node/attachment.js';
import { needs } from '../support/needs.js';
import { within } from '../support/wait.js';
import { monitored } from './monitored.js';

const MINI = needs('miniruntime');
const sh = (command: string): { args: string[] } => ({ args: ['/bin/sh', '-c', command] });

t.test('stdout and stderr are streams of their own, which end with the container', MINI, async (t) => {
  const world = await monitored(t, 'miniruntime', sh('echo to-out; echo to-err >&2'));
  const attachment = await attach(join(world.bundle, 'attach'));
  const both = Promise.all([text(attachment), text(attachment.stderr)]);
  await world.container.start();
  t.same(await within('both ends', both), ['to-out\n', 'to-err\n']);
  await world.ended;
});

t.test('input goes through in order and whole, its end too', MINI, async (t) => {
  const world = await monitored(t, 'miniruntime', { args: ['/bin/cat'] }, ['-i']);
  const attachment = await attach({ attachSocket: join(world.bundle, 'attach') });
  await world.container.start();
  const input = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => index % 251));
  const echoed = buffer(attachment);
  await pipeline(Readable.from([input.subarray(0, 5), input.subarray(5)]), attachment, { end: true }).catch(
    () => undefined,
  );
  t.ok((await within('the echo', echoed)).equals(input));
  t.equal((await world.ended).status, 0);
});

t.test('output continues after the end of the input', MINI, async (t) => {
  const world = await monitored(t, 'miniruntime', sh('cat >/dev/null; sleep 0.2; echo late'), ['-i']);
  const attachment = await attach(join(world.bundle, 'attach'));
  await world.container.start();
  attachment.end('input');
  t.equal(await within('the end', text(attachment)), 'late\n');
  await world.ended;
});

t.test('input that is too late for the container is not an error', MINI, async (t) => {
  const world = await monitored(t, 'miniruntime', sh('exec <&-; echo done'), ['-i']);
  const attachment = await attach(join(world.bundle, 'attach'));
  await world.container.start();
  t.equal(await within('the end', text(attachment)), 'done\n');
  await world.ended;
  if (!attachment.writableEnded) attachment.write('late');
  await within('its close', attachment.closed ? Promise.resolve([]) : once(attachment, 'close'));
  t.equal(attachment.errored, null);
});

t.test('a reader that pauses gets everything later, and memory does not grow', MINI, async (t) => {
  const world = await monitored(t, 'miniruntime', sh('head -c 20000000 /dev/zero; head -c 1000 /dev/zero >&2'));
  const attachment = await attach(join(world.bundle, 'attach'));
  await world.container.start();
  await sleep(300);
  t.ok(attachment.readableLength < 2_000_000, `${attachment.readableLength} bytes wait here`);
  const [out, err] = await within('all of it', Promise.all([buffer(attachment), buffer(attachment.stderr)]), 30_000);
  t.same([out.length, err.length], [20_000_000, 1000]);
  await world.ended;
});

t.test('detaching leaves the container alone', MINI, async (t) => {
  const world = await monitored(t, 'miniruntime', { args: ['/bin/sleep', '60'] });
  await world.container.start();
  const attachment = await attach(join(world.bundle, 'attach'));
  attachment.detach();
  await within('its close', once(attachment, 'close'));
  t.ok(attachment.stderr.destroyed);
  const second = await attach(join(world.bundle, 'attach'));
  second.resume();
  second.stderr.resume();
  const closed = once(second, 'close');
  await world.container.call('kill', world.cid, 'KILL');
  await within('the end', closed);
  t.equal((await world.ended).status, 137);
});

t.test('a signal ends the connection', MINI, async (t) => {
  const world = await monitored(t, 'miniruntime', { args: ['/bin/sleep', '60'] });
  await world.container.start();
  const controller = new AbortController();
  const attachment = await attach(join(world.bundle, 'attach'), { signal: controller.signal });
  const failed = once(attachment, 'close').then(
    () => undefined,
    (error: unknown) => error,
  );
  controller.abort();
  t.match(await within('the error', failed), { name: 'AbortError' });
  await t.rejects(attach(join(world.bundle, 'attach'), { signal: controller.signal }), { name: 'AbortError' });
  await world.container.call('kill', world.cid, 'KILL');
  await world.ended;
});

t.test('a terminal can be resized, to valid sizes only', needs('miniruntime', 'root'), async (t) => {
  const process = { ...sh('trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.05; done'), terminal: true };
  const world = await monitored(t, 'miniruntime', process, ['-t']);
  const attachment = await attach(join(world.bundle, 'attach'));
  const shown = text(attachment);
  await world.container.start();
  await t.rejects(attachment.resize(24, 1001), RangeError);
  await sleep(200);
  await attachment.resize(33, 99);
  t.match(await within('the size', shown), /33 99/);
  await world.ended;
  await t.rejects(attachment.resize(24, 80), { name: 'ControlError' });
});

t.test('without an attach socket the error names it', async (t) => {
  await t.rejects(attach({ attachSocket: undefined }), { name: 'AttachError', message: /no attach socket/ });
  await t.rejects(attach('/no/such/attach'), { name: 'AttachError', message: /\/no\/such\/attach: No such file/ });
});
