import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import t, { type Test } from 'tap';
import { Channel } from '../support/channel.js';
import { memoryNeeds, needs } from '../support/needs.js';
import { IMAGE, Podman } from '../support/podman.js';
import { canListen, descriptorOf, portOf } from '../support/port.js';
import { cmdline, comm, isAlive } from '../support/proc.js';
import { processesOf } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until } from '../support/wait.js';

const MISSING = needs('root', 'podman', 'busybox', 'unshare', 'nsenter');

void t.test('the life of a container of podman', MISSING, async (t) => {
  const podman = await Podman.setUp();
  t.teardown(() => podman.tearDown());
  for (const runtime of ['crun', 'runc'] as const) {
    await t.test(runtime, needs(runtime), (t) => suite(t, podman, runtime));
  }
});

async function suite(t: Test, podman: Podman, runtime: string): Promise<void> {
  const ok = (...args: readonly string[]): Promise<string> => podman.ok('--runtime', runtime, ...args);
  const remove = (id: string): Promise<string> => ok('rm', '--force', '--time', '0', id);

  await t.test('run --detach, logs, wait, rm', async (t) => {
    const id = await ok('run', '--detach', IMAGE, 'sh', '-c', 'echo one; echo two >&2; printf rest; exit 3');
    t.equal(await ok('wait', id), '3');
    const logs = await podman.run(['logs', id]);
    t.strictSame([logs.text, logs.stderr], ['one\nrest', 'two\n']);
    t.equal(await podman.inspect(id, '{{.State.ExitCode}} {{.State.Status}}'), '3 exited');
    t.equal(await ok('rm', id), id);
  });

  await t.test('inspect knows the monitor, which lives as long as the container', async (t) => {
    const id = await ok('run', '--detach', '--init', IMAGE, 'sleep', '1000');
    const monitor = Number(await podman.inspect(id, '{{.State.ConmonPid}}'));
    t.equal(comm(monitor), 'conmon');
    t.ok(cmdline(monitor).join(' ').includes(`-c ${id}`));
    t.equal(await podman.inspect(id, '{{.State.Running}} {{.State.OOMKilled}}'), 'true false');
    await ok('stop', id);
    await until('the end of the monitor', () => !isAlive(monitor));
    t.equal(await podman.inspect(id, '{{.State.ExitCode}}'), '143');
    await remove(id);
  });

  await t.test('stop kills a container that ignores SIGTERM', async (t) => {
    const id = await ok('run', '--detach', IMAGE, 'sh', '-c', `trap '' TERM; echo ready; while :; do sleep 0.1; done`);
    await until('the trap', async () => (await podman.run(['logs', id])).text === 'ready\n');
    const started = performance.now();
    await ok('stop', '--time', '1', id);
    t.ok(performance.now() - started < 8000);
    t.equal(await podman.inspect(id, '{{.State.ExitCode}}'), '137');
    await remove(id);
  });

  await t.test('kill sends any signal', async (t) => {
    const script = `trap 'echo got it; exit 12' USR1; echo ready; while :; do sleep 0.1; done`;
    const id = await ok('run', '--detach', IMAGE, 'sh', '-c', script);
    await until('the trap', async () => (await podman.run(['logs', id])).text === 'ready\n');
    await ok('kill', '--signal', 'USR1', id);
    t.equal(await ok('wait', id), '12');
    t.equal((await podman.run(['logs', id])).text, 'ready\ngot it\n');
    await remove(id);
  });

  await t.test('init and start are two steps, and it can be started again', async (t) => {
    const id = await ok('create', IMAGE, 'sh', '-c', 'echo run; exit 4');
    await ok('init', id);
    t.equal(await podman.inspect(id, '{{.State.Status}}'), 'initialized');
    for (const rounds of [1, 2]) {
      await ok('start', id);
      t.equal(await ok('wait', id), '4');
      t.equal((await podman.run(['logs', id])).text, 'run\n'.repeat(rounds));
    }
    await remove(id);
  });

  await t.test('start --attach ends with the status of the container', async (t) => {
    const id = await ok('create', IMAGE, 'sh', '-c', 'echo run; exit 4');
    const { code, text } = await podman.run(['start', '--attach', id]);
    t.strictSame({ code, text }, { code: 4, text: 'run\n' });
    await remove(id);
  });

  await t.test('attach connects to stdin and stdout', async (t) => {
    const id = await ok('run', '--detach', '--interactive', IMAGE, 'cat');
    const { text } = await podman.run(['attach', id], { input: 'there and back\n' });
    // Podman appends a newline, unless the container was faster.
    t.match(text, /^there and back\n\n?$/);
    t.equal(await ok('wait', id), '0', 'the end of our input was the end of its stdin');
    t.equal((await podman.run(['logs', id])).text, 'there and back\n');
    await remove(id);
  });

  await t.test('logs --follow prints lines as they come and ends with the container', async (t) => {
    const id = await ok(
      'run',
      '--detach',
      IMAGE,
      'sh',
      '-c',
      'echo first; until [ -e /tmp/go ]; do sleep 0.05; done; echo last',
    );
    const [program = '', ...words] = podman.words(['logs', '--follow', id]);
    const follower = spawn(program, words, { env: podman.env(), stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => follower.kill('SIGKILL'));
    const lines = new Channel(follower.stdout);
    await until('the first line', () => lines.text === 'first\n');
    // Its status says nothing: the container may exit, and kill it, before it has exited itself.
    await podman.run(['exec', id, 'touch', '/tmp/go']);
    t.equal(await lines.rest(), 'first\nlast\n');
    await remove(id);
  });

  await t.test('--restart on-failure:2 runs it three times, each with a monitor of its own', async (t) => {
    const id = await ok('run', '--detach', '--restart', 'on-failure:2', IMAGE, 'sh', '-c', 'echo run; exit 5');
    await until('the third end', async () => (await podman.run(['logs', id])).text === 'run\n'.repeat(3));
    await until('the end of all monitors', () => processesOf(podman.dir).length === 0);
    t.equal(await podman.inspect(id, '{{.State.ExitCode}} {{.RestartCount}} {{.State.Status}}'), '5 2 exited');
    await remove(id);
  });

  for (const policy of ['always', 'unless-stopped']) {
    await t.test(`--restart ${policy} starts it again until it is stopped`, async (t) => {
      // The third run stays: stopping a container between two runs is a race of Podman's own.
      const payload = 'echo run; echo >> /runs; [ $(wc -l < /runs) -lt 3 ] || exec sleep 1000';
      const id = await ok('run', '--detach', '--restart', policy, '--init', IMAGE, 'sh', '-c', payload);
      await until('the third run', async () => (await podman.run(['logs', id])).text.startsWith('run\n'.repeat(3)));
      await ok('stop', '--time', '5', id);
      await until('the end of all monitors', () => processesOf(podman.dir).length === 0);
      t.match(await podman.inspect(id, '{{.State.Status}}'), /^exited$/);
      await remove(id);
    });
  }

  await t.test('--log-driver k8s-file with max-size keeps the end of the output', async (t) => {
    const log = `${podman.dir}/limited-${runtime}.log`;
    const options = ['--log-driver', 'k8s-file', '--log-opt', `path=${log}`, '--log-opt', 'max-size=10k'];
    const id = await ok('run', '--detach', ...options, IMAGE, 'seq', '1', '2000');
    t.equal(await ok('wait', id), '0');
    const content = readFileSync(log, 'latin1');
    t.ok(content.length <= 10_240, `${content.length} bytes`);
    t.match(content, / stdout F 2000\n$/);
    await remove(id);
  });

  await t.test('an OOM kill ends it with 137', memoryNeeds(), async (t) => {
    const hungry = ['sh', '-c', 'head -c 200m /dev/zero | tail'];
    const id = await ok('run', '--detach', '--memory', '32m', IMAGE, ...hungry);
    t.equal(await ok('wait', id), '137');
    await t.test('and inspect shows it', betterThanC('2.1.6 puts the mark where podman does not look'), async (t) => {
      t.equal(await podman.inspect(id, '{{.State.OOMKilled}}'), 'true');
      t.same(readdirSync(`${podman.dir}/cwd`), [], 'nothing in the working directory');
    });
    await remove(id);
  });

  await t.test('a port that was handed on is free when the container has ended', async (t) => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = portOf(server);
    const args = ['--runtime', runtime, 'run', '--detach', '--init', IMAGE, 'sleep', '1000'];
    const created = await podman.run(args, { inherited: [0, 0, 0, descriptorOf(server)] });
    t.equal(created.code, 0, created.stderr);
    server.close();
    await once(server, 'close');
    t.notOk(await canListen(port), 'the monitor holds it');
    await ok('stop', '--time', '1', created.text.trim());
    t.ok(await canListen(port), 'and has released it');
    await remove(created.text.trim());
  });

  await t.test('nothing is left of it all', async (t) => {
    await until('the end of all processes', () => processesOf(podman.dir).length === 0);
    t.equal(await ok('ps', '--all', '--quiet'), '');
    t.same(podman.mounts(), []);
  });
}
