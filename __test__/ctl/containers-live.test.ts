/** `conmonctl` beside running containers, under our monitor and under C's. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor, type Role } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { command, type Result } from '../support/command.js';
import { container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { type Launched, launch } from '../support/monitor.js';
import { cmdline, contextSwitches, descriptors, pids } from '../support/proc.js';
import { type Scene, scene } from '../support/scene.js';
import { onTerminal, printSize } from '../support/terminal.js';
import { until } from '../support/wait.js';
import { CONMONCTL, MONITORS, skipWithout } from './live.js';

const ctl = (...args: readonly string[]): Promise<Result> => command([CONMONCTL, ...args]);

interface Running {
  readonly s: Scene;
  readonly run: Launched;
  readonly monitor: number;
  /** Lets the container continue after `wait NAME`. */
  go(step: string): void;
}

for (const { name, path, missing } of MONITORS) {
  const ours = name === 'our conmon';
  const monitor = { name, path, missing };
  const skip = skipWithout(monitor as (typeof MONITORS)[number]);

  /** A container whose script may `wait NAME`. */
  const running = async (
    t: Test,
    payload: string,
    extra: readonly string[] = [],
    role: Role = {},
  ): Promise<Running> => {
    const s = scene(t);
    const prelude = `wait() { until [ -e '${s.dir}/go-'$1 ]; do sleep 0.02; done; }`;
    const runtime = actor(s, { ...role, payload: `${prelude}\n${payload}` });
    const run = launch(t, s, createArguments(s, runtime.path, extra), { command: path });
    await run.started();
    await runtime.start();
    const go = (step: string): void => writeFileSync(`${s.dir}/go-${step}`, '');
    return { s, run, monitor: await run.pid(), go };
  };

  void t.test(`ps shows the monitor and its container (${name})`, skip, async (t) => {
    const { s, monitor } = await running(t, 'echo hello; wait a');
    await until('the log', () => joined(readLog(s.log), 'stdout') === 'hello\n');
    const all = JSON.parse((await ctl('ps', '--json')).text);
    const info = all.find((each: { pid: number }) => each.pid === monitor);
    t.match(info, {
      cid: s.cid,
      name: 'e2e',
      kind: ours ? 'conmon-node' : 'conmon',
      state: 'running',
      mode: 'create',
      terminal: false,
      containerPid: Number(readFileSync(s.pidfile, 'utf8')),
      logs: [{ driver: 'k8s-file', path: s.log, bytes: readFileSync(s.log).length }],
      clients: 0,
    });
    t.ok(info.memory.pss > 0 && info.memory.anonymous > 0);
    const { text } = await ctl('ps');
    const row = text.split('\n').find((line) => line.includes(` ${monitor} `)) ?? '';
    t.match(
      row,
      new RegExp(
        `^${s.cid.slice(0, 12)} +e2e +running +\\d+\\w+ +\\d+ +${monitor} +${ours ? 'conmon-node' : 'conmon'} \\d`,
      ),
    );
    t.match((await ctl('ps', '--no-trunc')).text, s.cid);
  });

  void t.test(`stats shows counters, or that there are none (${name})`, skip, async (t) => {
    const { s, monitor } = await running(t, 'seq 1 1000; echo oops >&2; wait a');
    await until('the log', () => joined(readLog(s.log), 'stderr') === 'oops\n');
    const before = contextSwitches(monitor);
    const { code, text, stderr } = await ctl('stats', '--json', s.cid);
    t.strictSame([code, stderr], [0, '']);
    const [found] = JSON.parse(text);
    const table = (await ctl('stats', s.cid.slice(0, 20))).text;
    if (ours) {
      t.match(found.counters, { stdout: { bytes: 3893, lines: 1000, lostBytes: 0 }, stderr: { bytes: 5 }, clients: 0 });
      t.match(table, /e2e +\S+ +3\.81 KiB +1,001 +3\.81 KiB +0 B +0 B +0 +0 B +0ms +0 +0$/m);
    } else {
      t.match(found, { counters: null, unavailable: 'no counters' });
      t.match(table, /e2e +\S+ +no counters$/m);
    }
    t.ok(contextSwitches(monitor) - before <= 1, 'nobody was woken, but perhaps to give buffers back');
  });

  void t.test(`logs shows both streams, and follows to the end (${name})`, skip, async (t) => {
    const { s, go } = await running(t, 'echo one; echo err >&2; printf par; wait a; echo t; seq 1 5000; exit 3');
    await until('the log', () => joined(readLog(s.log), 'stdout') === 'one\npar');
    const follower = ctl('logs', '--follow', s.cid);
    await until('it to follow', () => pids().some((pid) => watchesFiles(pid) && cmdline(pid).includes(s.cid)));
    const now = await ctl('logs', s.cid.slice(0, 16));
    t.strictSame([now.code, now.text, now.stderr], [0, 'one\npar', 'err\n']);
    go('a');
    const { code, text, stderr } = await follower;
    const numbers = Array.from({ length: 5000 }, (_, index) => `${index + 1}\n`).join('');
    t.equal(code, 0, 'the end of the container is not an error');
    t.ok(text === `one\npart\n${numbers}`, 'everything, once, in order');
    t.equal(stderr, 'err\n');
  });

  void t.test(`reopen continues the log at its path (${name})`, skip, async (t) => {
    const { s, go } = await running(t, 'echo one; wait a; echo two; wait b');
    await until('the log', () => joined(readLog(s.log), 'stdout') === 'one\n');
    renameSync(s.log, `${s.log}.old`);
    const { code, text } = await ctl('reopen', '--json', s.cid);
    t.strictSame([code, JSON.parse(text).asked], [0, 'reopen']);
    await until('a new file', () => existsSync(s.log));
    go('a');
    await until('the rest', () => joined(readLog(s.log), 'stdout') === 'two\n');
    t.equal(joined(readLog(`${s.log}.old`), 'stdout'), 'one\n');
  });

  void t.test(`attach passes both ways, and ends with the container's status (${name})`, skip, async (t) => {
    const { s } = await running(t, 'read -r line; echo "<$line>"; echo err >&2; exit 7', ['--stdin']);
    const { code, text, stderr } = await command([CONMONCTL, 'attach', s.cid], { input: 'hello\n' });
    t.strictSame([code, text, stderr], [7, '<hello>\n', 'err\n']);
  });

  const terminal = skipWithout(monitor as (typeof MONITORS)[number], 'runc', 'busybox', 'script');

  void t.test(`attach to a terminal: keys, size, and leaving it running (${name})`, terminal, async (t) => {
    const s = scene(t);
    const script = `${printSize(31, 97)}; read -r line; echo "<$line>"; ${printSize(33, 90)}; ${printSize(40, 100)}; read -r line; exit 5`;
    const c = container(t, s, 'runc', { args: ['/bin/sh', '-c', script], terminal: true });
    const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '--terminal']), { command: path });
    await run.started();
    await c.start();
    const session = Session.start(t, 31, 97, [CONMONCTL, 'attach', s.cid]);
    await session.shows('31 97');
    session.types('typed\r');
    await session.shows('<typed>');
    session.types('\x10');
    session.types('\x11');
    t.equal(await session.ended, 0, 'left by the detach keys');
    t.notOk(existsSync(s.exitFile), 'it runs');
    const resized = await ctl('resize', s.cid, '33x90');
    t.strictSame([resized.code, resized.stderr], [0, '']);
    await until('that size', () => joined(readLog(s.log), 'stdout').includes('33 90'));
    const looking = Session.start(t, 40, 100, [CONMONCTL, 'attach', '--detach-keys', 'ctrl-x,x', s.cid]);
    await looking.shows('40 100');
    looking.types('end\r');
    t.equal(await looking.ended, 5, 'the status of the container');
  });

  void t.test(`a container without a terminal has no size (${name})`, skip, async (t) => {
    const { s } = await running(t, 'wait a');
    const { code, stderr } = await ctl('resize', s.cid, '24x80');
    t.equal(code, 1);
    t.match(stderr, 'has no terminal');
  });
}

void t.test('containers are completed where a command takes one', skipWithout(MONITORS[0]), async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'sleep 60' });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  const complete = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { code, text, stderr } = await ctl('--get-yargs-completions', 'conmonctl', ...words);
    t.strictSame([code, stderr], [0, ''], 'nothing that a shell would show');
    return text.trimEnd().split('\n');
  };
  const id = s.cid.slice(0, 12);
  t.ok((await complete('logs', id.slice(0, 6))).includes(id));
  t.ok((await complete('attach', 'e2')).includes('e2e'), 'by name');
  t.notOk((await complete('ps', '')).includes('e2e'));
  t.notOk((await complete('logs', '--fol')).includes('e2e'));
});

void t.test('an unknown container is not found', async (t) => {
  for (const args of [
    ['stats', 'none'],
    ['logs', 'none'],
    ['attach', 'none'],
    ['reopen', 'none'],
    ['resize', 'none', '1x1'],
  ]) {
    const { code, stderr, text } = await ctl(...args);
    t.strictSame([code, text], [1, ''], args.join(' '));
    t.match(stderr, 'no monitor here has a container "none"\n  conmonctl ps shows');
  }
});

/** Whether a process waits for changes of files. */
function watchesFiles(pid: number): boolean {
  return [...descriptors(pid).values()].some((link) => link.includes('inotify'));
}

/** A command on a terminal of its own. */
class Session {
  readonly ended: Promise<number | null>;
  readonly #child: ReturnType<typeof spawn>;
  #shown = '';

  private constructor(child: ReturnType<typeof spawn>) {
    this.#child = child;
    child.stdout?.setEncoding('latin1').on('data', (text: string) => (this.#shown += text));
    this.ended = new Promise((resolve) => child.once('close', resolve));
  }

  static start(t: Test, rows: number, columns: number, words: readonly string[]): Session {
    const [program = '', ...args] = onTerminal(words, rows, columns);
    const child = spawn(program, args);
    t.teardown(() => child.kill('SIGKILL'));
    return new Session(child);
  }

  types(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  async shows(text: string): Promise<void> {
    await until(`${text} on the terminal`, () => this.#shown.includes(text));
  }
}
