/** With a Node that uses musl, as on Alpine: the package for musl brings the addon that is loaded, beside that for glibc too. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import PLATFORMS from '../../ts/node/platforms.json' with { type: 'json' };
import { needs } from '../support/needs.js';
import { IMAGE, Podman } from '../support/podman.js';
import { ROOT } from '../support/target.js';
import { emptyDirectory, maker, packed, tarball } from './packed.js';
import { commandsWork, stranger } from './stranger.js';

const { main, platform } = packed();
const MUSL = PLATFORMS.find(({ libc, cpu }) => libc === 'musl' && cpu === process.arch);
const NODE = `${ROOT}target/musl-node/${process.arch}/bin`;
const BUILT = `${ROOT}dist/cross/${MUSL?.release}-musl/conmon.node`;
const PODMAN = needs('root', 'podman', 'crun', 'busybox');

/** Neither is made by `npm run build` or needed by it, so that CI may do without. */
function why(): { skip?: string } {
  if (!existsSync(BUILT)) return { skip: `not built: npm run build:cross -- ${process.arch}-musl` };
  return existsSync(`${NODE}/node`) ? {} : { skip: `no Node for musl: scripts/musl-node.sh ${process.arch}` };
}

const ATTACH = `import { attach } from 'conmon-node';
  await attach('/no/such').catch((error) => console.log(error.name, error.message));`;

/** Packages where npm puts them, and a user whose Node uses musl. */
function installed(t: Test, paths: readonly string[]) {
  const user = stranger(t);
  const modules = join(user.project, 'node_modules');
  for (const path of paths) {
    const place = join(modules, tarball(path).manifest.name);
    mkdirSync(place, { recursive: true });
    execFileSync('tar', ['-xzf', path, '-C', place, '--strip-components=1']);
  }
  Object.assign(user.env, { PATH: `${NODE}:${user.env['PATH']}` });
  return { user, modules, bin: join(modules, 'conmon-node/bin') };
}

t.test('the packages work in a Node with musl', why(), async (t) => {
  const directory = emptyDirectory(t);
  execFileSync(process.execPath, [...maker('pack', '--target', MUSL?.target ?? '', '--output', directory)]);
  const name = readdirSync(directory).find((each) => each.endsWith('.tgz')) ?? 'none';
  const musl = join(directory, name);

  await t.test('its package is for musl, and has the executable of that for glibc', async (t) => {
    const { manifest, files } = tarball(musl);
    t.match(manifest, { name: MUSL?.package, os: ['linux'], cpu: [process.arch], libc: ['musl'] });
    for (const file of ['conmon', 'conmon.node', 'miniruntime', 'THIRD-PARTY-NOTICES'])
      t.ok(files.includes(file), file);
    const of = (path: string, file: string) =>
      execFileSync('tar', ['-xzOf', path, `package/${file}`], { maxBuffer: 1 << 26 });
    for (const file of ['conmon', 'miniruntime']) t.ok(of(musl, file).equals(of(platform.path, file)), file);
    t.notOk(of(musl, 'conmon.node').includes('GLIBC_'), 'the addon has no symbol of glibc');
    t.notOk(of(musl, 'conmon.node').includes('libgcc_s'), 'and needs no library that Alpine lacks');
  });

  for (const [title, paths] of Object.entries({ alone: [musl], 'beside that for glibc': [platform.path, musl] })) {
    await t.test(`the package ${title}: commands and library work`, async (t) => {
      const { user, bin } = installed(t, [main.path, ...paths]);
      t.equal(await user.ok('node', '-p', 'process.report.getReport().header.glibcVersionRuntime'), 'undefined');
      await commandsWork(t, user, bin, main.manifest.version);
      t.match(await user.ok('node', '--input-type=module', '--eval', ATTACH), /^AttachError .*\/no\/such/);
    });
  }

  await t.test(
    'the package for glibc alone: the executable runs, and why the addon does not load is reported',
    async (t) => {
      const { user, bin } = installed(t, [main.path, platform.path]);
      t.match(await user.ok(join(bin, 'conmon'), '--version'), `commit: conmon-node-${main.manifest.version}-`);
      const words = /cannot load the addon .*: it needs glibc, and this Node uses musl; build or install it again/;
      t.match(await user.ok('node', '--input-type=module', '--eval', ATTACH), words);
    },
  );

  await t.test('Podman runs containers with conmon-node', PODMAN, async (t) => {
    const { user, bin } = installed(t, [main.path, musl]);
    process.env['PATH'] = user.env['PATH'];
    const podman = await Podman.setUp(join(bin, 'conmon-node'));
    t.teardown(() => podman.tearDown());
    const args = ['--rm', '--runtime', 'crun', IMAGE, 'sh', '-c', 'echo out; echo err >&2; exit 7'];
    const { code, text, stderr } = await podman.run(['run', '--log-driver', 'k8s-file', ...args]);
    t.strictSame({ code, text, stderr }, { code: 7, text: 'out\n', stderr: 'err\n' });
  });
});
