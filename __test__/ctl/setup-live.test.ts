/** `conmonctl setup` and `doctor` with the real Podman. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import t from 'tap';
import { command } from '../support/command.js';
import { needs } from '../support/needs.js';
import { readableCopy } from '../support/readable-copy.js';
import { setUpRootless } from '../support/rootless.js';
import { killAllOf } from '../support/scene.js';
import { until } from '../support/wait.js';
import { CONMONCTL, makeRootfs } from './live.js';
import { machine, OURS, PODMAN_FILE } from './setup-machine.js';

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
  t.match(done.text, `✓ Podman reports that it uses ${OURS} (conmon version `);
  t.equal((await call(usedByPodman)).text.trim(), OURS);

  const again = await call([CONMONCTL, 'setup', 'podman']);
  t.match(again.text, /^nothing to do: .* is up to date$/m);
  t.equal(again.code, 0);

  const undone = await call([CONMONCTL, 'setup', 'podman', '--undo']);
  t.strictSame([undone.code, undone.stderr], [0, '']);
  t.match(undone.text, `removed ${PODMAN_FILE}`);
  t.match(undone.text, `✓ Podman reports that it uses ${before}`);
  t.equal((await call(usedByPodman)).text.trim(), before);
  t.match((await call([CONMONCTL, 'setup', 'podman', '--undo'])).text, /^nothing to do: .* does not exist$/m);
});

void t.test('other settings and files of podman do not change', needs('root', 'podman'), async (t) => {
  const { etc, call } = await machine(t);
  const directory = `${etc}/containers/containers.conf.d`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${etc}/containers/containers.conf`, '[engine]\ncgroup_manager = "cgroupfs"\n');
  writeFileSync(`${directory}/10-mine.conf`, '[engine]\nconmon_path = ["/usr/bin/conmon"]\n');
  t.equal((await call([CONMONCTL, 'setup', 'podman'])).code, 0);
  t.equal((await call(['podman', 'info', '--format', '{{.Host.CgroupManager}}'])).text.trim(), 'cgroupfs');
  t.equal(readFileSync(`${etc}/containers/containers.conf`, 'utf8'), '[engine]\ncgroup_manager = "cgroupfs"\n');
  t.equal(readFileSync(`${directory}/10-mine.conf`, 'utf8'), '[engine]\nconmon_path = ["/usr/bin/conmon"]\n');
});

void t.test(
  'a file that overrides the drop-in is named, and no file remains',
  needs('root', 'podman', 'conmon'),
  async (t) => {
    const { etc, call } = await machine(t);
    const directory = `${etc}/containers/containers.conf.d`;
    mkdirSync(directory, { recursive: true });
    const rival = '[engine]\nconmon_path = ["/usr/bin/conmon"]\n';
    writeFileSync(`${directory}/99-other.conf`, rival);
    writeFileSync(`${directory}/10-earlier.conf`, rival);
    const { code, text } = await call([CONMONCTL, 'setup', 'podman']);
    t.equal(code, 1);
    t.match(text, `removed ${PODMAN_FILE} again\n`);
    t.match(text, '✗ Podman reports that it uses /usr/bin/conmon');
    t.match(text, 'Set in /etc/containers/containers.conf.d/99-other.conf: remove it there');
    t.same(readdirSync(directory).toSorted(), ['10-earlier.conf', '99-other.conf']);
    // The overriding file sorts after ours.
    rmSync(`${directory}/99-other.conf`);
    t.equal((await call([CONMONCTL, 'setup', 'podman'])).code, 0);
    writeFileSync(`${directory}/99-other.conf`, rival);
    const doctor = await call([CONMONCTL, 'doctor', '--json']);
    t.equal(doctor.code, 1);
    t.match(problemsOf(doctor.text), [
      { topic: 'podman', what: `although ${PODMAN_FILE} names another`, advice: /in \S*99-other\.conf: remove/ },
    ]);
    t.equal((await call([CONMONCTL, 'setup', 'podman'])).code, 1);
    t.ok(existsSync(`${directory}/50-conmon-node.conf`), 'what was there before stays');
  },
);

/** What doctor takes for a problem. */
function problemsOf(
  text: string,
): readonly { readonly topic: string; readonly what: string; readonly advice: string }[] {
  return JSON.parse(text).findings.filter((finding: { level: string }) => finding.level === 'problem');
}

void t.test('only a container monitor is written into a configuration', needs('root', 'podman'), async (t) => {
  const { etc, dir, call } = await machine(t);
  const script = (name: string, text: string): string => {
    writeFileSync(`${dir}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return `${dir}/${name}`;
  };
  for (const [conmon, message] of [
    ['/bin/true', /\/true is not a container monitor: with --version it prints "true \(GNU/],
    [script('silent', 'exit 0'), /is not a container monitor: with --version it prints ""/],
    [script('failing', 'echo conmon version 2.1.6; exit 3'), /with --version it ends with status 3/],
    [script('foreign', 'exec /nowhere/loader'), /with --version it ends with status 127/],
    ['/nowhere/conmon', /the executable \/nowhere\/conmon does not exist/],
    ['/etc/passwd', /cannot execute \/etc\/passwd: permission denied/],
  ] as const) {
    for (const more of [[], ['--dry-run']]) {
      const { code, text, stderr } = await call([CONMONCTL, 'setup', 'podman', '--conmon', conmon, ...more]);
      t.strictSame([code, text], [125, '']);
      t.match(stderr, message);
    }
  }
  t.notOk(existsSync(`${etc}/containers/containers.conf.d/50-conmon-node.conf`));
  t.equal((await call([CONMONCTL, 'setup', 'podman', '--conmon', '/usr/bin/conmon'])).code, 0, "C's is one");
  const doctor = await call([CONMONCTL, 'doctor']);
  t.match(doctor.text, new RegExp(`✓ podman +uses /usr/bin/conmon .*, as configured in ${PODMAN_FILE}`));
});

void t.test('a configuration that Podman cannot read is named, and not changed', needs('root', 'podman'), async (t) => {
  const { etc, call } = await machine(t);
  mkdirSync(`${etc}/containers`, { recursive: true });
  writeFileSync(`${etc}/containers/containers.conf`, '[engine]\n\nconmon_path = [\n');
  const { code, stderr } = await call([CONMONCTL, 'setup', 'podman']);
  t.equal(code, 125);
  t.match(
    stderr,
    /^conmonctl: cannot read \/etc\/containers\/containers\.conf: line \d+: .+\n  Podman cannot read it either/,
  );
  t.notOk(existsSync(`${etc}/containers/containers.conf.d/50-conmon-node.conf`));
  const doctor = await call([CONMONCTL, 'doctor', '--json']);
  t.equal(doctor.code, 1);
  t.match(problemsOf(doctor.text), [
    { topic: 'podman', what: /^cannot read \/etc\/containers\/containers\.conf: line \d/ },
  ]);
});

void t.test('doctor finds a configured monitor that is gone', needs('root', 'podman', 'conmon'), async (t) => {
  const { etc, dir, call } = await machine(t);
  copyFileSync(OURS, `${dir}/conmon`);
  t.equal((await call([CONMONCTL, 'setup', 'podman', '--conmon', `${dir}/conmon`])).code, 0);
  rmSync(`${dir}/conmon`);
  const { code, text } = await call([CONMONCTL, 'doctor', '--json']);
  t.equal(code, 1);
  t.match(problemsOf(text), [
    {
      topic: 'podman',
      what: new RegExp(`^uses /usr/bin/conmon .*: ${dir}/conmon, which ${PODMAN_FILE} names, does not exist`),
      advice: /^Install it there again, or conmonctl setup podman for this package's, or .* --undo\.$/,
    },
  ]);
  rmSync(`${etc}/containers/containers.conf.d/50-conmon-node.conf`);
  writeFileSync(`${etc}/containers/containers.conf`, `[engine]\nconmon_path = ["${dir}/a", "${dir}/b"]\n`);
  t.match(problemsOf((await call([CONMONCTL, 'doctor', '--json'])).text), [
    {
      what: `${dir}/a, which /etc/containers/containers.conf names`,
      advice: 'Correct /etc/containers/containers.conf',
    },
  ]);
});

const RUNS = needs('root', 'podman', 'crun', 'busybox');

void t.test('doctor finds a container whose monitor is gone, and its advice works', RUNS, async (t) => {
  const { etc, dir, call } = await machine(t);
  t.teardown(() => killAllOf(dir));
  const limits = 'default_ulimits = ["nofile=20000:20000", "nproc=30000:30000"]';
  mkdirSync(`${etc}/containers`, { recursive: true });
  writeFileSync(
    `${etc}/containers/containers.conf`,
    `[containers]\nnetns = "none"\n${limits}\n[engine]\nruntime = "crun"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n`,
  );
  mkdirSync(`${dir}/rootfs`);
  makeRootfs(`${dir}/rootfs`);
  t.equal((await call([CONMONCTL, 'setup', 'podman'])).code, 0);
  for (const name of ['web', 'other']) {
    const ran = await call(['podman', 'run', '-d', '--name', name, '--rootfs', `${dir}/rootfs`, '/bin/sleep', '300']);
    t.equal(ran.code, 0, ran.stderr);
  }
  const found = async (): Promise<readonly unknown[]> => problemsOf((await call([CONMONCTL, 'doctor', '--json'])).text);
  t.same(await found(), []);
  const killMonitor = async (): Promise<string> => {
    const { text } = await call(['podman', 'inspect', '--format', '{{.ConmonPidFile}}', 'web']);
    const pidfile = text.trim();
    process.kill(Number(readFileSync(pidfile, 'utf8')), 'SIGKILL');
    return pidfile;
  };
  await killMonitor();
  t.match((await call(['podman', 'ps', '--format', '{{.Names}}'])).text, 'web', 'Podman does not notice');
  await until('doctor to find it', async () => (await found()).length === 1);
  const id = (await call(['podman', 'inspect', '--format', '{{.Id}}', 'web'])).text.slice(0, 12);
  const advice = `conmonctl rescue ${id}`;
  t.match(await found(), [{ topic: 'rescue', what: `the monitor of container web (${id}) was killed`, advice }]);
  const rescued = await call([CONMONCTL, 'rescue', id]);
  t.match([rescued.code, rescued.text], [0, 'web: has a monitor again']);
  t.same(await found(), []);
  // Without the record, as with C conmon.
  unlinkSync(`${await killMonitor()}.rescue`);
  await until('doctor to find it', async () => (await found()).length === 1);
  t.match(await found(), [
    {
      topic: 'podman',
      what: /^container web \([0-9a-f]{12}\) has no monitor/,
      advice: /^podman rm --force web, /,
    },
  ]);
  await call(['podman', 'kill', 'web']);
  // Until process 1 has collected the killed process, its runtime refuses.
  const remove = ['podman', 'rm', '--force', '--time', '0', 'web'];
  await until('the container to be removed', async () => (await call(remove)).code === 0);
  t.same(await found(), []);
  await call(['podman', 'rm', '--force', '--all', '--time', '0']);
});

void t.test('doctor shows which monitor Podman uses', needs('root', 'podman', 'crun'), async (t) => {
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
    t.match(stderr, 'was not written by conmonctl');
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

const ROOTLESS = needs('root', 'podman', 'busybox', 'crun', 'setpriv', 'unshare', 'nsenter');

void t.test('a user without privileges sets up podman for that user', ROOTLESS, async (t) => {
  const { dir, call } = await setUpRootless(t);
  const { place, conmonctl } = readableCopy(t);
  const ours = `${place}/dist/native/conmon`;
  const file = `${dir}/home/.config/containers/containers.conf.d/50-conmon-node.conf`;
  const { code, text, stderr } = await call([...conmonctl, 'setup', 'podman']);
  t.strictSame([code, stderr], [0, ''], text);
  t.match(text, `✓ Podman reports that it uses ${ours}`);
  t.ok(existsSync(file));
  t.equal((await call(usedByPodman)).text.trim(), ours);
  const doctor = await call([...conmonctl, 'doctor']);
  t.match(doctor.text, `uses this package's monitor, ${ours}`);
  t.match(doctor.text, 'you can create user namespaces');
  t.equal((await call([...conmonctl, 'setup', 'podman', '--user', '--undo'])).code, 0);
  t.notOk(existsSync(file));
  const denied = await call([...conmonctl, 'setup', 'cri-o', '--undo']);
  t.equal(denied.code, 0, 'nothing to undo takes no rights');
});
