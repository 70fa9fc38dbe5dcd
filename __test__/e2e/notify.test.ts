/** The sd-notify relay: what a container says about its state reaches the service manager, and nothing else does. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

/** A service manager that writes down what it is told, datagram after datagram. */
async function serviceManager(t: Test, s: Scene): Promise<{ socket: string; told: () => string }> {
  const socket = `${s.dir}/host.sock`;
  const heard = `${s.dir}/heard`;
  const manager = spawn('socat', ['-u', `UNIX-RECV:${socket}`, `CREATE:${heard}`], { stdio: 'ignore' });
  t.teardown(() => manager.kill());
  await untilExists(socket);
  return { socket, told: () => (existsSync(heard) ? readFileSync(heard, 'latin1') : '') };
}

/** Runs a container that sends the datagrams, one after the other, and ends. */
async function notify(t: Test, s: Scene, host: string, datagrams: readonly string[]): Promise<void> {
  // Podman makes the folder, which it mounts in the container.
  mkdirSync(`${s.bundle}/notify`, { recursive: true });
  const relay = `${s.bundle}/notify/notify.sock`;
  const send = (text: string): string => `printf '${text}' | socat -u - 'UNIX-SENDTO:${relay}'`;
  const runtime = actor(s, { payload: datagrams.map(send).join('\n') });
  const run = launch(t, s, createArguments(s, runtime.path, [`--sdnotify-socket=${host}`]));
  await run.started();
  t.equal(statSync(relay).mode & 0o777, 0o777, 'anybody in the container may notify');
  await runtime.start();
  t.equal(await run.finished(), '0');
}

void t.test('READY=1 arrives as it is', needs('socat'), async (t) => {
  const s = scene(t);
  const { socket, told } = await serviceManager(t, s);
  await notify(t, s, socket, ['READY=1']);
  await until('the message', () => told() !== '');
  t.equal(told(), 'READY=1');
});

void t.test(
  'only states pass that are the container’s to tell',
  { ...needs('socat'), ...betterThanC('2.1.6 passes READY=1 alone') },
  async (t) => {
    const s = scene(t);
    const { socket, told } = await serviceManager(t, s);
    await notify(t, s, socket, ['MAINPID=1\\nFDSTORE=1', 'STATUS=up\\nMAINPID=1\\nREADY=1', 'STOPPING=1']);
    await until('the last message', () => told().endsWith('STOPPING=1'));
    t.equal(told(), 'STATUS=up\nREADY=1STOPPING=1');
  },
);

void t.test('a service manager that is not there keeps nothing from going on', needs('socat'), async (t) => {
  const s = scene(t);
  await notify(t, s, `${s.dir}/nobody.sock`, ['READY=1']);
});

void t.test(
  'the socket is gone with the container',
  { ...needs('socat'), ...betterThanC('2.1.6 leaves it') },
  async (t) => {
    const s = scene(t);
    await notify(t, s, `${s.dir}/nobody.sock`, []);
    t.notOk(existsSync(`${s.bundle}/notify/notify.sock`));
  },
);
