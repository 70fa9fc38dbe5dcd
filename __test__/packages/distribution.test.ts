/** The deb and the rpm package: what they contain, and their use with Podman from installation to removal. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { readDropIn } from '../../ts/ctl/setup/drop-in.js';
import { page, section } from '../docs/page.js';
import { command } from '../support/command.js';
import { disposableSystem } from '../support/disposable.js';
import { needs } from '../support/needs.js';
import { IMAGE, Podman } from '../support/podman.js';
import { ROOT } from '../support/target.js';
import { until } from '../support/wait.js';
import { emptyDirectory, maker } from './packed.js';

const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
const PLACE = '/usr/libexec/conmon-node/conmon';
const DROP_IN = '/etc/containers/containers.conf.d/50-conmon-node.conf';
const PAGE = page('docs/packages.md');

const BUILT = needs('dpkg-deb', 'rpmbuild');
const INSTALLED = needs('root', 'dpkg-deb', 'rpmbuild', 'conmon', 'podman', 'crun', 'busybox', 'unshare', 'nsenter');

const output = BUILT.skip === undefined ? build() : 'none';

function build(): string {
  const directory = emptyDirectory(t);
  execFileSync(process.execPath, maker('packages', '--output', directory));
  return directory;
}

const fileOf = (end: string): string => join(output, readdirSync(output).find((name) => name.endsWith(end)) ?? end);
const ask = (program: string, ...args: readonly string[]): string => execFileSync(program, args, { encoding: 'utf8' });

/** Paths in each package, without directories. */
const PATHS: Readonly<Record<string, () => readonly string[]>> = {
  deb: () => {
    const lines = ask('dpkg-deb', '--contents', fileOf('.deb')).trimEnd().split('\n');
    return lines.flatMap((line) => / \.(\/.*[^/])$/.exec(line)?.[1] ?? []);
  },
  rpm: () => {
    const lines = ask('rpm', '-qp', '--qf', '[%{FILEMODES:perms} %{FILENAMES}\n]', fileOf('.rpm'))
      .trimEnd()
      .split('\n');
    return lines.flatMap((line) => /^-\S+ (.*)$/.exec(line)?.[1] ?? []);
  },
};

for (const [kind, paths] of Object.entries(PATHS)) {
  t.test(`the ${kind} contains executable, manual, drop-ins and notices, and enables nothing`, BUILT, async (t) => {
    const found = paths();
    for (const path of [PLACE, '/usr/share/man/man8/conmon-node.8.gz', '/usr/share/conmon-node/podman.conf'])
      t.ok(found.includes(path), path);
    for (const name of ['NOTICE', 'THIRD-PARTY-NOTICES', 'THIRD-PARTY-NOTICES-rust.html'])
      t.ok(
        found.some((path) => path.endsWith(`/conmon-node/${name}`)),
        name,
      );
    for (const path of found) t.match(path, /^\/usr\/(?:libexec|share)\/(?:\w+\/)?(?:conmon-node|man8)\//, path);
  });
}

t.test('conmonctl setup replaces and removes a copy of the drop-ins', BUILT, async (t) => {
  const directory = emptyDirectory(t);
  execFileSync('dpkg-deb', ['--extract', fileOf('.deb'), directory]);
  for (const name of ['podman.conf', 'cri-o.conf']) {
    t.match(await readDropIn(join(directory, 'usr/share/conmon-node', name)), /_path = /, name);
  }
});

t.test('docs/packages.md names the files of this version', BUILT, async (t) => {
  const named = PAGE.match(/conmon-node[-_]\d\S*\.(?:deb|rpm)/g) ?? [];
  t.same(
    named,
    [fileOf('.deb'), fileOf('.rpm')].map((path) => basename(path)),
  );
});

t.test('neither runs a script or needs another package', BUILT, async (t) => {
  const fields = ask('dpkg-deb', '--field', fileOf('.deb'));
  t.match(fields, `Package: conmon-node\nVersion: ${version}\n`);
  t.notMatch(fields, /^(?:Pre-)?Depends|^Conflicts|^Provides/m);
  t.same(ask('dpkg-deb', '--ctrl-tarfile', fileOf('.deb')).match(/(?:pre|post)(?:inst|rm)/g), null);
  t.equal(ask('rpm', '-qp', '--scripts', '--triggers', '--filetriggers', fileOf('.rpm')), '');
  const needed = ask('rpm', '-qp', '--requires', fileOf('.rpm')).trimEnd().split('\n');
  t.same(
    needed.filter((each) => !each.startsWith('rpmlib(')),
    [],
  );
});

t.test('the same sources give the same packages, whatever umask and directory', BUILT, async (t) => {
  const again = emptyDirectory(t);
  const script = 'umask 077 && exec "$0" "$@"';
  const env = { ...process.env, TMPDIR: emptyDirectory(t) };
  execFileSync('/bin/sh', ['-c', script, process.execPath, ...maker('packages', '--output', again)], { env });
  t.same(readdirSync(again), readdirSync(output));
  for (const name of readdirSync(output))
    t.ok(readFileSync(join(again, name)).equals(readFileSync(join(output, name))), name);
});

/** A block of commands of the page, with the real names for what varies. */
function commandsBelow(heading: string): string {
  const [, text = ''] = /^```sh\n([^]*?)^```/m.exec(section(PAGE, heading)) ?? [];
  return text.replaceAll(/conmon-node_\S+\.deb/g, fileOf('.deb')).replaceAll(/\bapt install \.?/g, 'dpkg --install ');
}

t.test(
  'beside the package conmon, Podman uses it after the drop-in, and not after the removal',
  INSTALLED,
  async (t) => {
    const namespace = await disposableSystem(t, '/usr', '/etc', '/var/lib/dpkg');
    const home = emptyDirectory(t);
    const storage = join(home, 'storage.conf');
    writeFileSync(storage, `[storage]\ndriver = "vfs"\ngraphroot = "${home}/graph"\nrunroot = "${home}/run"\n`);
    const env = {
      ...{ PATH: process.env['PATH'] ?? '', HOME: home, DEBIAN_FRONTEND: 'noninteractive' },
      CONTAINERS_STORAGE_CONF: storage,
    };
    const sh = async (script: string): Promise<string> => {
      const { code, text, stderr } = await command([...namespace.prefix, '/', 'bash', '-ec', script], { env });
      t.equal(code, 0, `${script}: ${text}${stderr}`);
      return text;
    };
    const used = () => sh("podman info --format '{{.Host.Conmon.Path}}'");
    const before = await used();
    await sh(commandsBelow('## Debian and Ubuntu'));
    t.equal(await sh('dpkg --verify conmon-node conmon'), '', 'no file is missing or changed');
    t.match(await sh(`${PLACE} --version`), /^conmon version /);
    t.match(await sh('man --path conmon-node conmon; man --where conmon-node'), 'conmon-node.8.gz');
    t.equal(await used(), before, 'not before the drop-in');
    await sh(commandsBelow('## Enable'));
    t.equal(await used(), `${PLACE}\n`);
    const podman = await Podman.setUp(PLACE, { namespace });
    t.teardown(() => podman.tearDown());
    const args = ['--detach', '--name', 'lasting', '--runtime', 'crun', '--log-driver', 'k8s-file', IMAGE];
    const script = 'trap "echo late; exit 7" USR1; echo ready; while :; do sleep 0.1; done';
    await podman.ok('run', ...args, 'sh', '-c', script);
    await until('the container is ready', async () => (await podman.ok('logs', 'lasting')) === 'ready');
    await sh(commandsBelow('## Remove'));
    t.equal(await used(), before);
    t.notMatch(await sh(`ls -d ${PLACE} ${DROP_IN} /usr/share/conmon-node 2>/dev/null || true`), /conmon-node/);
    t.equal(await sh('dpkg --audit'), '');
    await podman.ok('kill', '--signal', 'USR1', 'lasting');
    t.equal(await podman.ok('wait', 'lasting'), '7', 'a container that ran keeps its monitor');
    t.equal(await podman.ok('logs', 'lasting'), 'ready\nlate');
  },
);

t.test('rpm installs, verifies and erases it in a root of its own', INSTALLED, async (t) => {
  const root = emptyDirectory(t);
  mkdirSync(join(root, 'var/lib/rpm'), { recursive: true });
  const rpm = (...args: readonly string[]) => spawnSync('rpm', ['--root', root, ...args], { encoding: 'utf8' });
  const done = (...args: readonly string[]) => {
    const { status, stdout, stderr } = rpm(...args);
    t.equal(status, 0, stdout + stderr);
    return stdout;
  };
  t.match(ask('rpm', '--checksig', '--nosignature', fileOf('.rpm')), 'digests OK');
  done('--initdb');
  done('--install', fileOf('.rpm'));
  t.equal(done('--verify', 'conmon-node'), '');
  t.ok(readFileSync(root + PLACE).equals(readFileSync(`${ROOT}dist/native/conmon`)), 'neither stripped nor changed');
  t.match(ask(root + PLACE, '--version'), version);
  done('--erase', 'conmon-node');
  for (const path of [PLACE, '/usr/libexec/conmon-node', '/usr/share/conmon-node'])
    t.notOk(existsSync(root + path), path);
});
