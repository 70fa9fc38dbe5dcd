import t from 'tap';
import { CID, CREATE, EXEC, planOf } from './support.js';

t.test('the exit file in the persistent directory comes before the one CRI-O watches', async (t) => {
  t.same(planOf([...CREATE, '--exit-dir', '/exits', '-0', '/persist']).exit.files, ['/persist/exit', `/exits/${CID}`]);
  t.same(planOf([...CREATE, '--exit-dir', '/exits/']).exit.files, [`/exits/${CID}`]);
  t.same(planOf([...CREATE, '--persist-dir', '/persist']).exit.files, ['/persist/exit']);
  t.same(planOf(CREATE).exit.files, []);
});

t.test('the oom file is in the bundle and in the persistent directory, nowhere else', async (t) => {
  t.same(planOf([...CREATE, '-b', '/bundle', '-0', '/persist']).oomFiles, ['/bundle/oom', '/persist/oom']);
});

t.test('the exit command gets its arguments in order, also those that look like options', async (t) => {
  const argv = ['--exit-command', '/podman', '--exit-command-arg', '--root', '--exit-command-arg=-l'];
  t.same(planOf([...CREATE, ...argv, '--exit-delay', '300']).exit.command, {
    argv: ['/podman', '--root', '-l'],
    delaySeconds: 300,
    adopter: null,
  });
});

t.test('the monitor of the container may adopt the delayed exit command of an exec session', async (t) => {
  const command = ['--exit-command', '/podman'];
  const adopter = (...argv: readonly string[]): unknown => planOf([...argv, ...command]).exit.command?.adopter;
  t.equal(adopter(...EXEC, '-b', '/ctr/session/', '--exit-delay', '300'), '/ctr/conmon.sock');
  t.equal(adopter(...EXEC, '-b', '/ctr/session'), null, 'without a delay');
  t.equal(adopter(...EXEC, '--exit-delay', '300'), null, 'without a bundle');
  t.equal(
    adopter(...EXEC, '-b', '/ctr/session', '--exit-delay', '300', '--sync'),
    null,
    'if its monitor is waited for',
  );
  t.equal(adopter(...CREATE, '-b', '/ctr', '--exit-delay', '300'), null, 'of a container');
});

t.test('a monitor has a private socket in the bundle', async (t) => {
  t.same(planOf([...CREATE, '-b', '/ctr/']).adoption, { socket: '/ctr/conmon.sock', exitCommands: 2 });
  t.equal(planOf([...EXEC, '--api-version', '1', '-b', '/ctr/session']).adoption?.socket, '/ctr/session/conmon.sock');
  t.equal(planOf([...EXEC, '-b', '/ctr/session']).adoption, null, 'not for CRI-O, whose bundle is none');
  t.equal(planOf([...EXEC]).adoption, null);
});

t.test('the monitor of a container leaves a record beside its pidfile', async (t) => {
  const rescue = (...argv: readonly string[]): string | null => planOf(argv).rescue;
  t.equal(rescue(...CREATE, '-p', '/ctr/pidfile', '-P', '/ctr/conmon.pid'), '/ctr/conmon.pid.rescue');
  t.equal(rescue(...CREATE, '-p', '/ctr/pidfile'), '/ctr/pidfile.rescue');
  t.equal(rescue(...EXEC, '-P', '/ctr/conmon.pid'), null);
});

t.test('arguments without an exit command run nothing', async (t) => {
  t.equal(planOf([...CREATE, '--exit-command-arg', 'x']).exit.command, null);
});

t.test('a time limit of zero or less means no limit', async (t) => {
  const limits: readonly (readonly [string, number | null])[] = [
    ['5', 5],
    ['0', null],
    ['-1', null],
  ];
  for (const [text, seconds] of limits) {
    t.equal(planOf([...CREATE, '-T', text]).exit.timeoutSeconds, seconds, text);
  }
  t.equal(planOf(CREATE).exit.timeoutSeconds, null);
});
