/** Installed with npm by a user who has only the packages. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import PLATFORMS from '../../ts/node/platforms.json' with { type: 'json' };
import { needs } from '../support/needs.js';
import { IMAGE, Podman } from '../support/podman.js';
import { emptyDirectory, packed, tarball } from './packed.js';
import { registry } from './registry.js';
import { commandsReport, commandsWork, stranger } from './stranger.js';

const { main, platform } = packed();
const { version } = main.manifest;
const NATIVE = platform.manifest.name;
const PODMAN = needs('root', 'podman', 'crun', 'busybox', 'unshare', 'nsenter');

t.test('the two files are enough: npm i -g of them, without a network', async (t) => {
  const user = stranger(t);
  const prefix = join(user.directory, 'prefix');
  await user.ok('npm', 'install', '--global', '--prefix', prefix, main.path, platform.path);
  t.same(readdirSync(join(prefix, 'bin')).toSorted(), ['conmon', 'conmon-node', 'conmonctl']);
  await commandsWork(t, user, join(prefix, 'bin'), version);
  await t.test('podman runs containers with the installed package', PODMAN, async (t) => {
    process.env['PATH'] = user.env['PATH'];
    for (const name of ['conmon', 'conmon-node']) {
      const podman = await Podman.setUp(join(prefix, 'bin', name));
      t.teardown(() => podman.tearDown());
      const info = await podman.ok('info', '--format', '{{.Host.Conmon.Path}} {{.Host.Conmon.Version}}');
      t.match(info, new RegExp(`^${prefix}/bin/${name} conmon version \\d.*, commit: conmon-node-${version}-`));
      const args = ['--rm', '--runtime', 'crun', IMAGE, 'sh', '-c', 'echo out; echo err >&2; exit 7'];
      const { code, text, stderr } = await podman.run(['run', '--log-driver', 'k8s-file', ...args]);
      t.strictSame({ code, text, stderr }, { code: 7, text: 'out\n', stderr: 'err\n' }, name);
    }
  });
});

t.test('from a registry, globally', async (t) => {
  const user = stranger(t, await registry(t, [main, platform]));
  const prefix = join(user.directory, 'prefix');
  await user.ok('npm', 'install', '--global', '--prefix', prefix, 'conmon-node');
  await commandsWork(t, user, join(prefix, 'bin'), version);
  const man = main.files.filter((path) => path.startsWith('man/'));
  for (const path of man) t.ok(existsSync(join(prefix, 'share/man', `man${path.at(-1)}`, path.slice(4))), path);
});

const IMPORTS = {
  'an ECMAScript module': ['esm.mjs', "import * as conmon from 'conmon-node';"],
  'a CommonJS module, where Node can require such a package': ['cjs.cjs', "const conmon = require('conmon-node');"],
  'a CommonJS module, by import()': ['later.cjs', "import('conmon-node').then((conmon) => {", '});'],
} as const;

t.test('npm installs it in a project', async (t) => {
  const user = stranger(t, await registry(t, [main, platform]));
  await user.ok('npm', 'install', 'conmon-node');
  const bin = join(user.project, 'node_modules/.bin');
  await commandsWork(t, user, bin, version);
  t.match(await user.ok('npx', '--no-install', 'conmon', '--version'), `commit: conmon-node-${version}-`, 'npx');

  for (const [title, [file, head, foot = '']] of Object.entries(IMPORTS)) {
    const cannot = file === 'cjs.cjs' && Reflect.get(process.features, 'require_module') !== true;
    await t.test(`imported by ${title}`, cannot ? { skip: 'this Node cannot' } : {}, async (t) => {
      const body = `
        const path = conmon.executable((name) => process.env[name]);
        const { refusal } = conmon.plan([]);
        console.log(JSON.stringify({ path, refusal: refusal.stderr }));`;
      writeFileSync(join(user.project, file), `${head}${body}${foot}`);
      const said = JSON.parse(await user.ok('node', file));
      t.equal(said.path, join(realpathSync(user.project), 'node_modules', NATIVE, 'conmon'));
      t.match(said.refusal, 'Container ID not provided');
    });
  }

  await t.test('the addon is loaded from the package of the platform', async (t) => {
    const code = `import { attach } from 'conmon-node';
      await attach('/no/such/socket').catch((error) => console.log(error.name, error.message));`;
    t.match(await user.ok('node', '--input-type=module', '--eval', code), /^AttachError .*\/no\/such\/socket/);
  });

  await t.test('CONMON_BINARY names another executable', async (t) => {
    const other = join(user.directory, 'other');
    writeFileSync(other, '#!/bin/sh\necho "another: $*"\n');
    chmodSync(other, 0o755);
    const { text } = await user.run([join(bin, 'conmon'), '-x'], { env: { CONMON_BINARY: other } });
    t.equal(text, 'another: -x\n');
  });
});

t.test('below a project that has another version, each finds its own', async (t) => {
  const old = await olderNative(t);
  const user = stranger(t, await registry(t, [main, platform, old]));
  await user.ok('npm', 'install', `${NATIVE}@${old.manifest.version}`, 'conmon-node');
  t.ok(existsSync(join(user.project, 'node_modules/conmon-node/node_modules', NATIVE)), 'it is nested');
  await commandsWork(t, user, join(user.project, 'node_modules/.bin'), version);
});

t.test('without optional dependencies every command reports what is missing and what to do', async (t) => {
  const user = stranger(t, await registry(t, [main, platform]));
  await user.ok('npm', 'install', '--omit=optional', 'conmon-node');
  const bin = join(user.project, 'node_modules/.bin');
  const place = join(realpathSync(user.project), 'node_modules/conmon-node');
  const advice = `${NATIVE} was looked for from ${place}, and is not installed.*--omit=optional.*`;
  await commandsReport(t, user, bin, new RegExp(`${advice}npm install --include=optional conmon-node.*CONMON_BINARY`));
  const code = `import { attach } from 'conmon-node';
    await attach('/x').catch((error) => console.log(error.message));`;
  t.match(await user.ok('node', '--input-type=module', '--eval', code), new RegExp(advice));
  await user.ok('npm', 'install', '--include=optional', 'conmon-node');
  await commandsWork(t, user, bin, version);
});

t.test('npm takes the package for the C library', async (t) => {
  const other = PLATFORMS.find(({ cpu, libc }) => cpu === process.arch && libc === 'musl');
  if (other === undefined) throw new Error('there is none for musl');
  const stub = await stubOf(t, other);
  const user = stranger(t, await registry(t, [main, platform, stub]));
  const modules = join(user.project, 'node_modules');
  const installed = () => [NATIVE, other.package].filter((name) => existsSync(join(modules, name, 'conmon')));
  await user.ok('npm', 'install', '--os=linux', '--libc=musl', 'conmon-node');
  t.same(installed(), [other.package]);
  t.equal(await user.ok(join(modules, '.bin/conmon'), '--version'), 'not this one', 'bin/conmon takes what is there');
  await user.ok('npm', 'install', '--os=linux', '--libc=glibc', 'conmon-node');
  t.same(installed(), [NATIVE]);
});

t.test('a node_modules that was copied from another platform is named', async (t) => {
  const { other, stub } = await nativeOfAnotherPlatform(t);
  const user = stranger(t, await registry(t, [main, platform, stub]));
  await user.ok('npm', 'install', '--omit=optional', 'conmon-node');
  await user.ok('npm', 'install', '--no-save', '--force', '--omit=optional', `--cpu=${other.cpu}`, other.package);
  const bin = join(user.project, 'node_modules/.bin');
  await commandsReport(
    t,
    user,
    bin,
    new RegExp(`${NATIVE} was looked for.*${other.package}.*copied from another platform`),
  );
});

/** A package like ours of a platform, with other contents. */
async function pack(t: Test, manifest: Readonly<Record<string, unknown>>) {
  const directory = emptyDirectory(t);
  mkdirSync(join(directory, 'in'));
  writeFileSync(join(directory, 'in/package.json'), JSON.stringify(manifest));
  writeFileSync(join(directory, 'in/conmon'), '#!/bin/sh\necho "not this one"\n', { mode: 0o755 });
  execFileSync('npm', ['pack', '--pack-destination', directory], { cwd: join(directory, 'in'), stdio: 'ignore' });
  const name = readdirSync(directory).find((each) => each.endsWith('.tgz'));
  return tarball(join(directory, String(name)));
}

async function olderNative(t: Test) {
  return pack(t, { ...platform.manifest, version: '0.0.1', files: ['conmon'] });
}

async function nativeOfAnotherPlatform(t: Test) {
  const other = PLATFORMS.find((each) => each.package !== NATIVE);
  if (other === undefined) throw new Error('there is only one platform');
  return { other, stub: await stubOf(t, other) };
}

async function stubOf(t: Test, { package: name, os, cpu, libc }: (typeof PLATFORMS)[number]) {
  return pack(t, { name, version, os: [os], cpu: [cpu], libc: [libc], files: ['conmon'] });
}
