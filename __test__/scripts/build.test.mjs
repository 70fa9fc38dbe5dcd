import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { basename } from 'node:path';
import t from 'tap';
import { isInstalled, missingTools } from '../../scripts/install.mjs';
import { at, isInPath, must, run, writeIfChanged } from '../../scripts/project.mjs';

t.test('a file is replaced by a new one, not written over, and only if it differs', async (t) => {
  const directory = t.testdir({ file: 'old' });
  const path = `${directory}/file`;
  const inode = () => statSync(path).ino;
  const before = inode();
  await writeIfChanged(path, 'old');
  t.equal(inode(), before, 'the same content');
  await writeIfChanged(path, 'new', 0o755);
  t.not(inode(), before);
  t.equal(readFileSync(path, 'utf8'), 'new');
  t.equal(statSync(path).mode & 0o777, 0o755);
});

t.test('a file that cannot be replaced stays, and nothing is left beside it', async (t) => {
  const directory = t.testdir({ file: { below: 'it is a directory' } });
  await t.rejects(writeIfChanged(`${directory}/file`, 'new'), { code: 'EISDIR' });
  t.same(readdirSync(directory), ['file']);
});

t.test('packages are installed when they are those of the lock file', async (t) => {
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/b-other-platform': { version: '1.0.0', optional: true },
  };
  t.equal(isInstalled(wanted, { 'node_modules/a': { integrity: 'x' } }), true);
  t.equal(isInstalled(wanted, { 'node_modules/a': { integrity: 'y' } }), false);
  t.equal(isInstalled(wanted, {}), false);
});

t.test('tools that are missing are named, with what installs them', async (t) => {
  t.same(await missingTools(process.version, process.env['PATH']), []);
  t.match(await missingTools('v18.20.0', ''), [
    /Node\.js 20 .*v18\.20\.0.*nodejs\.org/,
    /^cargo .*rustup/,
    /^cc .*gcc/,
  ]);
});

t.test('how a program ended is its status, 128 and its signal, or 127 if there is none', async (t) => {
  t.match(await run('sh', ['-c', 'echo out; echo err >&2; exit 3']), { status: 3, stdout: 'out\n', stderr: 'err\n' });
  t.match(await run('sh', ['-c', 'kill -9 $$']), { status: 137 });
  t.match(await run('no-such-program', []), { status: 127, stderr: /^cannot start no-such-program: / });
});

t.test('a program that must succeed is named with what it printed when it fails', async (t) => {
  t.equal(await must('echo', ['a']), 'a\n');
  await t.rejects(must('sh', ['-c', 'echo why >&2; exit 3']), { name: 'Problem', message: /exit 3\n.* 3:\nwhy/ });
});

t.test('a program is looked for in PATH, and must be executable', async (t) => {
  const directory = t.testdir({ program: '' });
  t.equal(await isInPath('program', directory), false);
  chmodSync(`${directory}/program`, 0o755);
  t.equal(await isInPath('program', directory), true);
  t.equal(await isInPath('program', ''), false);
});

t.test('a machine that is not in the list is refused with those that are', async (t) => {
  const { status, stderr } = await run(process.execPath, [at('scripts', 'build.mjs'), 'vax']);
  t.equal(status, 1);
  t.match(stderr, /unknown cpu vax; known are x64, arm64, x64-musl, arm64-musl, riscv64, armhf, ppc64le, s390x/);
});

for (const [cpu, packages] of Object.entries({
  arm64: 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
  armhf: 'gcc-arm-linux-gnueabihf libc6-dev-armhf-cross',
  ppc64le: 'gcc-powerpc64le-linux-gnu libc6-dev-ppc64el-cross',
})) {
  t.test(`without a compiler for ${cpu} the packages that have it are named`, async (t) => {
    const directory = t.testdir();
    const programs = (await must('which', ['cargo', 'cc', 'node', 'npm', 'rustc'])).trimEnd().split('\n');
    for (const path of programs) symlinkSync(path, `${directory}/${basename(path)}`);
    const options = { env: { ...process.env, PATH: directory } };
    const { status, stderr } = await run(process.execPath, [at('scripts', 'build.mjs'), cpu], options);
    t.equal(status, 1);
    t.match(stderr, `missing packages: ${packages}\n`);
  });
}
