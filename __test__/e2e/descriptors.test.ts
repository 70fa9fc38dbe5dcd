import { closeSync, openSync, watch, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { joined, readLog } from '../support/cri-log.js';
import { launch } from '../support/monitor.js';
import { canListen, descriptorOf, portOf } from '../support/port.js';
import { descriptors } from '../support/proc.js';
import { scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { within } from '../support/wait.js';

/** The listing of `ls -l /proc/PID/fd` by number. */
function listed(listing: string): Map<number, string> {
  return new Map([...listing.matchAll(/ (\d+) -> (.*)$/gm)].map(([, fd, target]) => [Number(fd), target ?? '']));
}

void t.test('an inherited port is busy while the container lives, and free when the exit file appears', async (t) => {
  const s = scene(t);
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  const runtime = actor(s, { before: 'exec 9>&-', payload: 'exec 9>&-; exit 0' });
  // The first inherited descriptor is number 6.
  const run = launch(t, s, createArguments(s, runtime.path), { inherited: [-1, -1, -1, descriptorOf(server)] });
  await run.started();
  server.close();
  await once(server, 'close');
  t.notOk(await canListen(port), 'the monitor holds it');
  const reported = new Promise<void>((resolve) => {
    const watcher = watch(s.exits, (_, name) => {
      if (name === s.cid) resolve();
    });
    t.teardown(() => watcher.close());
  });
  await runtime.start();
  await within('the exit file', reported);
  t.ok(await canListen(port), 'it is free');
});

void t.test('unknown descriptors reach the runtime under the same number, ours do not', async (t) => {
  const s = scene(t);
  writeFileSync(`${s.dir}/handed-on`, '');
  const fd = openSync(`${s.dir}/handed-on`, 'r');
  t.teardown(() => closeSync(fd));
  const runtime = actor(s);
  const run = launch(t, s, createArguments(s, runtime.path), { inherited: [fd] });
  await run.started();
  const open = listed(runtime.record('fds'));
  t.equal(open.get(6), `${s.dir}/handed-on`);
  for (const number of [3, 4]) t.notMatch(open.get(number) ?? '', /socket/, `pipe ${number} of the manager`);
  t.notOk([...open.values()].includes(s.log), 'no log');
  t.notOk(
    [...open.values()].some((target) => /bundle|eventpoll|signalfd|anon_inode/.test(target)),
    'nothing of the loop',
  );
});

void t.test('the environment passes through to the runtime', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  await launch(t, s, createArguments(s, runtime.path), {
    env: { MARK: 'a = b', LC_ALL: 'de_DE' },
    // Set this late because the test runner sets its own value for its children.
    prefix: ['env', 'NODE_OPTIONS=--no-such'],
  }).started();
  t.equal(runtime.env().get('MARK'), 'a = b');
  t.equal(runtime.env().get('NODE_OPTIONS'), '--no-such');
  t.equal(runtime.env().get('LC_ALL'), 'de_DE');
});

void t.test('LISTEN_PID that names the monitor becomes the pid of the runtime', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const prefix = ['/bin/sh', '-c', 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', 'sh'];
  await launch(t, s, createArguments(s, runtime.path, ['--sync']), { prefix }).started();
  t.equal(runtime.env().get('LISTEN_PID'), runtime.record('pid'));
  t.equal(runtime.env().get('LISTEN_FDS'), '1');
});

for (const [args, expected] of [
  [[], '4242'],
  [['--replace-listen-pid'], 'the runtime'],
] as const) {
  void t.test(`LISTEN_PID of somebody else with "${args.join(' ')}" is then that of ${expected}`, async (t) => {
    const s = scene(t);
    const runtime = actor(s);
    await launch(t, s, createArguments(s, runtime.path, args), {
      env: { LISTEN_PID: '4242', LISTEN_FDS: '1' },
    }).started();
    t.equal(runtime.env().get('LISTEN_PID'), expected === 'the runtime' ? runtime.record('pid') : expected);
  });
}

for (const value of ['0', '-3', 'me']) {
  void t.test(`LISTEN_PID=${value} is an error`, async (t) => {
    const s = scene(t);
    const run = launch(t, s, createArguments(s, actor(s).path), { env: { LISTEN_PID: value, LISTEN_FDS: '1' } });
    const { code } = await run.launcher();
    const message = code === 0 ? await run.sync.message().catch(() => ({})) : {};
    t.ok(code !== 0 || !('data' in message) || Number(message.data) < 0, 'no container');
  });
}

void t.test(
  'a monitor that is started with descriptors 0 to 2 closed works',
  betterThanC('2.1.6 uses what comes there'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'echo out; echo err >&2; exit 3' });
    const prefix = ['/bin/sh', '-c', 'exec "$@" <&- >&- 2>&-', 'sh'];
    const run = launch(t, s, createArguments(s, runtime.path), { prefix });
    await run.started();
    await runtime.start();
    t.equal(await run.finished(), '3');
    t.equal(joined(readLog(s.log), 'stdout'), 'out\n');
    t.equal(joined(readLog(s.log), 'stderr'), 'err\n');
  },
);

void t.test('an idle monitor holds no descriptor of the runtime, and few of its own', async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path));
  await run.started();
  const open = descriptors(await run.pid());
  t.ok(open.size < 30, [...open].map(([fd, target]) => `${fd} ${target}`).join('\n'));
});
