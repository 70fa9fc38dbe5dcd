/**
 * A monitor that has nothing to do is not woken, in whatever state it is: no CPU, no context switch. States that belong to
 * another subject are tested there.
 */
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { type Role, actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { command } from '../support/command.js';
import { container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { writeFifo } from '../support/fifo.js';
import { sleeps, staysAsleep } from '../support/idle.js';
import { type LaunchOptions, type Launched, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { children, stat } from '../support/proc.js';
import { type Scene, scene } from '../support/scene.js';
import { STDOUT, connect } from '../support/stream-client.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

interface State {
  readonly name: string;
  /** Why C conmon is not tested. */
  readonly better?: string;
  /** Brings a monitor into the state; returns its pid. */
  readonly reach: (t: Test, s: Scene) => Promise<number>;
}

const INTERACTIVE = ['-i', '--leave-stdin-open'];
/** More than pipes, terminals and a packet hold. */
const MUCH = Buffer.alloc(200_000, 'x');

async function withActor(
  t: Test,
  s: Scene,
  role: Role,
  extra: readonly string[] = [],
  options: LaunchOptions = {},
): Promise<Launched> {
  const runtime = actor(s, role);
  const run = launch(t, s, createArguments(s, runtime.path, extra), options);
  await run.started();
  await runtime.start();
  return run;
}

async function withTerminal(t: Test, s: Scene, script: string, extra: readonly string[]): Promise<Launched> {
  const c = container(t, s, 'miniruntime', { args: ['/bin/sh', '-c', script], terminal: true });
  const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-t', ...extra]));
  await run.started();
  await c.start();
  return run;
}

async function output(s: Scene, text: string): Promise<void> {
  await until(`"${text}" in the log`, () => joined(readLog(s.log), 'stdout').includes(text));
}

const STATES: readonly State[] = [
  {
    name: 'a child of the container holds its pipes, the container itself has closed them',
    async reach(t, s) {
      const payload = `sleep 60 & exec >&- 2>&-; : > '${s.dir}/closed'; exec sleep 60`;
      const run = await withActor(t, s, { payload });
      await untilExists(`${s.dir}/closed`);
      return run.pid();
    },
  },
  {
    name: 'a client is attached, after it has got something and sent something',
    async reach(t, s) {
      const run = await withActor(t, s, { payload: 'read -r a; echo "got $a"; exec sleep 60' }, INTERACTIVE);
      const client = connect(t, `${s.bundle}/attach`);
      await client.send('x\n');
      await client.expect(STDOUT, /got x\n/);
      return run.pid();
    },
  },
  {
    name: 'a client has ended its input, and so the stdin of the container',
    async reach(t, s) {
      const run = await withActor(t, s, { payload: 'cat; echo end; exec sleep 60' }, ['-i']);
      const client = connect(t, `${s.bundle}/attach`);
      await client.send('x\n');
      client.end();
      await client.expect(STDOUT, /x\nend\n/);
      return run.pid();
    },
  },
  {
    name: 'the input of a terminal was ended by one client while that of another was not taken yet',
    better: '2.1.6 loses what is not read immediately',
    async reach(t, s) {
      const take = `until [ -e '${s.dir}/take' ]; do sleep 0.02; done; head -c 32768 | wc -c; exec sleep 60`;
      const run = await withTerminal(t, s, `stty raw -echo; echo ready; ${take}`, ['-i']);
      await output(s, 'ready');
      const other = connect(t, `${s.bundle}/attach`);
      const monitor = await run.pid();
      await connect(t, `${s.bundle}/attach`).send(MUCH.subarray(0, 3 * 32_768));
      await sleeps(t, monitor);
      other.close();
      await sleeps(t, monitor);
      writeFileSync(`${s.dir}/take`, '');
      await output(s, '32768');
      return monitor;
    },
  },
  {
    name: 'a container has closed a terminal that took no more input',
    better: '2.1.6 looks again and again',
    async reach(t, s) {
      const script = `stty raw -echo; echo ready; until [ -e '${s.dir}/go' ]; do sleep 0.02; done; exec sleep 60 <&- >&- 2>&-`;
      const run = await withTerminal(t, s, script, INTERACTIVE);
      await output(s, 'ready');
      const client = connect(t, `${s.bundle}/attach`);
      void client.send(MUCH);
      const monitor = await run.pid();
      await until('it to wait for the terminal', () => stat(monitor)?.state === 'S');
      writeFileSync(`${s.dir}/go`, '');
      return monitor;
    },
  },
  {
    name: 'clients have gone whose input the container does not take',
    async reach(t, s) {
      const run = await withActor(t, s, { payload: 'exec sleep 60' }, INTERACTIVE);
      for (let round = 0; round < 3; round++) {
        const client = connect(t, `${s.bundle}/attach`);
        // What the socket itself holds.
        await client.send(MUCH.subarray(0, 3 * 32_768));
        client.close();
      }
      return run.pid();
    },
  },
  {
    name: 'a client does not read, and the container waits for it',
    async reach(t, s) {
      const run = await withActor(t, s, { payload: 'exec yes' });
      const client = connect(t, `${s.bundle}/attach`);
      client.pause();
      const monitor = await run.pid();
      await until('the container to be blocked', () => stat(monitor)?.state === 'S' && statSync(s.log).size > 1 << 20);
      return monitor;
    },
  },
  {
    name: 'the container is stopped',
    async reach(t, s) {
      const runtime = actor(s, { payload: 'yes' });
      const run = launch(t, s, createArguments(s, runtime.path, [], { '-l': 'none' }));
      const pid = await run.started();
      await runtime.start();
      const writers = await until('the container to write', () => children(pid).length > 0 && children(pid));
      for (const one of [...writers, pid]) process.kill(one, 'SIGSTOP');
      return run.pid();
    },
  },
  {
    name: 'both FIFOs contain half a line',
    async reach(t, s) {
      const run = await withActor(t, s, { payload: 'exec sleep 60' });
      for (const fifo of ['ctl', 'winsz']) writeFifo(`${s.bundle}/${fifo}`, 'x'.repeat(4000), '\n1 2');
      return run.pid();
    },
  },
  {
    name: 'the log could not be reopened',
    better: '2.1.6 ends',
    async reach(t, s) {
      mkdirSync(`${s.dir}/logs`);
      const runtime = actor(s, { payload: 'echo one; exec sleep 60' });
      const run = launch(t, s, createArguments(s, runtime.path, [], { '-l': `${s.dir}/logs/ctr.log` }));
      await run.started();
      await runtime.start();
      await until('the line', () => statSync(`${s.dir}/logs/ctr.log`).size > 0);
      rmSync(`${s.dir}/logs`, { recursive: true });
      writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
      return run.pid();
    },
  },
  {
    name: 'the exit command is delayed',
    async reach(t, s) {
      const extra = ['--exit-command', '/bin/true', '--exit-delay', '60'];
      const run = await withActor(t, s, { payload: 'yes | head -c 1000000' }, extra);
      await untilExists(s.exitFile);
      return run.pid();
    },
  },
  {
    name: 'an exec runs',
    async reach(t, s) {
      writeFileSync(`${s.dir}/process.json`, '{}');
      const runtime = actor(s, { payload: 'echo one; exec sleep 60' });
      const extra = ['-e', '--exec-attach', '--exec-process-spec', `${s.dir}/process.json`, '-i'];
      const run = launch(t, s, createArguments(s, runtime.path, extra), { attachPipe: true });
      await run.attach.message();
      connect(t, `${s.bundle}/attach`);
      run.go();
      await run.started();
      await runtime.start();
      await output(s, 'one');
      return run.pid();
    },
  },
  {
    name: 'the notify socket has relayed something',
    async reach(t, s) {
      mkdirSync(`${s.bundle}/notify`);
      const run = await withActor(t, s, { payload: 'exec sleep 60' }, ['--sdnotify-socket', `${s.dir}/host.sock`]);
      const socket = `${s.bundle}/notify/notify.sock`;
      const { code } = await command(['socat', '-u', '-', `UNIX-SENDTO:${socket}`], { input: 'READY=1\n' });
      t.equal(code, 0);
      return run.pid();
    },
  },
  {
    name: 'the manager has closed all of its pipes',
    async reach(t, s) {
      const runtime = actor(s, { payload: 'exec sleep 60' });
      const run = launch(t, s, createArguments(s, runtime.path));
      await run.started();
      for (const pipe of ['sync', 'start', 'attach'] as const) run.close(pipe);
      await runtime.start();
      return run.pid();
    },
  },
  {
    name: 'its descriptors 0 to 2 were closed from the start',
    better: '2.1.6 uses what comes there',
    async reach(t, s) {
      const prefix = ['/bin/sh', '-c', 'exec "$@" <&- >&- 2>&-', 'sh'];
      return (await withActor(t, s, { payload: 'echo one; exec sleep 60' }, [], { prefix })).pid();
    },
  },
  {
    name: 'a time limit runs',
    async reach(t, s) {
      return (await withActor(t, s, { payload: 'exec sleep 60' }, ['--timeout', '60'])).pid();
    },
  },
  {
    name: 'a signal was handed on to a container that ignores it',
    async reach(t, s) {
      const payload = `trap '' TERM; : > '${s.dir}/trapped'; exec sleep 60`;
      const run = await withActor(t, s, { payload });
      await untilExists(`${s.dir}/trapped`);
      const monitor = await run.pid();
      for (const signal of ['SIGTERM', 'SIGUSR1', 'SIGTERM'] as const) process.kill(monitor, signal);
      return monitor;
    },
  },
  {
    name: 'the bundle is gone',
    async reach(t, s) {
      const run = await withActor(t, s, { payload: 'exec sleep 60' });
      rmSync(s.bundle, { recursive: true });
      t.notOk(existsSync(s.bundle));
      return run.pid();
    },
  },
];

t.jobs = 6;
for (const { name, better, reach } of STATES) {
  const options = better === undefined ? needs('miniruntime', 'socat') : betterThanC(better);
  void t.test(`no wake-up while ${name}`, { ...options, buffered: true }, async (t) => {
    const s = scene(t);
    await staysAsleep(t, await reach(t, s));
  });
}
