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
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'conmon launchers-')));
  t.teardown(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'pkg/bin'), { recursive: true });
  mkdirSync(join(directory, 'pkg/dist/native'), { recursive: true });
  for (const name of ['conmon', 'conmon-node', 'package.json']) {
    copyFileSync(join(ROOT, 'bin', name), join(directory, 'pkg/bin', name));
  }
  if (binary !== null) writeFileSync(join(directory, 'pkg/dist/native/conmon'), binary, { mode: 0o755 });
  return directory;
}

const ECHO = '#!/bin/sh\nprintf "<%s>" "$@"\n';

t.test('bin/conmon passes its arguments on unchanged', async (t) => {
  const directory = installation(t, ECHO);
  const { stdout, status } = spawnSync(join(directory, 'pkg/bin/conmon'), ['a b', '', '$x', '--', "'"]);
  t.equal(String(stdout), "<a b><><$x><--><'>");
  t.equal(status, 0);
});

t.test('bin/conmon is found through symbolic links, relative and absolute', async (t) => {
  const directory = installation(t, ECHO);
  mkdirSync(join(directory, 'usr/bin'), { recursive: true });
  symlinkSync('../../pkg/bin/conmon', join(directory, 'usr/bin/relative'));
  symlinkSync(join(directory, 'usr/bin/relative'), join(directory, 'absolute'));
  for (const path of ['usr/bin/relative', 'absolute']) {
    t.equal(String(spawnSync(join(directory, path), ['x']).stdout), '<x>', path);
  }
});

t.test('bin/conmon is found when it is called by a bare name in its own directory', async (t) => {
  const directory = installation(t, ECHO);
  const { stdout } = spawnSync('/bin/sh', ['conmon', 'x'], { cwd: join(directory, 'pkg/bin') });
  t.equal(String(stdout), '<x>');
});

t.test('bin/conmon leaves descriptors and environment alone, and its status is that of the executable', async (t) => {
  const directory = installation(t, '#!/bin/sh\necho "$MARK" >&3\nexit 42\n');
  const { status, output } = spawnSync(join(directory, 'pkg/bin/conmon'), {
    env: { ...process.env, MARK: 'here' },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  t.equal(status, 42);
  t.equal(String(output[3]), 'here\n');
});

/** The platform's package of this machine, and another. */
const HERE = PLATFORMS.find(({ os, cpu }) => os === process.platform && cpu === process.arch)?.package ?? 'none';
const ELSEWHERE = PLATFORMS.find((platform) => platform.package !== HERE)?.package ?? 'none';

/** Puts a platform's package into a directory of packages. */
function bring(directory: string, name: string, binary = ECHO): void {
  mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(directory, name, 'package.json'), JSON.stringify({ name }));
  writeFileSync(join(directory, name, 'conmon'), binary, { mode: 0o755 });
}

/** An installed package, below a directory with this path. */
function installed(t: Test, path: string): { directory: string; script: string; node: string } {
  const root = installation(t, null);
  const directory = join(root, path);
  mkdirSync(join(directory, '..'), { recursive: true });
  renameSync(join(root, 'pkg'), directory);
  copyFileSync(join(ROOT, 'package.json'), join(directory, 'package.json'));
  copyFileSync(join(ROOT, 'dist/conmon-node.cjs'), join(directory, 'dist/conmon-node.cjs'));
  return { directory, script: join(directory, 'bin/conmon'), node: join(directory, 'bin/conmon-node') };
}

const LAYOUTS = {
  'nested below it': { at: 'lib/node_modules/conmon-node', packages: 'lib/node_modules/conmon-node/node_modules' },
  'hoisted beside it': { at: 'node_modules/conmon-node', packages: 'node_modules' },
  'hoisted past other directories': { at: 'node_modules/a/node_modules/conmon-node', packages: 'node_modules' },
  'beside it in a store': {
    at: 'node_modules/.pnpm/conmon-node@2/node_modules/conmon-node',
    packages: 'node_modules/.pnpm/conmon-node@2/node_modules',
  },
} as const;

for (const [title, layout] of Object.entries(LAYOUTS)) {
  t.test(`bin/conmon finds the package of this platform ${title}`, async (t) => {
    const { directory, script } = installed(t, layout.at);
    const root = directory.slice(0, -layout.at.length);
    bring(join(root, layout.packages), HERE);
    t.equal(String(spawnSync(script, ['x']).stdout), '<x>');
    symlinkSync(directory, join(root, 'link'));
    t.equal(String(spawnSync(join(root, 'link/bin/conmon'), ['x']).stdout), '<x>', 'through a linked directory');
    symlinkSync('link/bin/conmon', join(root, 'conmon'));
    t.equal(String(spawnSync('./conmon', ['x'], { cwd: root }).stdout), '<x>', 'through both');
  });
}

t.test('CONMON_BINARY takes precedence, then the build, then the package of the platform', async (t) => {
  const { directory, script } = installed(t, 'node_modules/conmon-node');
  const printing = (word: string) => `#!/bin/sh\necho ${word}\n`;
  const run = (env: NodeJS.ProcessEnv = {}) => String(spawnSync(script, { env: { ...process.env, ...env } }).stdout);
  bring(join(directory, '..'), HERE, printing('package'));
  t.equal(run(), 'package\n');
  mkdirSync(join(directory, 'dist/native'), { recursive: true });
  writeFileSync(join(directory, 'dist/native/conmon'), printing('built'), { mode: 0o755 });
  t.equal(run(), 'built\n');
  writeFileSync(join(directory, 'named'), printing('named'), { mode: 0o755 });
  t.equal(run({ CONMON_BINARY: join(directory, 'named') }), 'named\n');
  t.equal(run({ CONMON_BINARY: '' }), 'built\n', 'an empty one names nothing');
  t.equal(run({ CONMON_BINARY: script }), 'built\n', 'it does not execute itself');
});

t.test('without the executable, both launchers report what was looked for and what to do', async (t) => {
  const { directory, script, node } = installed(t, 'node_modules/conmon-node');
  const refused = (words: RegExp, env: NodeJS.ProcessEnv = {}) => {
    for (const path of [script, node]) {
      const argv = ['-c', 'id', '-u', 'uuid', '-r', '/bin/true', '-l', 'none'];
      const { status, stderr } = spawnSync(path, argv, { env: { PATH: process.env['PATH'], ...env } });
      t.equal(status, 1, path);
      t.match(String(stderr), words, path);
    }
  };
  refused(/cannot execute the monitor \/no\/such: CONMON_BINARY names it/, { CONMON_BINARY: '/no/such' });
  refused(new RegExp(`${HERE} was looked for from ${directory}.*not installed[^]*--omit=optional[^]*CONMON_BINARY`));
  bring(join(directory, '..'), ELSEWHERE);
  refused(new RegExp(`${HERE} was looked for.*[^]*${ELSEWHERE}.*copied from another platform`));
  bring(join(directory, '..'), HERE);
  chmodSync(join(directory, '..', HERE, 'conmon'), 0o644);
  refused(/cannot execute the monitor .*\/conmon: its execute permission is missing.*install it again/);
  rmSync(join(directory, '..', HERE), { recursive: true });
  writeFileSync(join(directory, 'Cargo.toml'), '');
  refused(/dist\/native\/conmon is not built: make it with `npm run build`/);
});

t.test('bin/conmon knows every platform that has a package', async (t) => {
  const text = readFileSync(join(ROOT, 'bin/conmon'), 'utf8');
  for (const { machine, package: name } of PLATFORMS) {
    t.match(text, `${machine}) native=${name.replace(/-(gnu|musl)$/, '')} ;;`);
  }
  const [, others] = /for other in (.*); do/.exec(text) ?? [];
  t.same(
    others?.split(' '),
    PLATFORMS.map((platform) => platform.package),
  );
});

t.test('bin/conmon takes the package for the other C library, whose executable is static too', async (t) => {
  const { directory, script } = installed(t, 'node_modules/conmon-node');
  bring(join(directory, '..'), HERE.replace(/-gnu$/, '-musl'));
  t.equal(String(spawnSync(script, ['x']).stdout), '<x>');
});
