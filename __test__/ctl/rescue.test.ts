import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { runRootOf } from '../../ts/ctl/logs/ended/stores.js';
import { findOrphans } from '../../ts/ctl/rescue/orphans.js';
import { recordPaths } from '../../ts/ctl/rescue/places.js';
import { recordIn } from '../../ts/ctl/rescue/record.js';
import { command } from '../support/command.js';
import { needs } from '../support/needs.js';

const NAMESPACE = statSync('/proc/self/ns/pid').ino;

/** As `crates/core/src/rescue/record.rs` writes it. */
function record(argv: readonly string[], { version = 1, monitor = 11, namespace = NAMESPACE } = {}): Buffer {
  const [words, environment, directory, cgroup] = [argv.map((word) => `${word}\0`).join(''), 'A=b\0', '/', '0::/x\n'];
  const lengths = [words, environment, directory, cgroup].map((block) => Buffer.byteLength(block, 'latin1'));
  const line = `${version} ${monitor} 5 12 6 ${namespace} - 77 78 ${lengths.join(' ')}\n`;
  return Buffer.from(line + words + environment + directory + cgroup, 'latin1');
}

const ARGV = ['/usr/bin/conmon', '-c', 'f00', '-u', 'f00', '-n', 'web', '-r', '/bin/true', '-b', '/b', '-l', 'none'];

t.test('a record names its container, its monitor and the first process', async (t) => {
  t.same(recordIn('/x.rescue', record(ARGV)), {
    path: '/x.rescue',
    cid: 'f00',
    name: 'web',
    monitor: { pid: 11, start: 5 },
    container: { pid: 12, start: 6 },
  });
  const strange = recordIn('/x', record(ARGV.map((word) => (word === 'web' ? 'we\xffb' : word))));
  t.equal(strange?.name, 'we\udcffb', 'any byte');
});

t.test('anything else is not a record', async (t) => {
  const whole = record(ARGV);
  for (const [what, content] of [
    ['another version', record(ARGV, { version: 2 })],
    ['no pid', record(ARGV, { monitor: 0 })],
    ['another pid namespace', record(ARGV, { namespace: NAMESPACE + 1 })],
    ['not the command line of a monitor', record(['/bin/true'])],
    ['cut', whole.subarray(0, whole.indexOf('\n') + 5)],
    ['no line', Buffer.from('text')],
    ['nothing', Buffer.alloc(0)],
  ] as const) {
    t.equal(recordIn('/x', content), undefined, what);
  }
});

t.test('systemd takes the service, and OpenRC the script', needs('systemd', 'bash'), async (t) => {
  const examples = fileURLToPath(new URL('../../examples/rescue', import.meta.url));
  const service = readFileSync(`${examples}/conmon-rescue.service`, 'utf8');
  t.match(service, 'ExecStart=conmonctl rescue --watch\n');
  const unit = `${t.testdir({})}/conmon-rescue.service`;
  // It looks for the program and the manual.
  writeFileSync(unit, service.replace('=conmonctl', '=/bin/true'));
  const { code, stderr } = await command(['systemd-analyze', '--man=no', 'verify', unit]);
  t.strictSame([code, stderr], [0, '']);
  const script = `${examples}/conmon-rescue.openrc`;
  t.match(readFileSync(script, 'utf8'), /^#!\/sbin\/openrc-run\n[^]*\ncommand_args="rescue --watch"\n/);
  t.equal((await command(['bash', '-n', script])).code, 0);
});

t.test('records are searched for in the run-time directory of the user', async (t) => {
  const root = t.testdir({ 'storage.conf': '' });
  const conf = join(root, 'storage.conf');
  writeFileSync(conf, `[storage]\ndriver = "overlay"\nrunroot = "${root}/run"\n`);
  const env = { CONTAINERS_STORAGE_CONF: conf };
  t.equal(runRootOf(0, env), `${root}/run`);
  t.equal(runRootOf(1000, { HOME: '/nowhere', XDG_RUNTIME_DIR: '/run/user/1000' }), '/run/user/1000/containers');
  t.equal(runRootOf(0, { HOME: '/nowhere', XDG_RUNTIME_DIR: '/r', _CONTAINERS_ROOTLESS_UID: '1000' }), '/r/containers');
  const userdata = join(root, 'run/overlay-containers/f00/userdata');
  mkdirSync(userdata, { recursive: true });
  writeFileSync(join(userdata, 'conmon.pid'), '11');
  writeFileSync(join(userdata, 'conmon.pid.rescue'), record(ARGV));
  const paths = recordPaths(0, env).filter((path) => path.startsWith(root));
  t.same(paths, [join(userdata, 'conmon.pid.rescue')]);
  t.type(await findOrphans(), Array);
});
