import { type Stats, writeFileSync } from 'node:fs';
import t from 'tap';
import { paint } from '../../ts/ctl/paint.js';
import { dropInText, readDropIn, writeDropIn } from '../../ts/ctl/setup/drop-in.js';
import { setup } from '../../ts/ctl/setup/setup.js';
import type { Answer, ManagerConfig } from '../../ts/ctl/setup/manager.js';
import { whyNotTrusted } from '../../ts/ctl/setup/trusted.js';

/** Owner, group and mode by path; the rest is root's. */
function look(places: Readonly<Record<string, readonly [uid: number, gid: number, mode: number]>>) {
  return (path: string): Stats => {
    const [uid, gid, mode] = places[path] ?? [0, 0, 0o755];
    return { uid, gid, mode } as Stats;
  };
}

void t.test('a file is trusted only if nobody but root can replace it', async (t) => {
  for (const [rule, places, why] of [
    ['root alone', {}, undefined],
    ["root's own group", { '/opt': [0, 0, 0o775] }, undefined],
    ['a sticky directory of everybody', { '/opt': [0, 0, 0o1777] }, undefined],
    ['the file of a user', { '/opt/x/conmon': [1000, 0, 0o755] }, /conmon belongs to user 1000/],
    ['a directory of a user', { '/opt': [1000, 0, 0o755] }, /\/opt belongs to user 1000/],
    ['a directory that any user can write to', { '/opt/x': [0, 0, 0o777] }, /any user can write to \/opt\/x/],
    [
      'a file that any user can write to, in a sticky directory',
      { '/opt/x': [0, 0, 0o1777], '/opt/x/conmon': [0, 0, 0o757] },
      /any user/,
    ],
    ['a directory of a group', { '/opt/x': [0, 50, 0o775] }, /group 50 can write/],
  ] as const) {
    const found = whyNotTrusted('/opt/x/conmon', look(places));
    if (why === undefined) t.equal(found, undefined, rule);
    else t.match(found, why, rule);
  }
});

void t.test('a drop-in file quotes what TOML requires, and names the command that removes it', async (t) => {
  const text = dropInText('conmonctl setup podman --undo', { engine: { conmon_path: ['/a "b"/c\\d'] } });
  t.match(text, /^# Written by conmonctl setup; conmonctl setup podman --undo removes it\.$/m);
  t.match(text, 'conmon_path = [ "/a \\"b\\"/c\\\\d" ]');
});

void t.test('it is readable for everybody, and replaced as a whole', async (t) => {
  const path = `${t.testdir({})}/deep/er/50-conmon-node.conf`;
  t.equal(await readDropIn(path), undefined);
  await writeDropIn(path, dropInText('x', { a: 1 }));
  await writeDropIn(path, dropInText('x', { b: 2 }));
  t.match(await readDropIn(path), /removes it\.\n\nb = 2\n$/);
});

function manager(path: string, answer: Answer): ManagerConfig {
  return {
    title: 'Test',
    path,
    text: async (conmon) => dropInText('undo', { conmon }),
    ask: async () => answer,
    files: async () => [],
    configured: async () => [],
    isCurrent: async () => true,
    rivals: async () => ['/rival'],
    next: 'restart',
  };
}

void t.test("the manager's answer counts, not the written file", async (t) => {
  const path = `${t.testdir({})}/x.conf`;
  const order = { conmon: '/ours', undo: false, dryRun: false };
  const uses = (...conmon: readonly string[]): Answer => ({
    kind: 'uses',
    usages: conmon.map((each) => ({ conmon: each, version: undefined })),
  });
  const taken = await setup({ ...order, manager: manager(path, uses('/ours')) });
  t.match(taken, { action: 'written', check: { result: 'as wanted' }, next: 'restart' });
  const partly = await setup({ ...order, manager: manager(path, uses('/ours', '/other')) });
  t.match(partly, { action: 'nothing to do', check: { result: 'otherwise', rivals: ['/rival'] } });
  const undone = await setup({ ...order, undo: true, manager: manager(path, uses('/ours')) });
  t.match(undone, { action: 'removed', check: { result: 'otherwise' } }, 'still used: another file names it as well');
});

void t.test('a file of somebody else is refused', async (t) => {
  const path = `${t.testdir({})}/x.conf`;
  writeFileSync(path, 'a = 1\n');
  await t.rejects(readDropIn(path), { message: /was not written by conmonctl/ });
});

void t.test('colours are for terminals that want them', async (t) => {
  t.equal(paint(true, {}).bad('x'), '\u001b[31mx\u001b[39m');
  for (const [isTerminal, env] of [
    [false, {}],
    [true, { NO_COLOR: '1' }],
    [true, { TERM: 'dumb' }],
  ] as const) {
    t.equal(paint(isTerminal, env).bad('x'), 'x');
  }
});
