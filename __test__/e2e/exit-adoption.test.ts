/** Exit commands of exec sessions with `--exit-delay`: the container's monitor runs them, and the session's monitor ends. */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { type LaunchOptions, type Launched, launch } from '../support/monitor.js';
import { anonymous } from '../support/memory.js';
import { needs } from '../support/needs.js';
import { cmdline, comm, environ, isAlive, status } from '../support/proc.js';
import { type Scene, processesOf, scene } from '../support/scene.js';
import { betterThanC, unlessEmulated } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const ONLY_OURS = betterThanC('keeps two processes for each finished exec session');

/** An exit command: without one the monitor gives up what its children would need. */
const EXIT_COMMAND = ['--exit-command', '/bin/true'];

/** A container that runs until it is killed. */
async function container(t: Test, s: Scene, options: LaunchOptions = {}): Promise<Launched> {
  const runtime = actor(s, { payload: 'exec sleep 1000', ungated: true });
  const run = launch(t, s, createArguments(s, runtime.path, EXIT_COMMAND), options);
  await run.started();
  return run;
}

/** The places of an exec session: its bundle is in that of the container, as with Podman. */
function session(s: Scene, name: string): Scene {
  const bundle = `${s.bundle}/${name}`;
  for (const directory of [bundle, `${bundle}/exit`, `${bundle}/persist`]) mkdirSync(directory);
  writeFileSync(`${bundle}/process.json`, '{}');
  return {
    ...s,
    ...{ dir: bundle, bundle, exits: `${bundle}/exit`, persist: `${bundle}/persist`, log: `${bundle}/log` },
    ...{ pidfile: `${bundle}/exec_pid`, conmonPidfile: `${bundle}/conmon.pid` },
    ...{ exitFile: `${bundle}/exit/${s.cid}`, persistFile: `${bundle}/persist/exit` },
  };
}

/** Runs an exec session to its end; `script` is its exit command. Returns the pid of its monitor. */
async function exec(t: Test, s: Scene, delay: number, script: string, options: LaunchOptions = {}): Promise<number> {
  const runtime = actor(s, { payload: 'exit 5', ungated: true });
  const words = ['-e', '--exec-process-spec', `${s.bundle}/process.json`, '--exit-delay', String(delay)];
  const command = ['--exit-command', '/bin/sh', '--exit-command-arg', '-c', '--exit-command-arg', script];
  const run = launch(t, s, createArguments(s, runtime.path, [...words, ...command]), {
    ...options,
    env: { MARK: 'of the session', ...options.env },
  });
  await untilExists(s.exitFile);
  t.equal(readFileSync(s.exitFile, 'utf8'), '5');
  return run.pid();
}

/** Processes of the scene by name. */
function named(s: Scene, name: string): number[] {
  return processesOf(s.dir).filter((pid) => comm(pid) === name);
}

/** The process that waits where no monitor adopts the command. */
function oneSmallProcess(s: Scene): Promise<number[]> {
  return until('the small process', () => {
    const found = named(s, 'conmon-exit');
    return found.length === 1 && found;
  });
}

void t.test('a finished exec leaves no process; its exit command runs after the delay', ONLY_OURS, async (t) => {
  const s = scene(t);
  const run = await container(t, s);
  const one = session(s, 'one');
  const script = `{ echo "$MARK $PWD $PPID"; cat /proc/$$/oom_score_adj; } > '${s.dir}/tmp'; mv '${s.dir}/tmp' '${s.dir}/ran'`;
  const monitor = await exec(t, one, 1, script, { cwd: one.bundle });
  const reported = performance.now();
  await until('the end of the monitor of the session', () => !isAlive(monitor));
  t.notOk(existsSync(`${s.dir}/ran`), 'before the command runs');
  await untilExists(`${s.dir}/ran`);
  t.ok(performance.now() - reported > 700, 'about a second later');
  const [line, score] = readFileSync(`${s.dir}/ran`, 'utf8').split('\n');
  t.equal(line, `of the session ${one.bundle} ${await run.pid()}`, 'environment and directory of the session');
  t.equal(score, readFileSync('/proc/self/oom_score_adj', 'utf8').trim());
});

void t.test('CONMON_EXIT_COMMANDS commands run at a time, the oldest first', ONLY_OURS, async (t) => {
  for (const limit of [1, 2]) {
    const s = scene(t);
    await container(t, s, { env: { CONMON_EXIT_COMMANDS: String(limit) } });
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const file = `${s.dir}/order`;
    for (const name of names) {
      await exec(t, session(s, name), 1, `echo +${name} >> '${file}'; sleep 0.2; echo -${name} >> '${file}'`);
    }
    const read = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []);
    await until('all exit commands', () => read().length === 2 * names.length);
    const lines = read();
    t.same(
      lines.filter((line) => line.startsWith('+')).map((line) => line.slice(1)),
      names,
      `in order, ${limit} at a time`,
    );
    let running = 0;
    const most = Math.max(...lines.map((line) => (running += line.startsWith('+') ? 1 : -1)));
    t.equal(most, limit, `${limit} at a time`);
  }
});

void t.test(
  'when the container ends first, its monitor ends too, and the commands run when they are due',
  ONLY_OURS,
  async (t) => {
    const s = scene(t);
    const run = await container(t, s);
    const monitor = await exec(t, session(s, 'one'), 2, `: > '${s.dir}/ran'`);
    await until('the end of the monitor of the session', () => !isAlive(monitor));
    process.kill(Number(readFileSync(s.pidfile, 'utf8')), 'SIGKILL');
    t.equal(await run.finished(), '137');
    t.notOk(existsSync(`${s.dir}/ran`));
    t.notOk(existsSync(`${s.bundle}/conmon.sock`), 'nothing more is adopted');
    t.equal(named(s, 'conmon-exit').length, 1, 'one process waits for all of them');
    t.same(named(s, 'conmon'), [], 'and it is not taken for a monitor');
    await untilExists(`${s.dir}/ran`);
    await until('the end of that process', () => named(s, 'conmon-exit').length === 0);
  },
);

for (const [who, when] of [
  ['monitor', 'before the container has ended'],
  ['process that waits', 'afterwards'],
] as const) {
  void t.test(`SIGTERM to the ${who}, ${when}: the commands run immediately`, ONLY_OURS, async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'trap "exit 0" TERM; while :; do sleep 0.1; done', ungated: true });
    const run = launch(t, s, createArguments(s, runtime.path, EXIT_COMMAND));
    const pid = await run.started();
    for (const name of ['one', 'two', 'three']) await exec(t, session(s, name), 300, `: > '${s.dir}/ran-${name}'`);
    await until('the end of the sessions', () => named(s, 'conmon').length === 1);
    if (who === 'monitor') process.kill(await run.pid(), 'SIGTERM');
    else {
      process.kill(pid, 'SIGKILL');
      await run.finished();
      const [waiting] = await until('the process that waits', () => {
        const found = named(s, 'conmon-exit');
        return found.length > 0 && found;
      });
      process.kill(waiting ?? 0, 'SIGTERM');
    }
    for (const name of ['one', 'two', 'three']) await untilExists(`${s.dir}/ran-${name}`);
    await until('the end of all', () => processesOf(s.dir).length === 0);
  });
}

void t.test(
  'without an adopter one small process stays, which signals do not reach',
  { ...ONLY_OURS, ...unlessEmulated('its memory and command line stay those of the emulator') },
  async (t) => {
    const s = scene(t);
    const one = session(s, 'one');
    const script = `{ echo "$MARK"; cat /proc/self/status; } > '${s.dir}/tmp'; mv '${s.dir}/tmp' '${s.dir}/ran'`;
    const monitor = await exec(t, one, 2, script);
    const [waiting = 0] = await oneSmallProcess(s);
    await until('the end of the monitor', () => !isAlive(monitor));
    t.same(processesOf(one.dir), [waiting], 'nothing else');
    await until('its memory to be released', () => anonymous(waiting) <= 20);
    t.ok(cmdline(waiting).includes(one.bundle), 'it can still be identified');
    t.match(environ(waiting), /MARK=of the session/);
    process.kill(waiting, 'SIGTERM');
    process.kill(waiting, 'SIGHUP');
    await untilExists(`${s.dir}/ran`);
    const seen = readFileSync(`${s.dir}/ran`, 'utf8');
    t.match(seen, /^of the session\n/);
    t.match(seen, /^SigBlk:\s*0+$/m);
    t.match(seen, /^SigIgn:\s*0+$/m);
  },
);

void t.test(
  'a command whose adopter did not answer is offered again',
  { ...ONLY_OURS, ...needs('socat') },
  async (t) => {
    const s = scene(t);
    const run = await container(t, s);
    const [path, aside] = [`${s.bundle}/conmon.sock`, `${s.bundle}/aside.sock`];
    renameSync(path, aside);
    const silent = spawn('socat', ['-t', '0', `UNIX-LISTEN:${path},socktype=5,unlink-close=0`, 'SYSTEM:true'], {
      stdio: 'ignore',
    });
    t.teardown(() => silent.kill());
    await untilExists(path);
    await exec(t, session(s, 'one'), 8, `echo "$PPID" > '${s.dir}/tmp'; mv '${s.dir}/tmp' '${s.dir}/ran'`);
    await oneSmallProcess(s);
    renameSync(aside, path);
    await until('the adoption', () => named(s, 'conmon-exit').length === 0);
    t.notOk(existsSync(`${s.dir}/ran`), 'before the command runs');
    await untilExists(`${s.dir}/ran`);
    t.equal(
      readFileSync(`${s.dir}/ran`, 'utf8').trim(),
      String(await run.pid()),
      'it runs under the container’s monitor',
    );
  },
);

void t.test('a small process runs in place of the adopter for a session that', ONLY_OURS, async (t) => {
  await t.test('sees the bundle through another mount', needs('root', 'unshare'), async (t) => {
    const s = scene(t);
    await container(t, s);
    const prefix = ['unshare', '--mount', '--propagation', 'private'];
    await exec(t, session(s, 'one'), 2, `: > '${s.dir}/ran'`, { prefix });
    await oneSmallProcess(s);
    await untilExists(`${s.dir}/ran`);
  });

  await t.test('has fewer capabilities, which the command would get back', needs('root', 'setpriv'), async (t) => {
    const s = scene(t);
    await container(t, s);
    const prefix = ['setpriv', '--bounding-set', '-sys_admin'];
    const script = `grep CapBnd /proc/$$/status > '${s.dir}/tmp'; mv '${s.dir}/tmp' '${s.dir}/ran'`;
    await exec(t, session(s, 'one'), 2, script, { prefix });
    await oneSmallProcess(s);
    await untilExists(`${s.dir}/ran`);
    t.notMatch(readFileSync(`${s.dir}/ran`, 'utf8'), status(process.pid, 'CapBnd') ?? 'none');
  });

  await t.test('may get no new privileges', needs('setpriv'), async (t) => {
    const s = scene(t);
    await container(t, s);
    await exec(t, session(s, 'one'), 2, `: > '${s.dir}/ran'`, {
      prefix: ['setpriv', '--no-new-privs'],
    });
    await oneSmallProcess(s);
    await untilExists(`${s.dir}/ran`);
  });
});

void t.test('a monitor that has given up its privileges adopts nothing', ONLY_OURS, async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'exec sleep 1000', ungated: true });
  await launch(t, s, createArguments(s, runtime.path)).started();
  await exec(t, session(s, 'one'), 2, `: > '${s.dir}/ran'`);
  await oneSmallProcess(s);
  await untilExists(`${s.dir}/ran`);
});

void t.test('an exec whose monitor is waited for keeps its command', ONLY_OURS, async (t) => {
  const s = scene(t);
  await container(t, s);
  const one = session(s, 'one');
  const runtime = actor(one, { payload: 'exit 5', ungated: true });
  const words = ['-e', '--exec-process-spec', `${one.bundle}/process.json`, '--exit-delay', '1', '--sync'];
  const command = ['--exit-command', '/bin/sh', '--exit-command-arg', '-c', '--exit-command-arg', `: > '${s.dir}/ran'`];
  const run = launch(t, one, createArguments(one, runtime.path, [...words, ...command]));
  t.same(await run.launcher(), { code: 5, signal: null });
  t.ok(existsSync(`${s.dir}/ran`), 'it has run when the monitor ends');
});

void t.test('the private socket', ONLY_OURS, async (t) => {
  await t.test('has mode 0600, replaces a stale one, and goes with the monitor', async (t) => {
    const s = scene(t);
    appendFileSync(`${s.bundle}/conmon.sock`, 'left by a killed monitor');
    const run = await container(t, s);
    const found = statSync(`${s.bundle}/conmon.sock`);
    t.ok(found.isSocket());
    t.equal(found.mode & 0o777, 0o600);
    process.kill(Number(readFileSync(s.pidfile, 'utf8')), 'SIGKILL');
    await run.finished();
    t.notOk(existsSync(`${s.bundle}/conmon.sock`));
  });

  await t.test('a bundle in which it cannot be made does not keep the container from running', async (t) => {
    const s = scene(t);
    mkdirSync(`${s.bundle}/conmon.sock`);
    const run = await container(t, s);
    process.kill(Number(readFileSync(s.pidfile, 'utf8')), 'SIGKILL');
    t.equal(await run.finished(), '137');
    rmSync(`${s.bundle}/conmon.sock`, { recursive: true });
  });

  await t.test('an exec session leaves none', async (t) => {
    const s = scene(t);
    const one = session(s, 'one');
    const monitor = await exec(t, one, 0, 'exit 0');
    await until('the end of the monitor', () => !isAlive(monitor));
    t.notOk(existsSync(`${one.bundle}/conmon.sock`));
  });
});
