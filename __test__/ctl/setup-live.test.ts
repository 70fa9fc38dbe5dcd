/** `conmonctl setup` with the managers themselves. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { parse } from 'smol-toml';
import t, { type Test } from 'tap';
import { command, type Result } from '../support/command.js';
import { enterNamespace } from '../support/namespace.js';
import { needs } from '../support/needs.js';
import { setUpRootless } from '../support/rootless.js';
import { ROOT } from '../support/target.js';
import { CONMONCTL } from './live.js';

const OURS = `${ROOT}dist/native/conmon`;
const PODMAN_FILE = '/etc/containers/containers.conf.d/50-conmon-node.conf';
const CRIO_FILE = '/etc/crio/crio.conf.d/50-conmon-node.conf';

interface Machine {
  /** Where this machine's /etc is on the real one. */
  readonly etc: string;
  readonly dir: string;
  call(words: readonly string[], env?: NodeJS.ProcessEnv): Promise<Result>;
}

/** A machine whose /etc, /run and container storage are the test's own. */
async function machine(t: Test): Promise<Machine> {
  const dir = realpathSync(mkdtempSync(`${tmpdir()}/conmon-setup-`));
  const etc = `${dir}/etc`;
  mkdirSync(etc);
  const namespace = await enterNamespace(
    `cp -a /etc/. ${etc} && rm -rf ${etc}/containers/containers.conf* ${etc}/crio`,
    `mount --bind ${etc} /etc`,
    'mount -t tmpfs none /run',
  );
  t.teardown(() => {
    namespace.leave();
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  writeFileSync(
    `${dir}/storage.conf`,
    `[storage]\ndriver = "vfs"\nrunroot = "${dir}/run"\ngraphroot = "${dir}/graph"\n`,
  );
  const variables = { ...process.env, CONTAINERS_STORAGE_CONF: `${dir}/storage.conf`, CONTAINERS_CONF: undefined };
  const call: Machine['call'] = (words, env) =>
    command([...namespace.prefix, dir, ...words], { env: { ...variables, ...env } });
  return { etc, dir, call };
}

const usedByPodman = ['podman', 'info', '--format', '{{.Host.Conmon.Path}}'];

void t.test('podman uses this monitor after setup, and no longer after --undo', needs('root', 'podman'), async (t) => {
  const { call } = await machine(t);
  const before = (await call(usedByPodman)).text.trim();
  t.not(before, OURS);
  const dry = await call([CONMONCTL, 'setup', 'podman', '--dry-run']);
  t.match(dry.text, `would write ${PODMAN_FILE}`);
  t.equal((await call(usedByPodman)).text.trim(), before, 'a dry run does nothing');

  const done = await call([CONMONCTL, 'setup', 'podman']);
  t.strictSame([done.code, done.stderr], [0, '']);
  t.match(done.text, `wrote ${PODMAN_FILE}`);
  t.match(done.text, `✓ Podman says that it uses ${OURS} (conmon version `);
  t.equal((await call(usedByPodman)).text.trim(), OURS);

  const again = await call([CONMONCTL, 'setup', 'podman']);
  t.match(again.text, /^nothing to do: .* is as it should be$/m);
  t.equal(again.code, 0);

  const undone = await call([CONMONCTL, 'setup', 'podman', '--undo']);
  t.strictSame([undone.code, undone.stderr], [0, '']);
  t.match(undone.text, `removed ${PODMAN_FILE}`);
  t.match(undone.text, `✓ Podman says that it uses ${before}`);
  t.equal((await call(usedByPodman)).text.trim(), before);
  t.match((await call([CONMONCTL, 'setup', 'podman', '--undo'])).text, /^nothing to do: .* is not there$/m);
});

void t.test('other settings and files of podman stay as they are', needs('root', 'podman'), async (t) => {
  const { etc, call } = await machine(t);
  const folder = `${etc}/containers/containers.conf.d`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${etc}/containers/containers.conf`, '[engine]\ncgroup_manager = "cgroupfs"\n');
  writeFileSync(`${folder}/10-mine.conf`, '[engine]\nconmon_path = ["/usr/bin/conmon"]\n');
  t.equal((await call([CONMONCTL, 'setup', 'podman'])).code, 0);
  t.equal((await call(['podman', 'info', '--format', '{{.Host.CgroupManager}}'])).text.trim(), 'cgroupfs');
  t.equal(readFileSync(`${etc}/containers/containers.conf`, 'utf8'), '[engine]\ncgroup_manager = "cgroupfs"\n');
  t.equal(readFileSync(`${folder}/10-mine.conf`, 'utf8'), '[engine]\nconmon_path = ["/usr/bin/conmon"]\n');
});

void t.test(
  'a file that wins over ours is named, and the status tells',
  needs('root', 'podman', 'conmon'),
  async (t) => {
    const { etc, call } = await machine(t);
    const folder = `${etc}/containers/containers.conf.d`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/99-other.conf`, '[engine]\nconmon_path = ["/usr/bin/conmon"]\n');
    const { code, text } = await call([CONMONCTL, 'setup', 'podman']);
    t.equal(code, 1);
    t.match(text, '✗ Podman says that it uses /usr/bin/conmon');
    t.match(text, '/etc/containers/containers.conf.d/99-other.conf');
    const doctor = await call([CONMONCTL, 'doctor', '--json']);
    t.equal(doctor.code, 1);
    const problem = JSON.parse(doctor.text).findings.find((finding: { level: string }) => finding.level === 'problem');
    t.match(problem, { topic: 'podman', what: `although ${PODMAN_FILE} says otherwise`, advice: '99-other.conf' });
  },
);

void t.test('doctor tells which monitor podman uses', needs('root', 'podman', 'crun'), async (t) => {
  const { call } = await machine(t);
  t.match((await call([CONMONCTL, 'doctor'])).text, /· podman +uses \/usr\/bin\/conmon .*\n.* conmonctl setup podman/);
  await call([CONMONCTL, 'setup', 'podman']);
  const { code, text } = await call([CONMONCTL, 'doctor']);
  t.equal(code, 0);
  t.match(text, `✓ podman     uses this package's monitor, ${OURS}`);
  t.match(text, /✓ runtime +\S*\/crun, crun version/);
});

void t.test('a file of that name that somebody else wrote is left alone', needs('root'), async (t) => {
  const { etc, call } = await machine(t);
  mkdirSync(`${etc}/containers/containers.conf.d`, { recursive: true });
  const file = `${etc}/containers/containers.conf.d/50-conmon-node.conf`;
  writeFileSync(file, '# mine\n');
  for (const undo of [[], ['--undo']]) {
    const { code, stderr } = await call([CONMONCTL, 'setup', 'podman', ...undo]);
    t.equal(code, 125);
    t.match(stderr, 'is not of conmonctl');
  }
  t.equal(readFileSync(file, 'utf8'), '# mine\n');
});

void t.test('root is not made to execute what others can replace', needs('root'), async (t) => {
  const { etc, dir, call } = await machine(t);
  copyFileSync('/bin/true', `${dir}/conmon`);
  await command(['chown', '65534', `${dir}/conmon`]);
  const { code, stderr } = await call([CONMONCTL, 'setup', 'podman', '--conmon', `${dir}/conmon`]);
  t.equal(code, 125);
  t.match(stderr, `root must not execute ${dir}/conmon: ${dir}/conmon belongs to user 65534\n  Copy it`);
  t.notOk(existsSync(`${etc}/containers/containers.conf.d`));
});

/** Plays the two commands of CRI-O that are asked, by its rules: a later table of a runtime replaces an earlier one. */
const CRIO = `#!/bin/sh
case $1 in
  --version) echo 'crio version 1.30.0' ;;
  config) cat /etc/crio/crio.conf; [ -e ${CRIO_FILE} ] && sed -n '/^\\[crio.runtime.runtimes/,$p' ${CRIO_FILE} || true ;;
esac
`;

void t.test('CRI-O gets the monitor for each of its OCI runtimes, whose settings stay', needs('root'), async (t) => {
  const { etc, dir, call } = await machine(t);
  mkdirSync(`${etc}/crio/crio.conf.d`, { recursive: true });
  writeFileSync(`${etc}/crio/crio.conf`, '[crio.runtime]\ndefault_runtime = "crun"\n');
  writeFileSync(
    `${etc}/crio/crio.conf.d/10-runtimes.conf`,
    `[crio.runtime.runtimes.crun]
runtime_path = "/usr/bin/crun"
runtime_root = "/run/crun"
allowed_annotations = ["io.containers.trace-syscall"]
[crio.runtime.runtimes.kata]
runtime_type = "vm"
runtime_path = "/usr/bin/containerd-shim-kata-v2"
[crio.runtime.runtimes.runc]
monitor_env = ["A=1"]
`,
  );
  const { code, text } = await call([CONMONCTL, 'setup', 'cri-o']);
  t.equal(code, 0);
  t.match(text, `wrote ${CRIO_FILE}`);
  t.match(text, '! CRI-O was not asked whether it took: crio is not installed');
  t.match(text, '→ now run: systemctl restart crio');
  t.same(parse(readFileSync(`${etc}/crio/crio.conf.d/50-conmon-node.conf`, 'utf8')), {
    crio: {
      runtime: {
        runtimes: {
          crun: {
            runtime_path: '/usr/bin/crun',
            runtime_root: '/run/crun',
            allowed_annotations: ['io.containers.trace-syscall'],
            monitor_path: OURS,
          },
          runc: { monitor_env: ['A=1'], monitor_path: OURS },
        },
      },
    },
  });
  mkdirSync(`${dir}/bin`);
  writeFileSync(`${dir}/bin/crio`, CRIO, { mode: 0o755 });
  const env = { PATH: `${dir}/bin:${process.env['PATH']}` };
  const asked = await call([CONMONCTL, 'setup', 'cri-o'], env);
  t.match(asked.text, `✓ CRI-O says that it uses ${OURS}`);
  t.match((await call([CONMONCTL, 'doctor'], env)).text, /✓ cri-o +uses this package's monitor/);
  t.equal((await call([CONMONCTL, 'setup', 'cri-o', '--undo'], env)).code, 0);
  t.notOk(existsSync(`${etc}/crio/crio.conf.d/50-conmon-node.conf`));
  t.ok(existsSync(`${etc}/crio/crio.conf.d/10-runtimes.conf`));
});

void t.test('without a configured runtime CRI-O cannot be set up, and is told why', needs('root'), async (t) => {
  const { call } = await machine(t);
  const { code, stderr } = await call([CONMONCTL, 'setup', 'cri-o']);
  t.equal(code, 125);
  t.match(stderr, 'no runtime is configured');
});

const ROOTLESS = needs('root', 'podman', 'busybox', 'crun', 'setpriv', 'unshare', 'nsenter');

void t.test('a user without privileges sets up the own podman', ROOTLESS, async (t) => {
  const { dir, call } = await setUpRootless(t);
  // The checkout need not be open to other users.
  mkdirSync(`${dir}/package/dist/native`, { recursive: true });
  for (const file of ['package.json', 'dist/conmonctl.js', 'dist/native/conmon']) {
    copyFileSync(`${ROOT}${file}`, `${dir}/package/${file}`);
  }
  await command(['chmod', '-R', 'a+rX', `${dir}/package`]);
  // tap adds to the environment of every Node that a test starts.
  const conmonctl = ['env', '-u', 'NODE_OPTIONS', process.execPath, `${dir}/package/dist/conmonctl.js`];
  const ours = `${dir}/package/dist/native/conmon`;
  const file = `${dir}/home/.config/containers/containers.conf.d/50-conmon-node.conf`;
  const { code, text, stderr } = await call([...conmonctl, 'setup', 'podman']);
  t.strictSame([code, stderr], [0, ''], text);
  t.match(text, `✓ Podman says that it uses ${ours}`);
  t.ok(existsSync(file));
  t.equal((await call(usedByPodman)).text.trim(), ours);
  const doctor = await call([...conmonctl, 'doctor']);
  t.match(doctor.text, `uses this package's monitor, ${ours}`);
  t.match(doctor.text, 'you may make user namespaces');
  t.equal((await call([...conmonctl, 'setup', 'podman', '--user', '--undo'])).code, 0);
  t.notOk(existsSync(file));
  const denied = await call([...conmonctl, 'setup', 'cri-o', '--undo']);
  t.equal(denied.code, 0, 'nothing to undo takes no rights');
});
