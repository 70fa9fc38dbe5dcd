/** Which containers `conmonctl exec`, `kill` and `rm` refuse, and why. */
import t from 'tap';
import { execOptions } from '../../../ts/ctl/containers/exec-command.js';
import { keptContainer } from '../../../ts/ctl/containers/kept-container.js';
import { signalNamed } from '../../../ts/ctl/containers/kill-command.js';
import { leftoverFindings } from '../../../ts/ctl/doctor/leftovers.js';
import { isTrusted } from '../../../ts/node/containers/record.js';
import type { KeptContainer } from '../../../ts/node/containers/records.js';
import { monitorInfo as info } from '../../support/monitor-info.js';

function kept(cid: string, name?: string): KeptContainer {
  const options = { cid, runtime: '/runc', name };
  const creator = { pid: 1, start: 1, boot: 'x' };
  const record = { version: 1, cid, creator, isAttended: false, ownsDirectory: true, bundle: undefined } as const;
  return { directory: `/tmp/${cid}`, record: { ...record, monitor: '/conmon', cwd: '/', options } };
}

const PURPOSE = { verb: 'kill', podman: 'kill', crictl: 'stop' };
const PODMAN = info({ cid: 'bbbb', name: 'db', exitFiles: ['/run/libpod/exits/bbbb'] });
const CRIO = info({ cid: 'cccc', name: 'k8s_x', exitFiles: ['/var/run/crio/exits/cccc'] });

t.test('by id, prefix and name', async (t) => {
  const found = { kept: [kept('box-1', 'web'), kept('box-2')], others: [PODMAN] };
  for (const word of ['box-1', 'web']) t.equal(keptContainer(word, found, PURPOSE).record.cid, 'box-1', word);
  t.equal(keptContainer('box-2', found, PURPOSE).record.cid, 'box-2');
  const running = { ...kept('box-3'), monitorPid: 77 };
  t.equal(keptContainer('pid:77', { kept: [running], others: [] }, PURPOSE).record.cid, 'box-3');
  t.throws(() => keptContainer('pid:78', { kept: [running], others: [] }, PURPOSE), {
    message: /neither conmonctl run nor the library/,
    status: 1,
  });
  t.throws(() => keptContainer('box', found, PURPOSE), { message: '"box" may be several containers: box-1, box-2' });
});

t.test('a container of a manager is refused, and its tool is named', async (t) => {
  const found = { kept: [], others: [PODMAN, CRIO, info({ cid: 'dddd', name: 'x' })] };
  t.throws(() => keptContainer('db', found, PURPOSE), {
    message: 'cannot kill the container "db": Podman manages it',
    advice: 'Use podman kill db.',
    status: 125,
  });
  t.throws(() => keptContainer('k8s_x', found, PURPOSE), {
    message: /CRI-O manages it/,
    advice: 'Use crictl stop cccc.',
  });
  t.throws(() => keptContainer('dddd', found, PURPOSE), { message: /another program manages it/ });
  t.throws(() => keptContainer('y', { kept: [], others: [info({ name: 'y', uid: 4242, isForeign: true })] }, PURPOSE), {
    message: /it belongs to user 4242/,
  });
  t.throws(() => keptContainer('none', found, PURPOSE), {
    status: 1,
    message: /neither conmonctl run nor the library/,
  });
});

t.test('signals by name and number', async (t) => {
  for (const text of ['TERM', 'SIGTERM', 'term', '15']) t.equal(signalNamed(text), 'SIGTERM', text);
  for (const text of ['', 'SIG', '0', '99', 'NOPE']) t.throws(() => signalNamed(text), { message: /unknown signal/ });
});

t.test('what exec is asked to run', async (t) => {
  t.match(execOptions({ container: 'x', user: '5', env: ['A=b'], interactive: true }, ['ls', '-l']), {
    args: ['ls', '-l'],
    user: { uid: 5, gid: 5 },
    env: { A: 'b' },
    stdin: true,
    terminal: false,
  });
  t.throws(() => execOptions({ container: 'x' }, []), { message: 'no command given' });
  t.throws(() => execOptions({ container: 'x', user: 'root' }, ['ls']), { message: /--user needs UID/ });
  t.throws(() => execOptions({ container: 'x', timeout: '0' }, ['ls']), { message: /--timeout needs/ });
});

t.test('doctor has advice for each leftover', async (t) => {
  const of = async (reason: 'abandoned' | 'ended' | 'incomplete'): Promise<unknown> =>
    (await leftoverFindings(async () => [{ directory: '/tmp/x', cid: 'box', isRunning: true, reason }]))[0];
  t.match(await of('abandoned'), { level: 'warning', what: /box still runs/, advice: 'conmonctl rm box' });
  t.match(await of('ended'), { level: 'note', what: /box has ended/, advice: 'conmonctl rm box' });
  t.match(await of('incomplete'), { level: 'note', what: /\/tmp\/x/, advice: 'conmonctl rm --leftovers' });
});

void t.test('a directory that we may not look at is not trusted', async (t) => {
  const dir = t.testdir({ own: {}, loop: t.fixture('symlink', 'loop') });
  t.equal(isTrusted(`${dir}/own`), true);
  for (const name of ['none', 'loop/below']) t.equal(isTrusted(`${dir}/${name}`), false, name);
});
