/** `--sdnotify=container`: podman mounts the relay's socket in the container and names it there. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { needs } from '../support/needs.js';
import { IMAGE, Podman } from '../support/podman.js';
import { IS_C } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const MISSING = needs('root', 'podman', 'busybox', 'socat', 'unshare', 'nsenter');

/** Busybox cannot send datagrams to a path: socat and its libraries come from the machine. */
const VOLUMES = ['/usr/bin', '/usr/lib', '/lib', '/lib64'].flatMap((path) =>
  existsSync(path) ? ['--volume', `${path}:${path}:ro`] : [],
);

void t.test('podman run --sdnotify=container', MISSING, async (t) => {
  const podman = await Podman.setUp();
  t.teardown(() => podman.tearDown());
  for (const runtime of ['crun', 'runc'] as const) {
    await t.test(runtime, needs(runtime), (t) => suite(t, podman, runtime));
  }
});

async function suite(t: Test, podman: Podman, runtime: string): Promise<void> {
  const socket = `${podman.dir}/${runtime}.sock`;
  const heard = `${podman.dir}/${runtime}.heard`;
  const manager = spawn('socat', ['-u', `UNIX-RECV:${socket}`, `CREATE:${heard}`], { stdio: 'ignore' });
  t.teardown(() => manager.kill());
  await untilExists(socket);
  const told = (): string => (existsSync(heard) ? readFileSync(heard, 'latin1') : '');

  const send = (text: string): string => `printf '${text}' | socat -u - UNIX-SENDTO:$NOTIFY_SOCKET`;
  // The container waits: podman reports the pid of the monitor after it was started.
  const script = [
    'until [ -e /tmp/go ]; do sleep 0.02; done',
    send('MAINPID=1\\nFDSTORE=1'),
    send('STATUS=up\\nREADY=1\\nMAINPID=1'),
    'until [ -e /tmp/end ]; do sleep 0.02; done',
    send('STOPPING=1'),
  ].join('\n');
  const args = ['run', '--detach', '--sdnotify=container', ...VOLUMES, IMAGE, 'sh', '-c', script];
  const env = { ...podman.env(), NOTIFY_SOCKET: socket };
  const created = await podman.run(['--runtime', runtime, ...args], { env });
  t.equal(created.code, 0, created.stderr);
  const id = created.text.trim();
  const monitor = await podman.inspect(id, '{{.State.ConmonPid}}');
  await until('the pid of the monitor', () => told() !== '');
  t.equal(told(), `MAINPID=${monitor}`, 'by podman');
  await podman.ok('exec', id, 'touch', '/tmp/go');
  const ready = `MAINPID=${monitor}STATUS=up\nREADY=1`;
  await until('READY=1', () => told().endsWith('READY=1'));
  // C conmon 2.1.6 relays READY=1 only.
  const relayed = IS_C ? told().replace(`${monitor}READY`, `${monitor}STATUS=up\nREADY`) : told();
  t.equal(relayed, ready, 'by the container, and only states that it may report');
  await podman.ok('exec', id, 'touch', '/tmp/end');
  t.equal(await podman.ok('wait', id), '0');
  if (!IS_C) t.equal(told(), `${ready}STOPPING=1`, 'also the last it said before it ended');
  await podman.ok('rm', id);
}
