import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { MonitorError } from '../../ts/node/errors.js';
import { monitor } from '../../ts/node/monitor.js';
import { container } from '../support/container.js';
import { needs } from '../support/needs.js';
import { scene } from '../support/scene.js';
import { commandLine, monitored } from './monitored.js';

for (const name of ['crun', 'runc', 'miniruntime'] as const) {
  t.test(`${name}: a container is monitored inside this process`, needs(name, 'root'), async (t) => {
    const world = await monitored(t, name, { args: ['/bin/sh', '-c', 'echo out; echo err >&2; exit 7'] });
    await world.container.start();
    const ended = await world.ended;
    t.match(ended, { status: 7, oomKilled: false, timedOut: false });
    t.equal(ended.pid, Number(readFileSync(world.pidfile, 'utf8')));
    t.match(readFileSync(world.log, 'utf8'), / stdout F out\n/);
    t.match(readFileSync(world.log, 'utf8'), / stderr F err\n/);
    t.equal(readFileSync(world.exitFile, 'utf8'), '7');
    t.equal(readFileSync(world.persistFile, 'utf8'), '7');
  });
}

t.test('a container that ends with a signal', needs('miniruntime'), async (t) => {
  const world = await monitored(t, 'miniruntime', { args: ['/bin/sh', '-c', 'kill -9 $$'] });
  await world.container.start();
  t.match(await world.ended, { status: 137, timedOut: false });
});

t.test('the time limit is reported', needs('miniruntime'), async (t) => {
  const world = await monitored(t, 'miniruntime', { args: ['/bin/sleep', '60'] }, ['--timeout', '1']);
  await world.container.start();
  t.match(await world.ended, { status: -1, timedOut: true });
});

t.test('several containers concurrently, each with its own exit', needs('miniruntime'), async (t) => {
  const statuses = [0, 3, 5];
  const worlds = await Promise.all(
    statuses.map((status) => monitored(t, 'miniruntime', { args: ['/bin/sh', '-c', `exit ${status}`] })),
  );
  await Promise.all(worlds.map((world) => world.container.start()));
  const ended = await Promise.all(worlds.map((world) => world.ended));
  t.same(
    ended.map(({ status }) => status),
    statuses,
  );
});

t.test("the runtime's stderr is the error's message", needs('miniruntime'), async (t) => {
  const world = scene(t);
  const made = container(t, world, 'miniruntime', { args: ['/no/such/program'] });
  const broken = { ...world, bundle: `${world.dir}/no-bundle` };
  await t.rejects(monitor(commandLine(broken, made)), MonitorError);
  t.notOk(existsSync(world.pidfile));
});

t.test('a command line that conmon refuses is refused in its words', async (t) => {
  await t.rejects(monitor([]), { name: 'PlanError', message: /Container ID not provided. Use --cid/ });
});
