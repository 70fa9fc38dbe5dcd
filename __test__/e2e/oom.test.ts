import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import t from 'tap';
import { createArguments } from '../support/arguments.js';
import { command } from '../support/command.js';
import { container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const MEMORY = 32 << 20;
const MISSING = existsSync('/sys/fs/cgroup/memory/memory.oom_control')
  ? needs('root', 'runc', 'busybox')
  : { skip: 'no cgroup v1 memory controller' };

/** Takes more memory than there is. */
const HUNGRY = 'tail /dev/zero';

void t.test('an OOM kill leaves an empty file "oom" in the bundle and the persist directory', MISSING, async (t) => {
  const s = scene(t);
  const c = container(t, s, 'runc', { args: ['sh', '-c', `exec ${HUNGRY}`], memory: MEMORY });
  const run = launch(t, s, createArguments(s, c.runtime, c.options), { cwd: s.bundle });
  await run.started();
  await c.start();
  t.equal(await run.finished(), '137');
  t.equal(statSync(`${s.bundle}/oom`).size, 0);
  t.equal(statSync(`${s.persist}/oom`).size, 0);
});

void t.test(
  'the files are nowhere else, also not in the working directory',
  { ...MISSING, ...betterThanC('2.1.6 takes it for the bundle') },
  async (t) => {
    const s = scene(t);
    const cwd = `${s.dir}/cwd`;
    mkdirSync(cwd);
    const c = container(t, s, 'runc', { args: ['sh', '-c', `exec ${HUNGRY}`], memory: MEMORY });
    const run = launch(t, s, createArguments(s, c.runtime, c.options, { '--persist-dir': null }), { cwd });
    await run.started();
    await c.start();
    t.equal(await run.finished(), '137');
    t.ok(existsSync(`${s.bundle}/oom`));
    t.same(readdirSync(cwd), []);
    t.same(readdirSync(s.persist), []);
  },
);

void t.test(
  'a FIFO in the place of the file "oom" blocks nobody, and what it hides is written elsewhere',
  { ...MISSING, ...betterThanC('2.1.6 waits for a reader') },
  async (t) => {
    const s = scene(t);
    await command(['mkfifo', `${s.bundle}/oom`]);
    const c = container(t, s, 'runc', { args: ['sh', '-c', `exec ${HUNGRY}`], memory: MEMORY });
    const run = launch(t, s, createArguments(s, c.runtime, c.options), { cwd: s.bundle });
    await run.started();
    await c.start();
    t.equal(await run.finished(), '137');
    t.equal(statSync(`${s.persist}/oom`).size, 0);
  },
);

void t.test('the kill of a child is reported immediately, while the container continues', MISSING, async (t) => {
  const s = scene(t);
  const args = ['sh', '-c', `${HUNGRY}; echo survived; until [ -e /tmp/stop ]; do sleep 0.05; done; exit 3`];
  const c = container(t, s, 'runc', { args, memory: MEMORY });
  const run = launch(t, s, createArguments(s, c.runtime, c.options), { cwd: s.bundle });
  await run.started();
  await c.start();
  await until('the survivor', () => joined(readLog(s.log), 'stdout') === 'survived\n');
  await untilExists(`${s.persist}/oom`);
  t.notOk(existsSync(s.exitFile));
  await c.call('exec', s.cid, 'touch', '/tmp/stop');
  t.equal(await run.finished(), '3');
});

for (const [what, script] of [
  ['ends by itself', 'exit 0'],
  ['is killed', 'kill -9 $$'],
] as const) {
  void t.test(
    `a container that ${what} and whose cgroup is removed is not reported as an OOM kill`,
    MISSING,
    async (t) => {
      const s = scene(t);
      const c = container(t, s, 'runc', {
        args: ['sh', '-c', `until [ -e /tmp/stop ]; do sleep 0.05; done; ${script}`],
        memory: MEMORY,
      });
      const run = launch(t, s, createArguments(s, c.runtime, c.options), { cwd: s.bundle });
      await run.started();
      await c.start();
      await c.call('exec', s.cid, 'touch', '/tmp/stop');
      await run.finished();
      t.notOk(existsSync(`${s.bundle}/oom`));
      t.notOk(existsSync(`${s.persist}/oom`));
    },
  );
}
