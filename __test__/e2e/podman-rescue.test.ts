/** Containers of Podman whose monitor is killed and replaced. */
import { existsSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { CONMONCTL } from '../ctl/live.js';
import { command } from '../support/command.js';
import { needs } from '../support/needs.js';
import { EXITS_AFTER_GO, IMAGE, Podman } from '../support/podman.js';
import { betterThanC } from '../support/target.js';
import { EXECUTABLE, executableOf } from '../support/upgrade.js';
import { until } from '../support/wait.js';

const MISSING = needs('root', 'podman', 'busybox', 'unshare', 'nsenter');
const ONLY_OURS = betterThanC('leaves a container without a monitor when it is killed');

void t.test('a container of podman whose monitor was killed', { ...MISSING, ...ONLY_OURS }, async (t) => {
  const podman = await Podman.setUp();
  t.teardown(() => podman.tearDown());
  for (const runtime of ['crun', 'runc'] as const) {
    await t.test(runtime, needs(runtime), (t) => suite(t, podman, runtime));
  }
});

async function suite(t: Test, podman: Podman, runtime: string): Promise<void> {
  const ok = (...args: readonly string[]): Promise<string> => podman.ok('--runtime', runtime, ...args);
  const kill = async (pid: number): Promise<void> => {
    process.kill(pid, 'SIGKILL');
    await until('the end of the monitor', () => !existsSync(`/proc/${pid}`));
  };
  const conmonctl = async (...words: readonly string[]): Promise<string> => {
    const conf = `${podman.dir}/storage.conf`;
    writeFileSync(conf, `[storage]\ndriver = "overlay"\nrunroot = "${podman.dir}/runroot"\n`);
    const env = { ...podman.env(), CONTAINERS_STORAGE_CONF: conf };
    const done = await command([...podman.namespace.prefix, `${podman.dir}/cwd`, CONMONCTL, ...words], { env });
    return done.text + done.stderr;
  };
  const rescueAll = (): Promise<string> => conmonctl('rescue', '--executable', EXECUTABLE, '--all');

  await t.test('logs, exec, ps, stop and wait work as if nothing had happened', async (t) => {
    const script = 'i=0; trap "exit 9" TERM; while :; do i=$((i+1)); echo "line $i" 2>/dev/null; sleep 0.05; done';
    // A shell ignores that nobody reads its output until there is a monitor again.
    const { id, conmonPid: monitor } = await podman.detached(runtime, IMAGE, 'sh', '-c', `trap '' PIPE; ${script}`);
    await kill(monitor);
    t.match(await conmonctl('doctor'), new RegExp(`the monitor of container \\w+ \\(${id.slice(0, 12)}\\) was killed`));
    t.match(await rescueAll(), /: has a monitor again\n$/);
    t.equal(executableOf(monitor), EXECUTABLE, 'with the pid that podman knows');
    t.equal(await podman.inspect(id, '{{.State.ConmonPid}} {{.State.Status}}'), `${monitor} running`);
    const seen = (await podman.run(['logs', id])).text.split('\n').length;
    await until('more lines', async () => (await podman.run(['logs', id])).text.split('\n').length > seen + 3);
    t.equal(await ok('exec', id, 'echo', 'inside'), 'inside');
    const waited = ok('wait', id);
    await ok('stop', id);
    t.equal(await waited, '9');
    t.equal(await podman.inspect(id, '{{.State.ExitCode}} {{.State.Status}}'), '9 exited');
    await until('the end of the monitor', () => !existsSync(`/proc/${monitor}`));
    await ok('start', id);
    await ok('rm', '--force', '--time', '0', id);
  });

  await t.test('one that has ended without a monitor is cleaned up', async (t) => {
    const { id, conmonPid: monitor } = await podman.detached(runtime, IMAGE, 'sleep', '1000');
    const pid = Number(await podman.inspect(id, '{{.State.Pid}}'));
    await kill(monitor);
    process.kill(pid, 'SIGKILL');
    t.match(await rescueAll(), /: has a monitor again\n$/);
    await until('the clean-up', async () => (await podman.inspect(id, '{{.State.Status}}')) === 'exited');
    t.match(await podman.inspect(id, '{{.State.ExitCode}}'), /^(137|255)$/);
    await ok('rm', id);
  });

  await t.test('with --rm it is removed after its end', async (t) => {
    const { id, conmonPid: monitor } = await podman.detached(runtime, '--rm', IMAGE, ...EXITS_AFTER_GO);
    await kill(monitor);
    t.match(await rescueAll(), /: has a monitor again\n$/);
    const waited = ok('wait', id);
    // It may fail: the container can be gone before podman has noted the end of the session.
    await podman.run(['exec', id, 'touch', '/go']);
    t.equal(await waited, '4');
    await until('the removal', async () => (await podman.run(['container', 'exists', id])).code === 1);
  });
}
