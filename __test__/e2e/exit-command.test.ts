import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { launch } from '../support/monitor.js';
import { children, cmdline, isAlive, oomScoreAdj } from '../support/proc.js';
import { processesOf, scene } from '../support/scene.js';
import { until, untilExists } from '../support/wait.js';

/** Options for a shell script as the exit command. */
function exitCommand(script: string, ...more: readonly string[]): string[] {
  return [
    '--exit-command',
    '/bin/sh',
    ...['-c', script, 'sh', ...more].flatMap((word) => ['--exit-command-arg', word]),
  ];
}

void t.test('the exit command gets its arguments unchanged, also those that look like options', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const script = `printf '%s\\n' "$@" > '${s.dir}/args.tmp'; mv '${s.dir}/args.tmp' '${s.dir}/args'`;
  const run = launch(t, s, createArguments(s, runtime.path, exitCommand(script, '--rm', '-l', '', 'a b', '--')));
  await run.started();
  await runtime.start();
  await untilExists(`${s.dir}/args`);
  t.equal(readFileSync(`${s.dir}/args`, 'utf8'), '--rm\n-l\n\na b\n--\n');
});

void t.test('the exit command runs in the environment of the monitor, with no descriptor but 0 to 2', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const script = `exec 1> '${s.dir}/seen'; env; cat /proc/$$/oom_score_adj; ls -l "/proc/$$/fd"; : > '${s.dir}/done'`;
  const run = launch(t, s, createArguments(s, runtime.path, exitCommand(script)), { env: { MARK: 'handed on' } });
  await run.started();
  await runtime.start();
  await untilExists(`${s.dir}/done`);
  const lines = readFileSync(`${s.dir}/seen`, 'utf8').split('\n');
  t.ok(lines.includes('MARK=handed on'));
  t.ok(lines.includes(String(oomScoreAdj(process.pid))), 'the oom_score_adj of the caller');
  const fds = lines.filter((line) => line.includes(' -> ')).map((line) => line.replace(/^.* (\d+ -> )/, '$1'));
  t.same(fds, ['0 -> /dev/null', `1 -> ${s.dir}/seen`, '2 -> /dev/null']);
});

void t.test('the exit command runs after the exit file was written and the attach socket removed', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'exit 4' });
  const script = `cat '${s.exitFile}' > '${s.dir}/seen'; ls '${s.bundle}' > '${s.dir}/left'; : > '${s.dir}/done'`;
  const run = launch(t, s, createArguments(s, runtime.path, exitCommand(script)));
  await run.started();
  await runtime.start();
  await untilExists(`${s.dir}/done`);
  t.equal(readFileSync(`${s.dir}/seen`, 'utf8'), '4');
  t.notMatch(readFileSync(`${s.dir}/left`, 'utf8'), /^attach$/m);
});

void t.test('the monitor lives until the exit command has ended', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const script = `: > '${s.dir}/begun'; until [ -e '${s.dir}/continue' ]; do sleep 0.02; done; : > '${s.dir}/ended'`;
  const run = launch(t, s, createArguments(s, runtime.path, exitCommand(script)));
  await run.started();
  await runtime.start();
  await untilExists(`${s.dir}/begun`);
  const monitor = await run.pid();
  t.ok(isAlive(monitor));
  writeFileSync(`${s.dir}/continue`, '');
  await until('the end of the monitor', () => !isAlive(monitor));
  t.ok(existsSync(`${s.dir}/ended`));
});

void t.test('the exit command is not below a subreaper: the monitor does not adopt its orphans', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const script = `setsid sleep 30 & echo $! > '${s.dir}/orphan'`;
  const run = launch(t, s, createArguments(s, runtime.path, exitCommand(script)));
  await run.started();
  await runtime.start();
  await run.finished();
  t.ok(isAlive(Number(readFileSync(`${s.dir}/orphan`, 'utf8'))), 'the monitor has ended before the orphan');
});

void t.test('--exit-delay: the exit file is written immediately, the command runs later', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const run = launch(
    t,
    s,
    createArguments(s, runtime.path, ['--exit-delay', '1', ...exitCommand(`: > '${s.dir}/ran'`)]),
  );
  await run.started();
  await runtime.start();
  await untilExists(s.exitFile);
  const reported = performance.now();
  t.notOk(existsSync(`${s.dir}/ran`));
  await untilExists(`${s.dir}/ran`);
  t.ok(performance.now() - reported > 700, 'about a second later');
});

for (const [script, status] of [
  ['exit 0', 3],
  ['exit 9', 3],
  ['exit 9', 0],
  ['exit 143', 0],
  ['kill -9 $$', 3],
  ['kill -15 $$', 0],
] as const) {
  void t.test(
    `--sync: a container with ${status}, exit command "${script}": the monitor ends with ${status}`,
    async (t) => {
      const s = scene(t);
      const runtime = actor(s, { payload: `exit ${status}` });
      const run = launch(t, s, createArguments(s, runtime.path, ['--sync', ...exitCommand(script)]));
      await run.started();
      await runtime.start();
      t.same(await run.launcher(), { code: status, signal: null });
    },
  );
}

void t.test('--sync: an exit command that cannot be executed does not change the status of the monitor', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'exit 5' });
  const run = launch(t, s, createArguments(s, runtime.path, ['--sync', '--exit-command', `${s.dir}/missing`]));
  await run.started();
  await runtime.start();
  t.same(await run.launcher(), { code: 5, signal: null });
});

for (const script of ['exit 0', 'exit 9']) {
  void t.test(`--sync: create failed, exit command "${script}": the monitor ends with 1`, async (t) => {
    const s = scene(t);
    const runtime = actor(s, { instead: 'echo broken >&2; exit 1' });
    const run = launch(t, s, createArguments(s, runtime.path, ['--sync', ...exitCommand(script)]));
    t.equal((await run.sync.message())['data'], -1);
    t.same(await run.launcher(), { code: 1, signal: null });
  });
}

void t.test('the exit command also runs when create has failed', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { instead: 'echo broken >&2; exit 1' });
  const run = launch(t, s, createArguments(s, runtime.path, exitCommand(`: > '${s.dir}/ran'`)));
  t.equal((await run.sync.message())['data'], -1);
  await untilExists(`${s.dir}/ran`);
  await until('the end of all processes', () => processesOf(s.dir).length === 0);
});

void t.test(
  'children that the runtime left behind do not become zombies while the exit command is delayed',
  async (t) => {
    const s = scene(t);
    // A helper of the runtime that outlives it and ends during the delay.
    const runtime = actor(s, { before: `(until [ -e '${s.exitFile}' ]; do sleep 0.02; done) >/dev/null 2>&1 &` });
    const run = launch(t, s, createArguments(s, runtime.path, ['--exit-delay', '2', ...exitCommand('exit 0')]));
    await run.started();
    await runtime.start();
    await untilExists(s.exitFile);
    const monitor = await run.pid();
    // A zombie has no command line.
    await until('the helper to be gone, and what waits to be the only child', () => {
      const [waiting = 0, ...others] = children(monitor);
      return others.length === 0 && cmdline(waiting).includes(s.cid);
    });
  },
);
