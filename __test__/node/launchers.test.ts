import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import PLATFORMS from '../../ts/node/platforms.json' with { type: 'json' };
import { ROOT } from './root.js';

/** An installation with a program in place of the executable, unless `binary` is null. */
function installation(t: Test, binary: string | null): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'conmon launchers-')));
  t.teardown(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'pkg/bin'), { recursive: true });
  mkdirSync(join(folder, 'pkg/dist/native'), { recursive: true });
  for (const name of ['conmon', 'conmon-node', 'package.json']) {
    copyFileSync(join(ROOT, 'bin', name), join(folder, 'pkg/bin', name));
  }
  if (binary !== null) writeFileSync(join(folder, 'pkg/dist/native/conmon'), binary, { mode: 0o755 });
  return folder;
}

const ECHO = '#!/bin/sh\nprintf "<%s>" "$@"\n';

t.test('bin/conmon hands on its arguments as they are', async (t) => {
  const folder = installation(t, ECHO);
  const { stdout, status } = spawnSync(join(folder, 'pkg/bin/conmon'), ['a b', '', '$x', '--', "'"]);
  t.equal(String(stdout), "<a b><><$x><--><'>");
  t.equal(status, 0);
});

t.test('bin/conmon is found through symbolic links, relative and absolute', async (t) => {
  const folder = installation(t, ECHO);
  mkdirSync(join(folder, 'usr/bin'), { recursive: true });
  symlinkSync('../../pkg/bin/conmon', join(folder, 'usr/bin/relative'));
  symlinkSync(join(folder, 'usr/bin/relative'), join(folder, 'absolute'));
  for (const path of ['usr/bin/relative', 'absolute']) {
    t.equal(String(spawnSync(join(folder, path), ['x']).stdout), '<x>', path);
  }
});

t.test('bin/conmon is found when it is called by a bare name in its own folder', async (t) => {
  const folder = installation(t, ECHO);
  const { stdout } = spawnSync('/bin/sh', ['conmon', 'x'], { cwd: join(folder, 'pkg/bin') });
  t.equal(String(stdout), '<x>');
});

t.test('bin/conmon leaves descriptors and environment alone, and its status is that of the executable', async (t) => {
  const folder = installation(t, '#!/bin/sh\necho "$MARK" >&3\nexit 42\n');
  const { status, output } = spawnSync(join(folder, 'pkg/bin/conmon'), {
    env: { ...process.env, MARK: 'here' },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  t.equal(status, 42);
  t.equal(String(output[3]), 'here\n');
});

/** The platform's package of this machine, and another. */
const HERE = PLATFORMS.find(({ os, cpu }) => os === process.platform && cpu === process.arch)?.package ?? 'none';
const ELSEWHERE = PLATFORMS.find((platform) => platform.package !== HERE)?.package ?? 'none';

/** Puts a platform's package into a folder of packages. */
function bring(folder: string, name: string, binary = ECHO): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'package.json'), JSON.stringify({ name }));
  writeFileSync(join(folder, name, 'conmon'), binary, { mode: 0o755 });
}

/** An installed package, below a folder with this path. */
function installed(t: Test, path: string): { folder: string; door: string; node: string } {
  const root = installation(t, null);
  const folder = join(root, path);
  mkdirSync(join(folder, '..'), { recursive: true });
  renameSync(join(root, 'pkg'), folder);
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  copyFileSync(join(ROOT, 'dist/conmon-node.cjs'), join(folder, 'dist/conmon-node.cjs'));
  return { folder, door: join(folder, 'bin/conmon'), node: join(folder, 'bin/conmon-node') };
}

const LAYOUTS = {
  'nested below it': { at: 'lib/node_modules/conmon-node', packages: 'lib/node_modules/conmon-node/node_modules' },
  'hoisted beside it': { at: 'node_modules/conmon-node', packages: 'node_modules' },
  'hoisted past other folders': { at: 'node_modules/a/node_modules/conmon-node', packages: 'node_modules' },
  'beside it in a store': {
    at: 'node_modules/.pnpm/conmon-node@2/node_modules/conmon-node',
    packages: 'node_modules/.pnpm/conmon-node@2/node_modules',
  },
} as const;

for (const [title, layout] of Object.entries(LAYOUTS)) {
  t.test(`bin/conmon finds the package of this platform ${title}`, async (t) => {
    const { folder, door } = installed(t, layout.at);
    const root = folder.slice(0, -layout.at.length);
    bring(join(root, layout.packages), HERE);
    t.equal(String(spawnSync(door, ['x']).stdout), '<x>');
    symlinkSync(folder, join(root, 'link'));
    t.equal(String(spawnSync(join(root, 'link/bin/conmon'), ['x']).stdout), '<x>', 'through a linked folder');
    symlinkSync('link/bin/conmon', join(root, 'conmon'));
    t.equal(String(spawnSync('./conmon', ['x'], { cwd: root }).stdout), '<x>', 'through both');
  });
}

t.test('CONMON_BINARY comes first, what was built second, the package of the platform last', async (t) => {
  const { folder, door } = installed(t, 'node_modules/conmon-node');
  const says = (word: string) => `#!/bin/sh\necho ${word}\n`;
  const run = (env: NodeJS.ProcessEnv = {}) => String(spawnSync(door, { env: { ...process.env, ...env } }).stdout);
  bring(join(folder, '..'), HERE, says('package'));
  t.equal(run(), 'package\n');
  mkdirSync(join(folder, 'dist/native'), { recursive: true });
  writeFileSync(join(folder, 'dist/native/conmon'), says('built'), { mode: 0o755 });
  t.equal(run(), 'built\n');
  writeFileSync(join(folder, 'named'), says('named'), { mode: 0o755 });
  t.equal(run({ CONMON_BINARY: join(folder, 'named') }), 'named\n');
  t.equal(run({ CONMON_BINARY: '' }), 'built\n', 'an empty one names nothing');
  t.equal(run({ CONMON_BINARY: door }), 'built\n', 'it does not execute itself');
});

t.test('without the executable, both launchers say what was looked for and what to do', async (t) => {
  const { folder, door, node } = installed(t, 'node_modules/conmon-node');
  const refused = (words: RegExp, env: NodeJS.ProcessEnv = {}) => {
    for (const path of [door, node]) {
      const argv = ['-c', 'id', '-u', 'uuid', '-r', '/bin/true', '-l', 'none'];
      const { status, stderr } = spawnSync(path, argv, { env: { PATH: process.env['PATH'], ...env } });
      t.equal(status, 1, path);
      t.match(String(stderr), words, path);
    }
  };
  refused(/no executable \/no\/such: CONMON_BINARY names it/, { CONMON_BINARY: '/no/such' });
  refused(new RegExp(`${HERE} was looked for from ${folder}.*not installed[^]*--omit=optional[^]*CONMON_BINARY`));
  bring(join(folder, '..'), ELSEWHERE);
  refused(new RegExp(`${HERE} was looked for.*[^]*${ELSEWHERE}.*copied from another platform`));
  bring(join(folder, '..'), HERE);
  chmodSync(join(folder, '..', HERE, 'conmon'), 0o644);
  refused(/no executable .*\/conmon: it has lost its mode.*install it again/);
  rmSync(join(folder, '..', HERE), { recursive: true });
  writeFileSync(join(folder, 'Cargo.toml'), '');
  refused(/no .*dist\/native\/conmon: make it with `npm run build`/);
});

t.test('bin/conmon knows every platform that has a package', async (t) => {
  const text = readFileSync(join(ROOT, 'bin/conmon'), 'utf8');
  for (const { machine, package: name } of PLATFORMS) t.match(text, `${machine}) native=${name} ;;`);
  const [, others] = /for other in (.*); do/.exec(text) ?? [];
  t.same(
    others?.split(' '),
    PLATFORMS.map((platform) => platform.package),
  );
});
