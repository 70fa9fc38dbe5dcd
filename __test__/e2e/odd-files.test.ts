/** What a runtime leaves or connects that is not what it seems: the monitor names it, stays responsive, and ends. */
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { type Launched, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { type Scene, processesOf, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const PID_FILES: readonly (readonly [what: string, make: string, message: RegExp])[] = [
  ['a FIFO', 'mkfifo "$pidfile"', /it is a FIFO, not a regular file/],
  ['a link to a FIFO', 'mkfifo "$pidfile.fifo"; ln -s "$pidfile.fifo" "$pidfile"', /it is a FIFO, not a regular file/],
  ['a link to /dev/zero', 'ln -s /dev/zero "$pidfile"', /it is a character device, not a regular file/],
  ['a directory', 'mkdir "$pidfile"', /it is a directory, not a regular file/],
  ['a file of a gigabyte', 'truncate -s 1G "$pidfile"', /it is longer than 32 bytes/],
  ['a link that leads to itself', 'ln -s "$pidfile" "$pidfile"', /Too many levels of symbolic links/],
];

void t.test(
  'a pid file that cannot hold a pid is named and ends the start',
  betterThanC('2.1.6 waits at a FIFO and reads without a bound'),
  async (t) => {
    for (const [what, make, message] of PID_FILES) {
      await t.test(what, async (t) => {
        const s = scene(t);
        const runtime = actor(s, { instead: make });
        const run = launch(t, s, createArguments(s, runtime.path));
        t.match(await run.sync.message(), { data: -1, message });
        await until('the end of all processes', () => processesOf(s.dir).length === 0);
      });
    }
  },
);

void t.test('a pid file that is a link to a regular file is read', async (t) => {
  const s = scene(t);
  const runtime = actor(s, {
    before: `: > '${s.dir}/elsewhere'; ln -s '${s.dir}/elsewhere' "$pidfile"`,
    payload: 'exit 9',
  });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await runtime.start();
  t.equal(await run.finished(), '9');
});

/** Path of the console socket, once it is there. */
async function consoleSocket(s: Scene): Promise<string> {
  const directory = await until('the console socket', () =>
    readdirSync(s.dir).find((name) => name.startsWith('conmon-term.')),
  );
  await untilExists(`${s.dir}/${directory}/console.sock`);
  return `${s.dir}/${directory}/console.sock`;
}

/** Connects to a socket and sends nothing. */
async function silent(t: Test, path: string): Promise<Socket> {
  // The name is there a moment before anybody listens.
  const socket = await until('a listener', async () => connected(connect(path)));
  t.teardown(() => socket.destroy());
  // The monitor may close it later.
  socket.on('error', () => undefined);
  return socket;
}

async function connected(socket: Socket): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

function withTerminal(t: Test, s: Scene, runtime: string, extra: readonly string[] = []): Launched {
  return launch(t, s, createArguments(s, runtime, ['-t', ...extra]));
}

void t.test(
  'a connection to the console socket that sends nothing does not keep SIGTERM from the runtime',
  async (t) => {
    const s = scene(t);
    const forever = 'while :; do sleep 0.05; done';
    const runtime = actor(s, { instead: `trap 'echo ended by TERM >&2; exit 3' TERM; : > '${s.dir}/at'; ${forever}` });
    const run = withTerminal(t, s, runtime.path);
    await untilExists(`${s.dir}/at`);
    await silent(t, await consoleSocket(s));
    process.kill(await run.pid(), 'SIGTERM');
    t.match(await run.sync.message(), { data: -1, message: /ended by TERM/ });
    await until('the end of all processes', () => processesOf(s.dir).length === 0);
  },
);

void t.test(
  'a runtime that connects, sends nothing and succeeds has set up no terminal',
  betterThanC('2.1.6 waits for it'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { before: `until [ -e '${s.dir}/go' ]; do sleep 0.02; done`, payload: 'sleep 60' });
    const run = withTerminal(t, s, runtime.path);
    await silent(t, await consoleSocket(s));
    writeFileSync(`${s.dir}/go`, '');
    t.match(await run.sync.message(), { data: -1, message: 'Runtime did not set up terminal' });
    await until('the end of all processes', () => processesOf(s.dir).length === 0);
  },
);

void t.test(
  'connections that send nothing do not delay the terminal, in any order',
  { ...needs('miniruntime'), ...betterThanC('2.1.6 takes the first connection only') },
  async (t) => {
    const s = scene(t);
    const c = container(t, s, 'miniruntime', { args: ['sh', '-c', 'echo over; exit 5'], terminal: true });
    const gated = `${s.dir}/gated`;
    writeFileSync(gated, `#!/bin/sh\nuntil [ -e '${s.dir}/go' ]; do sleep 0.02; done\nexec '${c.runtime}' "$@"\n`);
    chmodSync(gated, 0o755);
    const run = withTerminal(t, s, gated, c.options);
    const path = await consoleSocket(s);
    const connections = [await silent(t, path), await silent(t, path)];
    connections[1]?.write('not a descriptor');
    writeFileSync(`${s.dir}/go`, '');
    await run.started();
    t.notOk(existsSync(path));
    await c.start();
    t.equal(await run.finished(), '5');
    t.equal(joined(readLog(s.log), 'stdout'), 'over\r\n');
  },
);
