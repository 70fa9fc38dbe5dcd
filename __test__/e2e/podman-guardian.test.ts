/** Containers of Podman whose monitors have guardians, and are killed. */
import { existsSync } from 'node:fs';
import t, { type Test } from 'tap';
import { monitorOf, replaceMonitor } from '../support/guardian.js';
import { needs } from '../support/needs.js';
import { EXITS_AFTER_GO, IMAGE, Podman } from '../support/podman.js';
import { comm } from '../support/proc.js';
import { betterThanC } from '../support/target.js';
import { until } from '../support/wait.js';

const MISSING = needs('root', 'podman', 'busybox', 'unshare', 'nsenter');
const ONLY_OURS = betterThanC('leaves a container without a monitor when it is killed');

void t.test('containers of podman whose monitors are killed', { ...MISSING, ...ONLY_OURS }, async (t) => {
  const podman = await Podman.setUp(undefined, { variables: ['CONMON_GUARDIAN=1'] });
  t.teardown(() => podman.tearDown());
  for (const runtime of ['crun', 'runc'] as const) {
    await t.test(runtime, needs(runtime), (t) => suite(t, podman, runtime));
  }
});

async function suite(t: Test, podman: Podman, runtime: string): Promise<void> {
  const ok = (...args: readonly string[]): Promise<string> => podman.ok('--runtime', runtime, ...args);

  await t.test('logs, exec, stop, wait and start work as if nothing had happened', async (t) => {
    const script = 'i=0; trap "exit 9" TERM; while :; do i=$((i+1)); echo "line $i"; sleep 0.05; done';
    const { id, conmonPid: guardian } = await podman.detached(runtime, IMAGE, 'sh', '-c', script);
    for (let round = 0; round < 3; round += 1) await replaceMonitor(guardian);
    await until('the name of the guardian', () => comm(guardian) === 'conmon-guard');
    t.equal(await podman.inspect(id, '{{.State.ConmonPid}} {{.State.Status}}'), `${guardian} running`);
    const seen = (await podman.run(['logs', id])).text.split('\n').length;
    await until('more lines', async () => (await podman.run(['logs', id])).text.split('\n').length > seen + 3);
    t.equal(await ok('exec', id, 'echo', 'inside'), 'inside');
    const waited = ok('wait', id);
    await ok('stop', id);
    t.equal(await waited, '9');
    t.equal(await podman.inspect(id, '{{.State.ExitCode}} {{.State.Status}}'), '9 exited');
    const lines = (await podman.run(['logs', id])).text.split('\n').filter((line) => line.startsWith('line '));
    const numbers = lines.map((line) => Number(line.slice(5)));
    t.ok(
      numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0)),
      'in order, and none twice',
    );
    await until('the end of the guardian', () => !existsSync(`/proc/${guardian}`));
    await ok('start', id);
    t.equal(await podman.inspect(id, '{{.State.Status}}'), 'running');
    await ok('rm', '--force', '--time', '0', id);
  });

  await t.test('one that ends without a monitor is cleaned up with its status', async (t) => {
    const { id, conmonPid: guardian } = await podman.detached(runtime, IMAGE, 'sleep', '1000');
    const pid = Number(await podman.inspect(id, '{{.State.Pid}}'));
    process.kill(await monitorOf(guardian), 'SIGKILL');
    process.kill(pid, 'SIGTERM');
    process.kill(pid, 'SIGKILL');
    await until('the clean-up', async () => (await podman.inspect(id, '{{.State.Status}}')) === 'exited');
    t.equal(await podman.inspect(id, '{{.State.ExitCode}}'), '137');
    await ok('rm', id);
  });

  await t.test('with --rm it is removed after its end', async (t) => {
    const { id, conmonPid: guardian } = await podman.detached(runtime, '--rm', IMAGE, ...EXITS_AFTER_GO);
    await replaceMonitor(guardian);
    const waited = ok('wait', id);
    // It may fail: the container can be gone before podman has noted the end of the session.
    await podman.run(['exec', id, 'touch', '/go']);
    t.equal(await waited, '4');
    await until('the removal', async () => (await podman.run(['container', 'exists', id])).code === 1);
  });

  await t.test('a restart policy holds', async (t) => {
    const { id, conmonPid: guardian } = await podman.detached(runtime, '--restart', 'always', IMAGE, 'sleep', '1000');
    await replaceMonitor(guardian);
    process.kill(Number(await podman.inspect(id, '{{.State.Pid}}')), 'SIGKILL');
    const state = await until('the restart', async () => {
      const facts = await podman.inspect(id, '{{.RestartCount}} {{.State.Status}} {{.State.ConmonPid}}');
      return facts.startsWith('1 running ') && !facts.endsWith(` ${guardian}`) ? facts : undefined;
    });
    t.match(state, /^1 running \d+$/);
    await ok('rm', '--force', '--time', '0', id);
  });
}
