/**
 * A step that fails once the runtime was called: the container runs and is watched, or it does not run and the manager
 * is notified.
 */
import { existsSync, readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { launch } from '../support/monitor.js';
import { isAlive } from '../support/proc.js';
import { type Scene, processesOf, scene } from '../support/scene.js';
import { betterThanCNeeds, unlessNode } from '../support/target.js';
import { until } from '../support/wait.js';

/** The command that lets system calls of another one fail; `path` narrows it to calls about that file. */
function failing(s: Scene, injection: string, path?: string): string[] {
  const narrow = path === undefined ? [] : ['-P', path];
  return ['strace', '-D', '-f', ...narrow, '-e', `inject=${injection}`, '-o', `${s.dir}/trace`];
}

function pidOf(path: string): number {
  return Number(existsSync(path) ? readFileSync(path, 'utf8') : '0');
}

async function nobodyIsLeft(s: Scene): Promise<void> {
  await until('the end of all processes', () => processesOf(s.dir).length === 0);
}

/** One of two ends is right. */
async function watchedOrRefused(t: Test, s: Scene, injection: string): Promise<void> {
  const runtime = actor(s, { payload: 'echo out; exit 7' });
  const run = launch(t, s, createArguments(s, runtime.path), { prefix: failing(s, injection) });
  const message = await run.sync.message();
  if (Number(message['data']) > 0) {
    await runtime.start();
    t.equal(await run.finished(), '7', injection);
    t.equal(joined(readLog(s.log), 'stdout'), 'out\n', injection);
  } else {
    t.notOk(existsSync(`${runtime.path}.pid`), `${injection}: the runtime was not called`);
  }
  await nobodyIsLeft(s);
}

void t.test(
  'epoll_ctl fails once: the container is watched, or the runtime is not called',
  { ...betterThanCNeeds('2.1.6 aborts', 'strace'), ...unlessNode('Node needs it itself') },
  async (t) => {
    for (let at = 1; at <= 14; at++) await watchedOrRefused(t, scene(t), `epoll_ctl:error=ENOMEM:when=${at}`);
  },
);

void t.test(
  'epoll_wait always fails: output, signals and the end are served all the same',
  { ...betterThanCNeeds('2.1.6 has poll', 'strace'), ...unlessNode('Node needs it itself') },
  async (t) => {
    await watchedOrRefused(t, scene(t), 'epoll_wait,epoll_pwait:error=EINVAL');
    const s = scene(t);
    const runtime = actor(s);
    const prefix = failing(s, 'epoll_wait,epoll_pwait:error=EINVAL');
    const run = launch(t, s, createArguments(s, runtime.path), { prefix });
    await run.started();
    process.kill(await run.pid(), 'SIGTERM');
    t.equal(await run.finished(), '143');
  },
);

for (const errno of ['EINTR', 'EAGAIN', 'EIO', 'EMFILE']) {
  void t.test(
    `the pid file cannot be read at first (${errno}): the container runs and is watched`,
    betterThanCNeeds('2.1.6 gives up', 'strace'),
    async (t) => {
      // Whatever the monitor does with the file: each kind of call fails twice after that before the runtime.
      for (const call of ['%stat,statx,%%stat', 'openat,open', 'read']) {
        const s = scene(t);
        const runtime = actor(s, { payload: 'exit 7' });
        const prefix = failing(s, `${call}:error=${errno}:when=2..3`, s.pidfile);
        const run = launch(t, s, createArguments(s, runtime.path), { prefix });
        await run.started();
        await runtime.start();
        t.equal(await run.finished(), '7', call);
      }
    },
  );
}

for (const [what, env] of [
  ['no pid', { MINIRUNTIME_PIDFILE: 'content:x' }],
  ['the pid 1', { MINIRUNTIME_PIDFILE: 'content:1' }],
  ['nothing', { MINIRUNTIME_PIDFILE: 'none' }],
  ['the pid of a container of which the runtime says that it failed', { MINIRUNTIME_STATUS: '1' }],
] as const) {
  void t.test(
    `a runtime leaves ${what} in its pid file: its container is killed`,
    betterThanCNeeds('2.1.6 lets it run', 'miniruntime'),
    async (t) => {
      const s = scene(t);
      const c = container(t, s, 'miniruntime', { args: ['sleep', '60'] });
      const run = launch(t, s, createArguments(s, c.runtime, c.options), { env });
      t.equal((await run.sync.message())['data'], -1);
      await nobodyIsLeft(s);
      t.notOk(existsSync(s.exitFile));
    },
  );
}

void t.test(
  'a runtime leaves no pid but processes with children of their own: all are killed',
  betterThanCNeeds('2.1.6 lets it run'),
  async (t) => {
    const s = scene(t);
    const inner = `setsid sh -c "sleep 60; : ${s.dir}" & : > "${s.dir}/made"; sleep 60; : ${s.dir}`;
    const begun = `until [ -e '${s.dir}/made' ]; do sleep 0.01; done`;
    const instead = `setsid sh -c '${inner}' > /dev/null 2>&1 & ${begun}; exit 0`;
    const run = launch(t, s, createArguments(s, actor(s, { instead }).path));
    t.equal((await run.sync.message())['data'], -1);
    await nobodyIsLeft(s);
  },
);

void t.test(
  'a pid file that can never be read: the container is killed, and the exit command runs',
  betterThanCNeeds('2.1.6 lets it run', 'strace'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { after: `cp "$pidfile" '${s.dir}/container'` });
    const prefix = failing(s, 'read:error=EIO', s.pidfile);
    const command = ['--exit-command', '/bin/touch', '--exit-command-arg', `${s.dir}/ran`];
    const run = launch(t, s, createArguments(s, runtime.path, command), { prefix });
    t.match(await run.sync.message(), { data: -1, message: /pid/ });
    await nobodyIsLeft(s);
    t.ok(existsSync(`${s.dir}/ran`));
    t.notOk(isAlive(pidOf(`${s.dir}/container`)));
  },
);
