/** Podman of a user without privileges: the monitor lives in that user's namespace, by which later commands find it. */
import { readFileSync, readlinkSync } from 'node:fs';
import t from 'tap';
import { needs } from '../support/needs.js';
import { IMAGE } from '../support/podman.js';
import { isAlive } from '../support/proc.js';
import { setUpRootless } from '../support/rootless.js';
import { CONMON } from '../support/target.js';
import { until } from '../support/wait.js';

const IS_SCRIPT = readFileSync(CONMON).subarray(0, 2).toString() === '#!';
const MISSING = IS_SCRIPT
  ? { skip: 'a script of the checkout, which need not be open to other users' }
  : needs('root', 'podman', 'busybox', 'crun', 'setpriv', 'unshare', 'nsenter');
void t.test('podman of a user without privileges', MISSING, async (t) => {
  const { dir, podman } = await setUpRootless(t);
  const text = async (...args: readonly string[]): Promise<string> => {
    const { code, text, stderr } = await podman(...args);
    t.equal(code, 0, stderr);
    return text.trimEnd();
  };

  await t.test('it really is one', async (t) => {
    t.equal(await text('info', '--format', '{{.Host.Security.Rootless}}'), 'true');
  });

  await t.test('run prints the output and ends with the status', async (t) => {
    const { code, text } = await podman('run', '--rm', IMAGE, 'sh', '-c', 'id -u; exit 3');
    t.strictSame({ code, text }, { code: 3, text: '0\n' });
  });

  const id = await text(
    'run',
    '--detach',
    IMAGE,
    'sh',
    '-c',
    'trap "exit 6" TERM; echo on; while :; do sleep 0.05; done',
  );
  const monitor = Number(await text('inspect', '--format', '{{.State.ConmonPid}}', id));

  await t.test('the monitor stays in the namespace that podman made for the user', async (t) => {
    const container = Number(await text('inspect', '--format', '{{.State.Pid}}', id));
    const namespaceOf = (pid: number): string => readlinkSync(`/proc/${pid}/ns/user`);
    t.equal(namespaceOf(monitor), namespaceOf(container));
    t.not(namespaceOf(monitor), namespaceOf(process.pid));
  });

  await t.test('exec, also when only the monitor is left of that namespace', async (t) => {
    const pause = Number(readFileSync(`${dir}/run/libpod/tmp/pause.pid`, 'utf8'));
    process.kill(pause, 'SIGKILL');
    await until('the end of the pause process', () => !isAlive(pause));
    const { code, text, stderr } = await podman('exec', id, 'sh', '-c', 'echo in; exit 4');
    t.strictSame({ code, text }, { code: 4, text: 'in\n' }, stderr);
  });

  await t.test('logs, stop, wait, rm', async (t) => {
    t.equal(await text('logs', id), 'on');
    await text('stop', '--time', '20', id);
    t.equal(await text('wait', id), '6');
    await text('rm', id);
    await until('the end of the monitor', () => !isAlive(monitor));
  });
});
