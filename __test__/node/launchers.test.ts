import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
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

t.test('without the executable, the launchers say what to do', async (t) => {
  const folder = installation(t, null);
  for (const name of ['conmon', 'conmon-node']) {
    const { status, stderr } = spawnSync(join(folder, 'pkg/bin', name), ['--version']);
    t.equal(status, 1, name);
    t.match(String(stderr), /npm run build/, name);
  }
});
