/** Root's commands for one container, next to a process of user nobody that claims to be its monitor. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { CONMONCTL } from '../ctl/live.js';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { command, type CommandOptions, type Result } from '../support/command.js';
import { joined, readLog } from '../support/cri-log.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { type Scene, scene } from '../support/scene.js';
import { AS_NOBODY, NOBODY, stranger, strangersDirectory } from '../support/stranger.js';
import { until } from '../support/wait.js';

const NEEDED = needs('root', 'setpriv', 'socat', 'miniruntime');
const PATIENCE_MS = 20_000;

const ctl = (args: readonly string[], options: CommandOptions = {}): Promise<Result> =>
  command([CONMONCTL, ...args], { patience: PATIENCE_MS, ...options });

interface Real {
  readonly s: Scene;
  readonly pid: number;
}

/** A container of root that echoes a line of its input. */
async function real(t: Test, payload = 'echo hello; read -r line; echo "<$line>"; exit 7'): Promise<Real> {
  const s = scene(t);
  const runtime = actor(s, { payload, ungated: true });
  const run = launch(t, s, createArguments(s, runtime.path, ['--stdin']));
  await run.started();
  await until('the log', () => existsSync(s.log) && joined(readLog(s.log), 'stdout') === 'hello\n');
  return { s, pid: await run.pid() };
}

/** A process that listens instead of a monitor, and stores what it receives. */
async function listener(t: Test, path: string, output: string): Promise<void> {
  const words = [...AS_NOBODY, 'socat', '-u', `UNIX-LISTEN:${path},type=5,fork`, `OPEN:${output},creat,append`];
  const [program = '', ...args] = words;
  const child = spawn(program, args, { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  await until('the listener', () => existsSync(path));
}

const named = (text: string): RegExp => new RegExp(`also claimed by pid:\\d+ of user ${text}`);

void t.test("root's container wins over the same id and name of another user", NEEDED, async (t) => {
  const { s, pid } = await real(t);
  const dir = strangersDirectory(t);
  const fake = await stranger(t, { dir, cid: s.cid, name: 'e2e' });
  for (const word of [s.cid, s.cid.slice(0, 20)]) {
    const logs = await ctl(['logs', word]);
    t.strictSame([logs.code, logs.text], [0, 'hello\n'], word);
    t.match(logs.stderr, named('nobody'), word);
  }
  t.match(JSON.parse((await ctl(['stats', '--json', s.cid])).text), [{ monitor: { pid } }]);
  t.match(JSON.parse((await ctl(['stats', '--json', `pid:${fake}`])).text), [{ monitor: { pid: fake } }]);
  renameSync(s.log, `${s.log}.old`);
  t.equal((await ctl(['reopen', s.cid])).code, 0);
  await until('the new file', () => existsSync(s.log));
  const attached = await ctl(['attach', s.cid], { input: 'typed\n' });
  t.strictSame([attached.code, attached.text], [7, '<typed>\n']);
});

void t.test('a container that only another user claims is not attached to by its name', NEEDED, async (t) => {
  const dir = strangersDirectory(t);
  const taken = `${dir}/taken`;
  const pid = await stranger(t, { dir, cid: 'd'.repeat(64), name: 'ended' });
  await listener(t, `${dir}/attach`, taken);
  const byName = await ctl(['attach', 'ended'], { input: 'secret\n' });
  t.equal(byName.code, 125);
  t.match(byName.stderr, `pid:${pid}`);
  const byPid = await ctl(['attach', `pid:${pid}`], { input: 'secret\n' });
  t.equal(byPid.code, 125, 'its socket is served by another process');
  t.match(byPid.stderr, 'the listener is process');
  t.notOk(existsSync(taken) && readFileSync(taken, 'latin1').includes('secret'), 'nobody has got it');
});

void t.test('a listener in place of the monitor receives nothing that root types', NEEDED, async (t) => {
  const { s } = await real(t);
  chmodSync(s.dir, 0o755);
  chmodSync(s.bundle, 0o777);
  unlinkSync(`${s.bundle}/attach`);
  const taken = `${s.bundle}/taken`;
  await listener(t, `${s.bundle}/attach`, taken);
  const { code, stderr } = await ctl(['attach', s.cid], { input: 'secret\n' });
  t.equal(code, 125);
  t.match(stderr, /the listener is process \d+ of user 65534, not the monitor \(process \d+ of user 0\)/);
  t.notOk(existsSync(taken) && readFileSync(taken, 'latin1').includes('secret'));
});

void t.test('a FIFO in place of an exit file does not block', NEEDED, async (t) => {
  const { s, pid } = await real(t);
  spawnSync('mkfifo', [s.exitFile, s.persistFile]);
  await ctl(['attach', s.cid], { input: 'x\n' });
  await until('the end of the monitor', () => !existsSync(`/proc/${pid}/fd/0`));
  t.pass('both have ended');
});

void t.test('a FIFO of another user is not written to for a stranger', NEEDED, async (t) => {
  const { s } = await real(t);
  const dir = strangersDirectory(t);
  const pid = await stranger(t, { dir, cid: 'b'.repeat(64), bundle: s.bundle, extra: ['-t'] });
  for (const args of [
    ['reopen', `pid:${pid}`],
    ['resize', `pid:${pid}`, '10x10'],
  ]) {
    const { code, stderr } = await ctl(args);
    t.equal(code, 125, args.join(' '));
    t.match(stderr, 'it belongs to user 0, not to user 65534');
  }
});

void t.test("a stranger's log is read only if it is that user's", NEEDED, async (t) => {
  const dir = strangersDirectory(t);
  const record = '2026-11-29T00:00:00.000000000+00:00 stdout F text\n';
  writeFileSync(`${dir}/root.log`, record);
  writeFileSync(`${dir}/own.log`, record);
  chownSync(`${dir}/own.log`, NOBODY, NOBODY);
  await stranger(t, { dir, cid: '1'.repeat(64), name: 'one', log: `k8s-file:${dir}/root.log` });
  await stranger(t, { dir, cid: '2'.repeat(64), name: 'two', log: `k8s-file:${dir}/own.log` });
  t.match(await ctl(['logs', 'one']), { code: 125, text: '', stderr: /belongs to user 0, not to user 65534/ });
  t.match(await ctl(['logs', 'two']), { code: 0, text: 'text\n', stderr: '' });
});

void t.test('completion offers no names of other users', NEEDED, async (t) => {
  await stranger(t, { dir: strangersDirectory(t), cid: 'e'.repeat(64), name: 'zz$(id)' });
  const { text } = await ctl(['--get-yargs-completions', 'conmonctl', 'logs', 'zz']);
  t.notMatch(text, 'zz');
});
