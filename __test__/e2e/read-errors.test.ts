/** System calls on the container's streams, on FIFOs and sockets that fail: nothing ends because of that. */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createArguments } from '../support/arguments.js';
import { container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { writeFifo } from '../support/fifo.js';
import { inject } from '../support/inject.js';
import { losses } from '../support/loss.js';
import { launch } from '../support/monitor.js';
import { type Scene, scene } from '../support/scene.js';
import { start } from '../support/staged.js';
import { STDERR, STDOUT, connect } from '../support/stream-client.js';
import { printSize } from '../support/terminal.js';
import { until } from '../support/wait.js';
import { betterThanCNeeds } from '../support/target.js';

const OPTIONS = { ...betterThanCNeeds('2.1.6 closes what fails', 'strace', 'miniruntime'), buffered: true };
/** The duration in milliseconds of this many failures in a row: 1, 2, 4 and so on. */
const SEVERAL = 6;
const INTERACTIVE = ['-i', '--leave-stdin-open'];

function stdout(s: Scene): string {
  return joined(readLog(s.log), 'stdout');
}

t.jobs = 4;

for (const errno of ['EIO', 'ENOMEM', 'EINVAL', 'EBADF', 'EAGAIN', 'EINTR', 'ENODATA']) {
  for (const when of ['1', `1..${SEVERAL}`]) {
    void t.test(`a read of the container's output that fails with ${errno}: ${when}`, OPTIONS, async (t) => {
      const s = scene(t);
      const script = 'echo one; wait fault; echo two; echo err >&2; wait more; echo three; exit 6';
      const { run, at, go } = await start(t, s, s.log, script);
      await at('fault');
      await until('the first line', () => stdout(s) === 'one\n');
      const client = connect(t, `${s.bundle}/attach`);
      await client.send('');
      const fault = await inject(t, s, await run.pid(), `read:error=${errno}:when=${when}`);
      go('fault');
      await at('more');
      await until('what came after the fault', () => stdout(s) === 'one\ntwo\n');
      t.ok(fault.failed() > 0, 'reads have failed');
      await fault.stop();
      go('more');
      t.equal(await run.finished(), '6', 'the container got no SIGPIPE');
      t.equal(stdout(s), 'one\ntwo\nthree\n');
      t.equal(joined(readLog(s.log), 'stderr'), 'err\n');
      await client.closed();
      t.equal(client.bytes(STDOUT).toString(), 'two\nthree\n');
      t.equal(client.bytes(STDERR).toString(), 'err\n');
    });
  }
}

void t.test(
  'reads that fail as long as it lasts: no spinning, and nothing is lost when it is over',
  OPTIONS,
  async (t) => {
    const s = scene(t);
    const { run, at, go } = await start(t, s, s.log, 'echo one; wait fault; yes | head -c 200000; exit 6');
    await at('fault');
    await until('the first line', () => stdout(s) === 'one\n');
    const fault = await inject(t, s, await run.pid(), 'read:error=EIO:when=1+');
    go('fault');
    await until('some failures', () => fault.failed() >= SEVERAL);
    await sleep(500);
    // 1, 2, 4 ... milliseconds: 9 failures in half a second.
    t.ok(fault.failed() < 2 * SEVERAL + 4, `${fault.failed()} attempts`);
    t.equal(stdout(s), 'one\n');
    await fault.stop();
    t.equal(await run.finished(), '6');
    t.equal(stdout(s).length, 200_004);
  },
);

void t.test('output that cannot be read to the end is counted and reported', OPTIONS, async (t) => {
  const s = scene(t);
  const { run, at, go } = await start(t, s, s.log, 'echo one; wait fault; echo 2345678; exit 6');
  await at('fault');
  await until('the first line', () => stdout(s) === 'one\n');
  await inject(t, s, await run.pid(), 'read:error=EIO:when=1+');
  go('fault');
  t.equal(await run.finished(), '6');
  t.equal(stdout(s), 'one\n');
  t.same(losses(readLog(s.log)), [{ bytes: 8, lines: 0, reason: 'Input/output error' }]);
});

for (const errno of ['EIO', 'ENOMEM', 'EAGAIN']) {
  void t.test(`a terminal: calls fail with ${errno} while it is open and after it was closed`, OPTIONS, async (t) => {
    const s = scene(t);
    const at = (step: string): string => `until [ -e '${s.dir}/${step}' ]; do sleep 0.02; done`;
    const script = `tty=$(tty); stty -echo; echo one; read -r a; echo "got $a"; exec </dev/null >/dev/null 2>&1; ${at('open')}; exec <"$tty" >"$tty"; read -r b; echo "got $b"; exit 6`;
    const c = container(t, s, 'miniruntime', { args: ['/bin/sh', '-c', script], terminal: true });
    const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-t', ...INTERACTIVE]));
    await run.started();
    await c.start();
    await until('the first line', () => stdout(s) === 'one\r\n');
    const client = connect(t, `${s.bundle}/attach`);
    const calls = 'read,write,poll,recvfrom,sendmmsg,epoll_ctl';
    const fault = await inject(t, s, await run.pid(), `${calls}:error=${errno}:when=1+3`);
    await client.send('a\n');
    await client.expect(STDOUT, /got a\r\n/);
    await client.send('b\n');
    writeFileSync(`${s.dir}/open`, '');
    await client.expect(STDOUT, /got b\r\n/);
    t.ok(fault.failed() > 0);
    await fault.stop();
    t.equal(await run.finished(), '6');
  });
}

for (const errno of ['EIO', 'ENOMEM', 'ENOBUFS', 'EINVAL']) {
  for (const call of ['recvfrom', 'sendmmsg', 'write']) {
    void t.test(`an attach client keeps its connection when ${call} fails with ${errno}`, OPTIONS, async (t) => {
      const s = scene(t);
      const { run } = await start(t, s, 'none', 'read -r a; echo "got $a"; read -r b; echo "got $b"; exit 6', {
        extra: INTERACTIVE,
      });
      const client = connect(t, `${s.bundle}/attach`);
      const fault = await inject(t, s, await run.pid(), `${call}:error=${errno}:when=1..${SEVERAL}`);
      await client.send('a\n');
      await client.expect(STDOUT, /got a\n/);
      t.equal(fault.failed(), SEVERAL);
      await fault.stop();
      await client.send('b\n');
      await client.closed();
      t.equal(client.bytes(STDOUT).toString(), 'got a\ngot b\n');
      t.equal(await run.finished(), '6');
    });
  }
}

for (const errno of ['EIO', 'ENOMEM']) {
  void t.test(`a control FIFO whose read fails with ${errno} is read again`, OPTIONS, async (t) => {
    const s = scene(t);
    const script = `echo one; ${printSize(33, 44)}; exit 6`;
    const c = container(t, s, 'miniruntime', { args: ['/bin/sh', '-c', script], terminal: true });
    const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-t']));
    await run.started();
    await c.start();
    await until('the first line', () => stdout(s) === 'one\r\n');
    const fault = await inject(t, s, await run.pid(), `read:error=${errno}:when=1..${SEVERAL}`);
    writeFifo(`${s.bundle}/ctl`, '1 33 44\n');
    t.equal(await run.finished(), '6');
    t.equal(fault.failed(), SEVERAL);
    t.match(stdout(s), /33 44\r\n/);
  });

  void t.test(`a signal whose receipt fails with ${errno} is forwarded`, OPTIONS, async (t) => {
    const s = scene(t);
    const { run, at } = await start(t, s, s.log, "trap 'exit 7' TERM; wait fault");
    await at('fault');
    const monitor = await run.pid();
    await inject(t, s, monitor, `read:error=${errno}:when=1..${SEVERAL}`);
    process.kill(monitor, 'SIGTERM');
    t.equal(await run.finished(), '7');
  });
}
