/** Where system calls newer than Linux 4.18 are missing or refused: same output, same exit codes, same files. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { attach } from '../support/attach.js';
import { type Process, type RuntimeName, container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { staysAsleep } from '../support/idle.js';
import { NEWER_CALLS, REFUSALS, type Refusal, without } from '../support/kernel.js';
import { type LaunchOptions, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { isAlive } from '../support/proc.js';
import { type Scene, processesOf, scene } from '../support/scene.js';
import { betterThanC, betterThanCNeeds, unlessNode } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const STDOUT = 2;
/** Node itself needs threads, which its C library cannot make where `clone3` answers EPERM. */
const WITHOUT_NODE = unlessNode('Node does not start there');

interface Case {
  readonly s: Scene;
  readonly options: LaunchOptions;
}

const ALL = (_calls: string, _refusal: Refusal): boolean => true;
/** Crun takes ENOSYS from `statx`, and gives up at EPERM. */
const CRUN = (calls: string, refusal: Refusal): boolean => refusal === 'ENOSYS' || !calls.includes('statx');

/** One test for each set of calls and each answer. */
function everywhere(what: string, check: (t: Test, one: Case) => Promise<void>, mayRefuse = ALL): void {
  for (const refusal of REFUSALS) {
    for (const calls of NEWER_CALLS.filter((names) => mayRefuse(names, refusal))) {
      void t.test(
        `${what}: ${calls} answers ${refusal}`,
        { ...needs('miniruntime', 'crun', 'socat'), ...WITHOUT_NODE },
        async (t) => {
          const s = scene(t);
          await check(t, { s, options: { prefix: without(calls, refusal) } });
          t.equal(readFileSync(s.persistFile, 'utf8'), readFileSync(s.exitFile, 'utf8'));
          await until('the end of all processes', () => processesOf(s.dir).length === 0);
        },
      );
    }
  }
}

async function create(
  t: Test,
  { s, options }: Case,
  name: RuntimeName,
  process: Process,
  extra: readonly string[] = [],
) {
  const c = container(t, s, name, process);
  const run = launch(t, s, createArguments(s, c.runtime, [...c.options, ...extra]), options);
  const pid = await run.started();
  return { c, run, pid };
}

everywhere(
  'a container of crun has its output, its status and its exit command',
  async (t, one) => {
    const { s } = one;
    const extra = ['--exit-command', '/bin/touch', '--exit-command-arg', `${s.dir}/ran`];
    const process = { args: ['/bin/sh', '-c', 'echo out; echo err >&2; exit 7'] };
    const { c, run } = await create(t, one, 'crun', process, extra);
    await c.start();
    t.equal(await run.finished(), '7');
    t.equal(joined(readLog(s.log), 'stdout'), 'out\n');
    t.equal(joined(readLog(s.log), 'stderr'), 'err\n');
    t.ok(existsSync(`${s.dir}/ran`));
  },
  CRUN,
);

everywhere('a container with a terminal', async (t, one) => {
  const process = { args: ['sh', '-c', 'tty -s && echo terminal; exit 7'], terminal: true };
  const { c, run } = await create(t, one, 'miniruntime', process, ['-t']);
  await c.start();
  t.equal(await run.finished(), '7');
  t.match(joined(readLog(one.s.log), 'stdout'), /^terminal\r?\n$/);
});

everywhere('an exec with an attached client', async (t, { s, options }) => {
  const runtime = actor(s, { payload: 'echo out; exit 5' });
  writeFileSync(`${s.dir}/process.json`, '{}');
  const extra = ['-e', '--exec-attach', '--exec-process-spec', `${s.dir}/process.json`];
  const run = launch(t, s, createArguments(s, runtime.path, extra), { ...options, attachPipe: true });
  t.same(await run.attach.message(), { data: 0 });
  const client = await attach(t, `${s.bundle}/attach`);
  run.go();
  await run.started();
  await runtime.start();
  t.equal(await run.finished(), '5');
  await client.closed();
  t.equal(client.text(STDOUT), 'out\n');
  t.match(await run.sync.rest(), /\{"data": ?5\}\n$/);
  client.end();
});

everywhere('SIGTERM is handed on', async (t, one) => {
  const { run } = await create(t, one, 'miniruntime', { args: ['sleep', '60'] });
  process.kill(await run.pid(), 'SIGTERM');
  t.equal(await run.finished(), '143');
});

everywhere('a time limit kills the whole group', async (t, { s, options }) => {
  const runtime = actor(s, { payload: `sleep 60 & echo $! > '${s.dir}/member'; wait`, ungated: true });
  const run = launch(t, s, createArguments(s, runtime.path, ['--timeout', '1']), options);
  const pid = await run.started();
  await untilExists(`${s.dir}/member`);
  t.equal(await run.finished(), '-1');
  await until('the end of the container', () => !isAlive(pid));
});

everywhere('with --sync the status is that of the process', async (t, { s, options }) => {
  const runtime = actor(s, { payload: 'exit 9', ungated: true });
  const run = launch(t, s, createArguments(s, runtime.path, ['--sync']), options);
  await run.started();
  t.same(await run.launcher(), { code: 9, signal: null });
});

for (const refusal of REFUSALS) {
  const prefix = without('pidfd_open', refusal);

  void t.test(
    `a container that is not our child, without a pidfd: its end is seen (${refusal})`,
    { ...betterThanCNeeds('2.1.6 never sees it', 'miniruntime'), ...WITHOUT_NODE },
    async (t) => {
      const s = scene(t);
      const c = container(t, s, 'miniruntime', { args: ['sleep', '60'] });
      const env = { MINIRUNTIME_REPARENT: '1', MINIRUNTIME_ON: 'create' };
      const run = launch(t, s, createArguments(s, c.runtime, c.options), { prefix, env });
      await run.started();
      await c.start();
      process.kill(await run.pid(), 'SIGTERM');
      t.equal(await run.finished(), '255');
    },
  );

  void t.test(
    `nothing wakes the monitor of a container whose end SIGCHLD will report (${refusal})`,
    { ...betterThanC('2.1.6 wakes up'), ...needs('miniruntime'), ...WITHOUT_NODE },
    async (t) => {
      const s = scene(t);
      const run = launch(t, s, createArguments(s, actor(s).path), { prefix });
      await run.started();
      await staysAsleep(t, await run.pid());
    },
  );
}

/** The runtime, then the container. */
for (const at of [1, 2]) {
  for (const errno of ['EMFILE', 'ENOMEM', 'ESRCH']) {
    void t.test(`pidfd_open fails once with ${errno}: call ${at}`, needs('strace'), async (t) => {
      const s = scene(t);
      const runtime = actor(s, { payload: 'exit 7' });
      const inject = ['-e', `inject=pidfd_open:error=${errno}:when=${at}`];
      const prefix = ['strace', '-D', '-f', ...inject, '-o', `${s.dir}/trace`];
      const run = launch(t, s, createArguments(s, runtime.path), { prefix });
      await run.started();
      await runtime.start();
      t.equal(await run.finished(), '7');
      t.equal(readFileSync(s.persistFile, 'utf8'), '7');
    });
  }
}
