/** The archive to vendor: its contents, and that the executable needs nothing else on a machine. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { command } from '../support/command.js';
import { enterNamespace } from '../support/namespace.js';
import { needs, which } from '../support/needs.js';
import { killAllOf } from '../support/scene.js';
import { MINIRUNTIME, ROOT } from '../support/target.js';
import { until } from '../support/wait.js';
import { emptyDirectory, made, maker } from './packed.js';

const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
const NAME = `conmon-node-${version}-linux-amd64`;

const files = made('release');
const archive = files.find((path) => path.endsWith(`/${NAME}.tar.gz`)) ?? 'none';

/** Unpacks it; resolves with the directory of its files. */
function unpacked(t: Test): string {
  const directory = emptyDirectory(t);
  execFileSync('tar', ['-C', directory, '-xzf', archive]);
  t.same(readdirSync(directory), [NAME], 'all is in one directory');
  return join(directory, NAME);
}

t.test('executable, licence, notices, manual and checksums are in it, and nothing else', async (t) => {
  const directory = unpacked(t);
  const manual = existsSync(`${ROOT}man/conmon.8`) ? ['conmon.8'] : [];
  const notices = ['THIRD-PARTY-NOTICES', 'THIRD-PARTY-NOTICES-rust.html'];
  t.same(readdirSync(directory).toSorted(), ['LICENSE', 'NOTICE', 'SHA256SUMS', ...notices, 'conmon', ...manual]);
  for (const cwd of [directory, join(archive, '..')]) {
    const { status, stdout } = spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd, encoding: 'utf8' });
    t.equal(status, 0, stdout);
    t.equal(stdout.trimEnd().split('\n').length, readdirSync(cwd).length - 1, 'of every other file');
  }
  const text = readFileSync(join(directory, 'THIRD-PARTY-NOTICES'), 'utf8');
  for (const words of [/QuickJS-ng \d.*MIT/, /Fabrice Bellard/, /musl 1\.\d.*MIT/, /Rich Felker/]) {
    t.match(text, words);
  }
});

t.test('owners, modes and times in the archive do not depend on who creates it', async (t) => {
  const date = execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: ROOT, encoding: 'utf8' }).trim();
  const listed = execFileSync('tar', ['--utc', '--full-time', '--numeric-owner', '-tvzf', archive], {
    encoding: 'utf8',
  });
  const time = new Date(Number(process.env['SOURCE_DATE_EPOCH'] ?? date) * 1000).toISOString();
  const lines = listed.trimEnd().split('\n');
  for (const line of lines) t.match(line, ` 0/0 `);
  for (const line of lines) t.match(line, time.slice(0, 19).replace('T', ' '));
  t.match(
    lines.find((line) => line.endsWith('/conmon')),
    /^-rwxr-xr-x /,
  );
  t.same(readFileSync(archive).subarray(3, 8), Buffer.alloc(5), 'no name and no time of the compression: RFC 1952');
});

t.test('the same sources give the same bytes', async (t) => {
  const directory = emptyDirectory(t);
  const output = execFileSync(process.execPath, maker('release', '--output', directory), { encoding: 'utf8' });
  const again = output.trimEnd().split('\n');
  t.equal(again.length, files.length);
  for (const path of again)
    t.ok(readFileSync(path).equals(readFileSync(path.replace(directory, join(archive, '..')))), path);
});

t.test('a directory that contains other files is not replaced', async (t) => {
  const directory = emptyDirectory(t);
  writeFileSync(join(directory, 'mine'), '');
  const { status, stderr } = spawnSync(process.execPath, maker('release', '--output', directory), { encoding: 'utf8' });
  t.equal(status, 1);
  t.match(stderr, /contains other files/);
  t.same(readdirSync(directory), ['mine']);
});

/** Status and stderr of a release for another platform. */
function refusalFor(target: string): string {
  const { status, stderr } = spawnSync(process.execPath, maker('release', '--target', target), { encoding: 'utf8' });
  return `${status}: ${stderr}`;
}

t.test('an unknown platform is refused', async (t) => {
  t.match(refusalFor('sparc64-unknown-linux-gnu'), /^1: [^]*unknown target sparc64/);
});

/** Enough to find chroot(1), which finds nothing by it in there. */
const BARE = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
const EMPTY_ROOT = needs('root', 'unshare', 'nsenter', 'busybox', 'miniruntime');

t.test('in an empty root', EMPTY_ROOT, async (t) => {
  const root = emptyDirectory(t);
  copyFileSync(join(unpacked(t), 'conmon'), join(root, 'conmon'));
  const alone = (...args: readonly string[]) => command(['chroot', root, '/conmon', ...args], { env: BARE });

  await t.test('it runs with no other file in the root', async (t) => {
    const { code, text } = await alone('--version');
    t.equal(code, 0);
    t.match(text, `commit: conmon-node-${version}-`);
    const refused = await alone('-c', 'id', '-u', 'uuid', '-r', '/no/runtime');
    t.equal(refused.code, 1);
    t.match(refused.stderr, 'Runtime path /no/runtime is not valid');
  });

  await t.test('without /proc it names the missing file', async (t) => {
    layContainer(root);
    const { code, stderr } = await alone(...CONTAINER);
    t.equal(code, 1);
    t.match(stderr, /\/proc\/self\/fd: No such file/);
  });

  await t.test('with /proc it monitors a container', async (t) => {
    const namespace = await enterNamespace(`mkdir ${root}/proc`, `mount -t proc proc ${root}/proc`);
    t.teardown(() => {
      killAllOf('/name-of-the-empty-root');
      namespace.leave();
    });
    const within = (...words: readonly string[]) => [...namespace.prefix, '/', 'chroot', root, ...words];
    const [program = '', ...args] = within('/conmon', ...CONTAINER);
    const monitor = spawn(program, args, { stdio: 'ignore', env: BARE });
    const ended = new Promise((resolve) => monitor.once('exit', resolve));
    await until('the container is there', () => existsSync(join(root, 'pidfile')));
    t.equal((await command(within('/miniruntime', 'start', ID), { env: BARE })).code, 0);
    t.equal(await ended, 3, 'the status of the container');
    t.equal(readFileSync(join(root, 'exits', ID), 'utf8'), '3');
    t.match(readFileSync(join(root, 'log'), 'utf8'), /^\S+ stdout F hello\n\S+ stderr P end\n$/);
  });
});

const ID = 'name-of-the-empty-root';
const CONTAINER = ['--sync', '-c', ID, '-u', 'uuid', '-r', '/miniruntime', '-b', '/bundle', '-p', '/pidfile'].concat([
  '-l',
  'k8s-file:/log',
  '--exit-dir',
  '/exits',
  '--full-attach',
]);

/** A runtime and a program to run, both static; a bundle. */
function layContainer(root: string): void {
  copyFileSync(MINIRUNTIME, join(root, 'miniruntime'));
  copyFileSync(which('busybox') ?? '', join(root, 'busybox'));
  for (const directory of ['bundle', 'exits']) mkdirSync(join(root, directory));
  const args = ['/busybox', 'sh', '-c', 'echo hello; printf end >&2; exit 3'];
  const spec = { ociVersion: '1.0.0', process: { args, cwd: '/', env: ['PATH=/'] }, root: { path: '/' } };
  writeFileSync(join(root, 'bundle/config.json'), JSON.stringify(spec));
}
