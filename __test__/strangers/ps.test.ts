/** Root's `conmonctl ps` and `stats` next to processes of user nobody that claim to be monitors. */
import { closeSync, constants, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { CONMONCTL } from '../ctl/live.js';
import { command } from '../support/command.js';
import { needs } from '../support/needs.js';
import { ctl, entries, type Entry, PATIENCE_MS } from '../support/ps.js';
import { NOBODY, realContainer, stranger, strangersDirectory } from '../support/stranger.js';

const NEEDED = needs('root', 'setpriv', 'unshare', 'miniruntime');
const CID = 'c'.repeat(64);

async function entryOf(pid: number): Promise<Entry | undefined> {
  return (await entries()).find((entry) => entry.pid === pid);
}

void t.test('a FIFO with the name of the counters does not block', NEEDED, async (t) => {
  const dir = strangersDirectory(t);
  mkdirSync(`${dir}/m`, { mode: 0o777 });
  const before = [
    `mount -t tmpfs none ${dir}/m`,
    `mkfifo '${dir}/m/memfd:conmon-counters (deleted)'`,
    `exec 7<>'${dir}/m/memfd:conmon-counters (deleted)'`,
    `umount -l ${dir}/m`,
  ].join(' && ');
  const pid = await stranger(t, { dir, cid: CID, before, prefix: ['unshare', '-Urm'] });
  t.match(await entryOf(pid), { uid: NOBODY, cid: CID, isForeign: true });
  t.match((await ctl('stats', '--json')).text, CID);
});

void t.test('a FIFO, a device and a link given as pid file are not read', NEEDED, async (t) => {
  const dir = strangersDirectory(t);
  const fifo = `${dir}/root.fifo`;
  spawnSync('mkfifo', ['-m', '600', fifo]);
  const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  t.teardown(() => closeSync(fd));
  writeSync(fd, '1234');
  for (const pidfile of [fifo, '/dev/zero', '/proc/self/environ']) await stranger(t, { dir, cid: CID, pidfile });
  t.match(await ctl('ps'), { code: 0 });
  const message = Buffer.alloc(16);
  t.equal(message.toString('latin1', 0, readSync(fd, message)), '1234', 'nobody has taken the message');
});

for (const [size, bytes] of [
  ['3 GiB', 3 * 2 ** 30],
  ['1 GiB', 2 ** 30],
] as const) {
  void t.test(`an executable of ${size} is not read`, NEEDED, async (t) => {
    const pid = await stranger(t, { dir: strangersDirectory(t, bytes), cid: CID });
    const limited = ['prlimit', '--data=600000000', '--', CONMONCTL, 'ps', '--json'];
    const { code, text, stderr } = await command(limited, { patience: PATIENCE_MS });
    t.strictSame([code, stderr], [0, '']);
    const entry = (JSON.parse(text) as readonly Entry[]).find((each) => each.pid === pid);
    t.match(entry, { kind: 'unknown', uid: NOBODY, cid: CID });
  });
}

void t.test("an executable with C conmon's text is not taken for it", NEEDED, async (t) => {
  const pid = await stranger(t, { dir: strangersDirectory(t), cid: CID });
  t.match(await entryOf(pid), { kind: 'unknown' });
});

// oxlint-disable-next-line no-control-regex -- these characters are what is looked for
const CONTROL = /[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/;

void t.test('ids and names have no effect on the terminal', NEEDED, async (t) => {
  const dir = strangersDirectory(t);
  const name = 'web\x1b[2J\x1b[1;1Hroot\u009b31m\u202e\x7f';
  const log = 'k8s-file:/tmp/\u009bx';
  const pid = await stranger(t, { dir, cid: `e\x1b]0;pwned\x07\n${'e'.repeat(20)}`, name, log });
  for (const args of [['ps'], ['ps', '--no-trunc'], ['stats'], ['ps', '--json'], ['stats', '--json']]) {
    const { text, stderr } = await ctl(...args);
    t.notMatch(text + stderr, CONTROL, args.join(' '));
    t.match(text, 'root', args.join(' '));
  }
  const metrics = await ctl('stats', '--format', 'openmetrics');
  t.notMatch(metrics.text, CONTROL);
  t.equal((await entryOf(pid))?.name, name, 'a program gets it as it is');
});

void t.test('the pid of a container must be that of a child', NEEDED, async (t) => {
  const dir = strangersDirectory(t);
  const before = `printf %s ${process.pid} > ${dir}/pid`;
  const pid = await stranger(t, { dir, cid: CID, before });
  t.match(await entryOf(pid), { state: 'ended', containerPid: undefined });
});

void t.test('pids of another pid namespace are shown as in ours', NEEDED, async (t) => {
  const dir = strangersDirectory(t);
  // The shell becomes process 1 of the namespace, and its child a number that is another process's here.
  const before = `sleep 60 & printf %s $! > ${dir}/pid`;
  const pid = await stranger(t, { dir, cid: CID, before, prefix: ['unshare', '--fork', '--pid'] }, []);
  const entry = await entryOf(pid);
  t.match(entry, { uid: 0, isForeign: true, state: 'running' });
  const found = await command(['readlink', `/proc/${entry?.containerPid}/exe`]);
  t.match(found.text, /sleep|busybox|coreutils/, 'the first process of the container');
});

void t.test('the user of each monitor is shown', NEEDED, async (t) => {
  await stranger(t, { dir: strangersDirectory(t), cid: CID, name: 'claimed' });
  const { s } = await realContainer(t);
  const { text } = await ctl('ps');
  t.match(text, /^cccccccccccc +claimed .* unknown +nobody /m);
  t.match(text, new RegExp(`^${s.cid.slice(0, 12)} +e2e .* conmon-node \\S+ +root `, 'm'));
});
