import t from 'tap';
import type { Host } from '../../ts/planner/host.js';
import { plan } from '../../ts/planner/main.js';
import { CID, CREATE, EXEC, hostOf, planOf, refusalOf, run } from './support.js';

/** Each line adds what the previous one was refused for, so each also shows that its check comes after the others. */
const IN_ORDER: readonly (readonly [argv: readonly string[], stderr: string])[] = [
  [['--log-max-files', '-1', '--log-level', 'x'], 'conmon: log-max-files must be non-negative, got -1'],
  [
    ['--log-max-files', '0', '--log-rotate', '--log-level', 'x'],
    'conmon: log-max-files must be at least 1 when log-rotate is enabled, got 0',
  ],
  [['--log-level', 'x', '--exec-attach'], 'conmon: Container ID not provided. Use --cid'],
  [['-c', 'a', '--log-level', 'x', '--exec-attach'], '[conmon:e]: No such log level x'],
  [['-c', 'a', '-e', '--restore', 'd'], "[conmon:e] Cannot use 'exec' and 'restore' at the same time"],
  [['-c', 'a', '--restore', 'd', '--exec-attach'], '[conmon:e] Attach can only be specified with exec'],
  [['-c', 'a', '-e', '--exec-attach'], '[conmon:e] Attach can only be specified for a non-legacy exec session'],
  [['-c', 'a', '-e', '--api-version'], '[conmon:e] Container UUID not provided. Use --cuuid'],
  [['-c', 'a', '--exit-delay', '-1'], '[conmon:e] Container UUID not provided. Use --cuuid'],
  [['-c', 'a', '-u', 'b', '-e'], '[conmon:e] Runtime path not provided. Use --runtime'],
  [
    ['-c', 'a', '-u', 'b', '-e', '-r', '/none'],
    '[conmon:e]: Runtime path /none is not valid No such file or directory',
  ],
  [
    ['-c', 'a', '-u', 'b', '-e', '-r', '/runtime', '--exit-delay', '-1'],
    '[conmon:e] Exec process spec path not provided. Use --exec-process-spec',
  ],
  [
    ['-c', 'a', '-u', 'b', '-r', '/runtime', '--exit-delay', '-1'],
    '[conmon:e] Delay before invoking exit command must be greater than or equal to 0',
  ],
  [['-c', 'a', '-u', 'b', '-r', '/runtime'], '[conmon:e] Log driver not provided. Use --log-path'],
];

t.test('the first failing check is reported, in the order of C conmon', async (t) => {
  for (const [argv, stderr] of IN_ORDER) {
    const refusal = refusalOf(argv, { executables: ['/runtime'] });
    t.equal(refusal.stderr, `${stderr}\n`, argv.join(' '));
    t.equal(refusal.status, 1);
  }
});

t.test('--version comes before every check', async (t) => {
  t.same(Object.keys(run(['--log-max-files', '-1', '--version'])), ['text']);
});

t.test('no rotated file at all is fine without rotation', async (t) => {
  t.ok(planOf([...CREATE, '--log-max-files', '0']));
});

t.test('the old exec needs no unique id and gets no bundle', async (t) => {
  const legacy = planOf(['-c', CID, '-r', '/runtime', '-l', 'none', '-e', '--exec-process-spec', '/spec']);
  t.equal(legacy.mode, 'exec');
  t.same(legacy.oomFiles, []);
});

t.test('the bundle is the working directory unless given, and not for exec', async (t) => {
  const bundle = (argv: readonly string[]) => planOf(argv).oomFiles;
  t.same(bundle(CREATE), ['/cwd/oom']);
  t.same(bundle([...CREATE, '-b', '/bundle']), ['/bundle/oom']);
  t.same(bundle(EXEC), []);
  t.same(bundle([...EXEC, '-b', '/bundle']), ['/bundle/oom']);
});

t.test('the pid file of the container is in the working directory unless given', async (t) => {
  t.equal(planOf(CREATE).runtime.pidfile, `/cwd/pidfile-${CID}`);
  t.equal(planOf([...CREATE, '-b', '/bundle']).runtime.pidfile, `/cwd/pidfile-${CID}`);
  t.equal(planOf([...CREATE, '-p', '/pid']).runtime.pidfile, '/pid');
});

t.test('the working directory is asked for only when it is needed, and may be gone', async (t) => {
  const host: Host = {
    ...hostOf(),
    cwd: () => {
      throw new Error('gone');
    },
  };
  t.match(
    plan([...CREATE, '-b', '/bundle', '-p', '/pid'], () => undefined, host),
    { plan: { cid: CID } },
  );
  t.match(
    plan(CREATE, () => undefined, host),
    {
      refusal: { stderr: '[conmon:e] Failed to get working directory\n' },
    },
  );
});
