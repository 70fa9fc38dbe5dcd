import t from 'tap';
import { CID, CREATE, planOf } from './support.js';

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
  });
});

t.test('arguments without an exit command run nothing', async (t) => {
  t.equal(planOf([...CREATE, '--exit-command-arg', 'x']).exit.command, null);
});

t.test('a time limit of zero or less is none', async (t) => {
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
