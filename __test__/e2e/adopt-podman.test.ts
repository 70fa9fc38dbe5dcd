/** Containers of Podman whose C conmon is adopted: everything that Podman does with a container works afterwards. */
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { adopt, adoptionNeeds, C_CONMON } from '../support/adopt.js';
import { IMAGE, Podman } from '../support/podman.js';
import { isAlive } from '../support/proc.js';
import { readableCopy } from '../support/readable-copy.js';
import { setUpRootless } from '../support/rootless.js';
import { EXECUTABLE, executableOf } from '../support/upgrade.js';
import { until } from '../support/wait.js';

/** Shell commands that wait for `touch /tmp/go` in the container. */
const WAIT = 'until [ -e /tmp/go ]; do sleep 0.05; done';
const ROOTLESS = ['podman', 'busybox', 'crun', 'setpriv', 'unshare', 'nsenter'];
const MISSING = adoptionNeeds('podman', 'busybox', 'unshare', 'nsenter');

void t.test('a container of podman is adopted', MISSING, async (t) => {
  const podman = await Podman.setUp(C_CONMON);
  t.teardown(() => podman.tearDown());
  for (const runtime of ['crun', 'runc'] as const) {
    await t.test(runtime, adoptionNeeds(runtime), (t) => suite(t, podman, runtime));
  }
});

void t.test('a rootless container, from outside of its namespaces', adoptionNeeds(...ROOTLESS), async (t) => {
  const { podman, call } = await setUpRootless(t, C_CONMON);
  const { place, conmonctl } = readableCopy(t);
  const text = async (...args: readonly string[]): Promise<string> => {
    const { code, text, stderr } = await podman(...args);
    t.equal(code, 0, stderr);
    return text.trimEnd();
  };
  const script = 'trap "exit 6" TERM; echo on; while :; do sleep 0.05; done';
  const id = await text('run', '--detach', IMAGE, 'sh', '-c', script);
  const monitor = Number(await text('inspect', '--format', '{{.State.ConmonPid}}', id));
  const { code, text: shown, stderr } = await call([...conmonctl, 'adopt', id]);
  t.match([code, shown], [0, /: conmon 2\.\d\.\d+ → /], stderr);
  t.equal(executableOf(monitor), `${place}/dist/native/conmon`);
  t.equal(await text('exec', id, 'echo', 'in'), 'in');
  t.equal(await text('logs', id), 'on');
  await text('stop', '--time', '20', id);
  t.equal(await text('wait', id), '6');
  await text('rm', id);
  await until('the end of the monitor', () => !isAlive(monitor));
});

async function suite(t: Test, podman: Podman, runtime: string): Promise<void> {
  const ok = (...args: readonly string[]): Promise<string> => podman.ok('--runtime', runtime, ...args);

  /** Starts a container and adopts its monitor; returns its id and the monitor. */
  async function started(...args: readonly string[]): Promise<{ id: string; monitor: number }> {
    const id = await ok('run', '--detach', ...args);
    const monitor = Number(await podman.inspect(id, '{{.State.ConmonPid}}'));
    t.equal(executableOf(monitor), C_CONMON);
    await adopt(monitor);
    t.equal(executableOf(monitor), EXECUTABLE);
    return { id, monitor };
  }

  /** Ends what waits. The command may fail: the container can be gone before podman has noted the end of the session. */
  const letEnd = async (id: string): Promise<void> => {
    await podman.run(['--runtime', runtime, 'exec', id, 'touch', '/tmp/go']);
  };

  await t.test('exec, attach, logs, wait, rm', async (t) => {
    const { id, monitor } = await started('-i', IMAGE, 'sh', '-c', 'echo one; read -r x; echo "got $x"; exit 3');
    t.equal(await ok('exec', id, 'echo', 'inside'), 'inside');
    t.equal((await podman.run(['exec', id, 'sh', '-c', 'exit 9'])).code, 9);
    t.equal(await podman.inspect(id, '{{.State.Running}} {{.State.ConmonPid}}'), `true ${monitor}`);
    const attached = await podman.run(['attach', id], { input: Buffer.from('word\n') });
    t.match(attached.text, /^got word\n/);
    t.equal(await ok('wait', id), '3');
    t.equal((await podman.run(['logs', id])).text, 'one\ngot word\n');
    t.equal(await podman.inspect(id, '{{.State.ExitCode}} {{.State.Status}}'), '3 exited');
    t.equal(await ok('rm', id), id);
  });

  await t.test('stop, start again, kill', async (t) => {
    const { id, monitor } = await started('--init', IMAGE, 'sleep', '1000');
    await ok('stop', id);
    await until('the end of the monitor', () => !isAlive(monitor));
    t.equal(await podman.inspect(id, '{{.State.ExitCode}}'), '143');
    await ok('start', id);
    const next = Number(await podman.inspect(id, '{{.State.ConmonPid}}'));
    await adopt(next);
    await ok('pause', id);
    await ok('unpause', id);
    await ok('kill', id);
    t.equal(await ok('wait', id), '137');
    await ok('rm', id);
  });

  await t.test('restarted by its policy after it failed', async (t) => {
    const script = `echo begin; [ -e /tmp/second ] && exec sleep 1000; ${WAIT}; touch /tmp/second; exit 1`;
    const { id, monitor } = await started('--restart', 'on-failure:3', IMAGE, 'sh', '-c', script);
    await letEnd(id);
    await until('the second life', async () => (await podman.run(['logs', id])).text === 'begin\nbegin\n');
    const next = Number(await podman.inspect(id, '{{.State.ConmonPid}}'));
    t.not(next, monitor);
    t.equal(await podman.inspect(id, '{{.RestartCount}}'), '1');
    await ok('rm', '--force', '--time', '0', id);
  });

  await t.test('a terminal', async (t) => {
    const { id, monitor } = await started('-t', '-i', IMAGE, 'sh', '-c', 'stty size; read -r x; echo "got $x"; exit 4');
    const attached = await podman.run(['attach', id], { input: Buffer.from('word\n') });
    t.match(attached.text, /got word/);
    t.equal(await ok('wait', id), '4');
    await until('the end of the monitor', () => !isAlive(monitor));
    t.match((await podman.run(['logs', id])).text, /got word/);
    await ok('rm', id);
  });

  await t.test('removed by itself', async (t) => {
    const { id, monitor } = await started('--rm', IMAGE, 'sh', '-c', WAIT);
    await letEnd(id);
    await until('the end of the monitor', () => !isAlive(monitor));
    await until('its removal', async () => (await podman.run(['container', 'exists', id])).code === 1);
    t.notOk(readFileSync('/proc/mounts', 'utf8').includes(id));
  });
}
