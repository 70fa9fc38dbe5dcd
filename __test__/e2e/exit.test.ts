import { existsSync, readFileSync, readdirSync, watch, writeFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments, legacyArguments } from '../support/arguments.js';
import { launch } from '../support/monitor.js';
import { children, isAlive, oomScoreAdj, stat } from '../support/proc.js';
import { processesOf, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

/** Options for a shell script as the exit command. */
function exitCommand(script: string, ...more: readonly string[]): string[] {
  return [
    '--exit-command',
    '/bin/sh',
    ...['-c', script, 'sh', ...more].flatMap((word) => ['--exit-command-arg', word]),
  ];
}

for (const [payload, status] of [
  ['exit 0', '0'],
  ['exit 1', '1'],
  ['exit 125', '125'],
  ['exit 255', '255'],
  ['kill -9 $$', '137'],
  ['kill -15 $$', '143'],
  ['kill -6 $$', '134'],
] as const) {
  void t.test(`a container that ends with "${payload}" has the exit status ${status}, without a newline`, async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload });
    const run = launch(t, s, createArguments(s, runtime.path));
    await run.started();
    await runtime.start();
    t.equal(await run.finished(), status);
    t.equal(readFileSync(s.persistFile, 'utf8'), status);
  });
}

void t.test('the exit file in the persist directory is there before the one in the exit directory', async (t) => {
  const s = scene(t);
  const seen: string[] = [];
  const watchers = [
    watch(s.persist, (_, name) => seen.push(`persist/${name ?? ''}`)),
    // What counts is what a manager finds when it is woken by its exit directory.
    watch(s.exits, (_, name) => seen.push(`exits/${name ?? ''} ${existsSync(s.persistFile) ? 'after' : 'before'}`)),
  ];
  t.teardown(() => watchers.forEach((watcher) => watcher.close()));
  const runtime = actor(s);
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await runtime.start();
  await run.finished();
  await until('the events', () => seen.includes(`exits/${s.cid} after`));
  t.ok(seen.indexOf('persist/exit') < seen.indexOf(`exits/${s.cid} after`), seen.join(', '));
});

void t.test('exit files appear by renaming, under a temporary name that is no container id', async (t) => {
  const s = scene(t);
  const events: string[] = [];
  const watcher = watch(s.exits, (kind, name) => events.push(`${kind} ${name ?? ''}`));
  t.teardown(() => watcher.close());
  const runtime = actor(s);
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await runtime.start();
  await run.finished();
  await until('the events', () => events.includes(`rename ${s.cid}`));
  t.notOk(events.includes(`change ${s.cid}`), 'never written in place');
  const names = new Set(events.map((event) => event.split(' ')[1] ?? '').filter((name) => name !== s.cid));
  t.ok(names.size > 0, 'there was a temporary file');
  for (const name of names) t.notMatch(name, /^[a-z0-9]+$/, name);
  t.same(readdirSync(s.exits), [s.cid], 'which is gone');
});

void t.test(
  'a persist directory that is gone does not keep the exit file from being written',
  betterThanC('2.1.6 gives up'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'exit 3' });
    const run = launch(t, s, createArguments(s, runtime.path, [], { '--persist-dir': `${s.dir}/gone` }));
    await run.started();
    await runtime.start();
    t.equal(await run.finished(), '3');
  },
);

void t.test('an exit directory that is gone does not keep the persist file from being written', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'exit 3' });
  const run = launch(t, s, createArguments(s, runtime.path, [], { '--exit-dir': `${s.dir}/gone` }));
  await run.started();
  await runtime.start();
  await untilExists(s.persistFile);
  t.equal(readFileSync(s.persistFile, 'utf8'), '3');
});

void t.test(
  '--sync: the monitor stays the child of the caller and ends with the status of the container',
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'exit 7' });
    const run = launch(t, s, createArguments(s, runtime.path, ['--sync']));
    await run.started();
    t.ok(isAlive(run.child.pid ?? 0));
    await runtime.start();
    t.same(await run.launcher(), { code: 7, signal: null });
    t.equal(readFileSync(s.exitFile, 'utf8'), '7');
  },
);

void t.test('the exit command gets its arguments as they are, also those that look like options', async (t) => {
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

void t.test('the exit command is no child of a subreaper: its orphans are not kept by the monitor', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const script = `setsid sleep 30 & echo $! > '${s.dir}/orphan'`;
  const run = launch(t, s, createArguments(s, runtime.path, exitCommand(script)));
  await run.started();
  await runtime.start();
  await run.finished();
  t.ok(isAlive(Number(readFileSync(`${s.dir}/orphan`, 'utf8'))), 'the monitor has ended before the orphan');
});

void t.test('--exit-delay: the exit file is written at once, the command runs later', async (t) => {
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

for (const [script, container, status] of [
  ['exit 0', '3', 3],
  ['exit 9', '3', 9],
  ['exit 9', '0', 9],
  ['kill -9 $$', '3', 137],
] as const) {
  const name = `--sync: exit command "${script}" after a container with ${container}: the monitor ends with ${status}`;
  const options = script === 'exit 0' ? {} : betterThanC('2.1.6 ends with the status of the container');
  void t.test(name, options, async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: `exit ${container}` });
    const run = launch(t, s, createArguments(s, runtime.path, ['--sync', ...exitCommand(script)]));
    await run.started();
    await runtime.start();
    t.same(await run.launcher(), { code: status, signal: null });
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
    await until('the helper to be gone, not a zombie', () => children(monitor).length === 1);
    t.not(stat(children(monitor)[0] ?? 0)?.state, 'Z');
  },
);

void t.test('a container killed by --timeout: -1, its whole process group, and at once', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: `sleep 60 & echo $! > '${s.dir}/child'; wait` });
  const run = launch(t, s, createArguments(s, runtime.path, ['--timeout', '1']));
  await run.started();
  await runtime.start();
  t.equal(await run.finished(), '-1');
  const child = Number(readFileSync(`${s.dir}/child`, 'utf8'));
  await until('the end of the child', () => !isAlive(child));
});

void t.test('a container that ends in time is not touched by --timeout', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'exit 6' });
  const run = launch(t, s, createArguments(s, runtime.path, ['--timeout', '1']));
  await run.started();
  await runtime.start();
  t.equal(await run.finished(), '6');
});

void t.test('without --exit-dir and --persist-dir nothing is written, and the monitor ends', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const run = launch(t, s, legacyArguments(s, runtime.path, [], { '--exit-dir': null, '--persist-dir': null }));
  await run.started();
  const monitor = await run.pid();
  await runtime.start();
  await until('the end of the monitor', () => !isAlive(monitor));
  t.same([...readdirSync(s.exits), ...readdirSync(s.persist)], []);
});

for (const [survivor, what] of [
  ['sleep 60', 'sleeps with'],
  ['yes', 'writes without end to'],
] as const) {
  const options = survivor === 'yes' ? betterThanC('2.1.6 drains without a bound') : {};
  void t.test(`a survivor that ${what} the pipe delays the exit by less than a second`, options, async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: `setsid ${survivor} & exit 8` });
    const run = launch(t, s, createArguments(s, runtime.path, [], { '-l': 'none' }));
    await run.started();
    await runtime.start();
    const container = performance.now();
    t.equal(await run.finished(), '8');
    t.ok(performance.now() - container < 2000, `${performance.now() - container} ms`);
  });
}
