import t from 'tap';
import { CID, CREATE, EXEC, planOf } from './support.js';

const EVERYTHING = [
  '-s --no-pivot --no-new-keyring --runtime-arg --root=/r --runtime-opt --preserve-fds --runtime-opt 3',
  '--restore-arg x --runtime-arg --log=/l -b /bundle -p /pid -t',
].flatMap((words) => words.split(' '));

const CALLS: readonly (readonly [rule: string, argv: readonly string[], call: string])[] = [
  ['create', [...CREATE, '-b', '/bundle', '-p', '/pid'], `/runtime create --bundle /bundle --pid-file /pid ${CID}`],
  [
    'create with all that it can have',
    [...CREATE, ...EVERYTHING],
    '/runtime --systemd-cgroup --root=/r --log=/l create --bundle /bundle --pid-file /pid --no-pivot --no-new-keyring ' +
      `--preserve-fds 3 x --console-socket <> ${CID}`,
  ],
  [
    'restore',
    [...CREATE, '-b', '/bundle', '-p', '/pid', '--restore', '/image'],
    `/runtime restore --bundle /bundle --pid-file /pid --detach --image-path /image --work-path /bundle ${CID}`,
  ],
  [
    'restore with all that it can have',
    [...CREATE, ...EVERYTHING, '--restore', '/image'],
    '/runtime --systemd-cgroup --root=/r --log=/l restore --bundle /bundle --pid-file /pid --no-pivot ' +
      `--no-new-keyring --detach --image-path /image --work-path /bundle --preserve-fds 3 x --console-socket <> ${CID}`,
  ],
  ['exec', [...EXEC, '-p', '/pid'], `/runtime exec --pid-file /pid --process /spec --detach ${CID}`],
  [
    'exec knows neither --systemd-cgroup nor --tty, nor what create alone can have',
    [...EXEC, ...EVERYTHING],
    '/runtime --root=/r --log=/l exec --pid-file /pid --process /spec --detach --preserve-fds 3 x ' +
      `--console-socket <> ${CID}`,
  ],
];

t.test('the runtime is called as C calls it', async (t) => {
  for (const [rule, argv, call] of CALLS) {
    t.equal(
      planOf(argv)
        .runtime.argv.map((word) => word || '<>')
        .join(' '),
      call,
      rule,
    );
  }
});

t.test('the place of the console socket is open, and only with a terminal', async (t) => {
  const { argv, consoleSocketIndex } = planOf([...CREATE, '-t', '--runtime-arg', '']).runtime;
  t.equal(consoleSocketIndex, argv.length - 2);
  t.same(argv.slice(-3), ['--console-socket', '', CID]);
  t.equal(planOf(CREATE).runtime.consoleSocketIndex, null);
});

t.test('temporary files are below TMPDIR, else in /tmp', async (t) => {
  t.equal(planOf(CREATE).runtime.temporaryDirectory, '/tmp');
  t.equal(planOf(CREATE, { env: { TMPDIR: '/own' } }).runtime.temporaryDirectory, '/own');
  t.equal(planOf(CREATE, { env: { TMPDIR: '' } }).runtime.temporaryDirectory, '/tmp');
});
