/** The sd-notify relay: a container's states reach the service manager, and nothing else does. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

/** A service manager that records every datagram. */
async function serviceManager(t: Test, s: Scene, socket = `${s.dir}/host.sock`): Promise<Manager> {
  const heard = `${s.dir}/heard`;
  // Relative to its own directory, a path of any length fits.
  const address = socket.startsWith('@') ? `ABSTRACT-RECV:${socket.slice(1)}` : `UNIX-RECV:${basename(socket)}`;
  const cwd = socket.startsWith('@') ? s.dir : dirname(socket);
  const words = ['-u', '-b', '65536', address, `CREATE:${heard}`];
  const manager = spawn('socat', words, { stdio: 'ignore', cwd });
  t.teardown(() => manager.kill());
  // Socat opens its first address first.
  await untilExists(heard);
  return { socket, told: () => readFileSync(heard, 'latin1') };
}

interface Manager {
  readonly socket: string;
  readonly told: () => string;
}

/** Runs a container that sends the datagrams, one after the other, and ends. */
async function notify(t: Test, s: Scene, host: string, datagrams: readonly string[]): Promise<void> {
  // Podman creates the directory, which it mounts in the container.
  mkdirSync(`${s.bundle}/notify`, { recursive: true });
  const relay = `${s.bundle}/notify/notify.sock`;
  // A file is read in one call; a pipe only as far as its writer has written.
  const send = (text: string, number: number): string =>
    `printf '${text}' > '${s.dir}/datagram${number}' && socat -u -b 65536 'OPEN:${s.dir}/datagram${number}' 'UNIX-SENDTO:${relay}'`;
  const runtime = actor(s, { payload: datagrams.map(send).join('\n') });
  const run = launch(t, s, createArguments(s, runtime.path, [`--sdnotify-socket=${host}`]));
  await run.started();
  t.equal(statSync(relay).mode & 0o777, 0o777, 'anybody in the container may notify');
  await runtime.start();
  t.equal(await run.finished(), '0');
}

void t.test('READY=1 arrives unchanged', needs('socat'), async (t) => {
  const s = scene(t);
  const { socket, told } = await serviceManager(t, s);
  await notify(t, s, socket, ['READY=1']);
  await until('the message', () => told() !== '');
  t.equal(told(), 'READY=1');
});

void t.test(
  'only states that a container may report are passed on',
  { ...needs('socat'), ...betterThanC('2.1.6 passes READY=1 alone') },
  async (t) => {
    const s = scene(t);
    const { socket, told } = await serviceManager(t, s);
    await notify(t, s, socket, ['MAINPID=1\\nFDSTORE=1', 'STATUS=up\\nMAINPID=1\\nREADY=1', 'STOPPING=1']);
    await until('the last message', () => told().endsWith('STOPPING=1'));
    t.equal(told(), 'STATUS=up\nREADY=1STOPPING=1');
  },
);

for (const [what, place, options] of [
  ['an abstract name', (s: Scene) => `@${s.cid}`, betterThanC('2.1.6 sends to a file of that name')],
  [
    'a path longer than a socket address',
    (s: Scene) => `${s.dir}/${'d'.repeat(120)}/host.sock`,
    betterThanC('2.1.6 cuts it'),
  ],
] as const) {
  void t.test(`the service manager may listen on ${what}`, { ...needs('socat'), ...options }, async (t) => {
    const s = scene(t);
    if (!place(s).startsWith('@')) mkdirSync(dirname(place(s)));
    const { socket, told } = await serviceManager(t, s, place(s));
    await notify(t, s, socket, ['READY=1']);
    await until('the message', () => told() === 'READY=1');
  });
}

void t.test(
  'a datagram of 32 KiB arrives whole, and NULs do no harm',
  { ...needs('socat'), ...betterThanC('2.1.6 passes READY=1 alone') },
  async (t) => {
    const s = scene(t);
    const { socket, told } = await serviceManager(t, s);
    const long = 'x'.repeat(32 * 1024 - 'STATUS=\nREADY=1'.length);
    await notify(t, s, socket, [`STATUS=${long}\\nREADY=1`, 'STATUS=a\\0b\\nMAINPID=1\\nSTOPPING=1']);
    await until('the last message', () => told().endsWith('STOPPING=1'));
    t.equal(told(), `STATUS=${long}\nREADY=1STATUS=a\nSTOPPING=1`);
  },
);

void t.test(
  'a container that never stops notifying does not keep its end from being reported',
  needs('socat'),
  async (t) => {
    const s = scene(t);
    mkdirSync(`${s.bundle}/notify`);
    const flood = `yes WATCHDOG=1 | socat -u - 'UNIX-SENDTO:${s.bundle}/notify/notify.sock'`;
    const runtime = actor(s, { payload: `(${flood}) & sleep 0.3; exit 7` });
    const run = launch(t, s, createArguments(s, runtime.path, [`--sdnotify-socket=${s.dir}/nobody.sock`]));
    await run.started();
    await runtime.start();
    t.equal(await run.finished(), '7');
  },
);

void t.test('a missing service manager does not stop the container', needs('socat'), async (t) => {
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
