/** A running C conmon continues as the executable: same pid, same descriptors, and nothing is lost. */
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import t from 'tap';
import { CONMONCTL } from '../ctl/live.js';
import { actor } from '../support/actor.js';
import { adopt, adoptionNeeds, C_VERSION, EXIT_COMMAND, launchC, startC } from '../support/adopt.js';
import { createArguments, legacyArguments } from '../support/arguments.js';
import { attach, record } from '../support/attach.js';
import { type Result, command } from '../support/command.js';
import { container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { writeFifo } from '../support/fifo.js';
import { Journal } from '../support/journal.js';
import { memoryNeeds } from '../support/needs.js';
import { cmdline, comm, descriptors, stat, status } from '../support/proc.js';
import { scene } from '../support/scene.js';
import { copyOf, EXECUTABLE, executableOf, upgrade } from '../support/upgrade.js';
import { until, untilExists } from '../support/wait.js';

const MISSING = adoptionNeeds();
const MISSING_CLIENT = adoptionNeeds('socat');
/** `--log-rotate`. */
const MISSING_ROTATION = C_VERSION.startsWith('2.1.')
  ? { skip: `C conmon ${C_VERSION} does not rotate logs` }
  : MISSING;
const MISSING_MEMORY = { ...memoryNeeds(), ...adoptionNeeds('runc', 'busybox') };
for (const [how, extra] of [
  ['with an exit command', EXIT_COMMAND],
  ['without', []],
] as const) {
  void t.test(`the same process continues, ${how}`, MISSING_CLIENT, async (t) => {
    const s = scene(t);
    const run = await startC(t, s, { payload: 'echo one; read -r line; echo "got $line"; exit 7' }, ['-i', ...extra]);
    const pid = await run.pid();
    const facts = (): unknown => ({
      comm: comm(pid),
      cmdline: cmdline(pid),
      parent: stat(pid)?.parent,
      session: stat(pid)?.session,
      umask: status(pid, 'Umask'),
    });
    const before = facts();
    await until('the first line', () => existsSync(s.log) && readFileSync(s.log, 'utf8').includes('one'));
    await adopt(pid);
    t.equal(executableOf(pid), EXECUTABLE);
    t.same(facts(), before);
    const open = [...descriptors(pid).values()].map((to) => to.replace(/\[?\d+\]?/g, 'N'));
    t.equal(open.filter((to) => to.endsWith('/ctl')).length, 1, 'only what it needs stays open');
    t.notOk(open.some((to) => to.includes('conmon-state')));
    t.ok(existsSync(`${s.conmonPidfile}.rescue`), 'it can be rescued');
    const client = await attach(t, `${s.bundle}/attach`);
    client.send('hello\n');
    await client.expect(2, /got hello/);
    t.equal(await run.finished(), '7');
    t.equal(readFileSync(s.persistFile, 'utf8'), '7');
    t.equal(joined(readLog(s.log), 'stdout'), 'one\ngot hello\n');
    t.notOk(existsSync(`${s.bundle}/attach`));
  });
}

void t.test('clients stay attached, and those whose input has ended still get output', MISSING_CLIENT, async (t) => {
  const s = scene(t);
  const payload = `read -r line; echo "got $line"; read -r line; echo "then $line" >&2; cat; exit 4`;
  const run = await startC(t, s, { payload }, ['-i', '--leave-stdin-open', ...EXIT_COMMAND]);
  const [pid, socket] = [await run.pid(), `${s.bundle}/attach`];
  const [typist, reader, ended] = [
    await attach(t, socket),
    await record(t, socket, `${s.dir}/received`),
    await attach(t, socket),
  ];
  ended.end();
  typist.send('one\n');
  await typist.expect(2, /got one/);
  await adopt(pid);
  typist.send('two\n');
  await typist.expect(3, /then two/);
  await ended.expect(3, /then two/);
  typist.send('three\n');
  await ended.expect(2, /three/);
  process.kill(Number(readFileSync(s.pidfile, 'utf8')), 'SIGKILL');
  t.equal(await run.finished(), '137');
  t.equal((await reader.end()).replaceAll('\x03', ''), 'got one\nthen two\nthree\n');
});

void t.test('input ends as it would have', MISSING_CLIENT, async (t) => {
  const s = scene(t);
  const run = await startC(t, s, { payload: 'cat; exit 3' }, ['-i', ...EXIT_COMMAND]);
  const client = await attach(t, `${s.bundle}/attach`);
  await adopt(await run.pid());
  client.send('last\n');
  client.end();
  t.equal(await run.finished(), '3');
  t.equal(joined(readLog(s.log), 'stdout'), 'last\n');
});

void t.test('a terminal: input, resize, reopened log', adoptionNeeds('socat', 'miniruntime'), async (t) => {
  const s = scene(t);
  const script = 'echo start; read -r line; stty size; echo "got $line"; exit 5';
  const c = container(t, s, 'miniruntime', { args: ['sh', '-c', script], terminal: true });
  const run = launchC(t, s, createArguments(s, c.runtime, [...c.options, '-t', '-i', ...EXIT_COMMAND]));
  await run.started();
  await c.start();
  await until('the first line', () => readFileSync(s.log, 'utf8').includes('start'));
  const client = await attach(t, `${s.bundle}/attach`);
  await adopt(await run.pid());
  writeFifo(`${s.bundle}/ctl`, '1 33 99\n', '2 0 0\n');
  writeFifo(`${s.bundle}/winsz`, '44 111\n');
  client.send('word\n');
  await client.expect(2, /44 111\r\ngot word/);
  t.equal(await run.finished(), '5');
});

void t.test('signals are passed on to the container', MISSING, async (t) => {
  const s = scene(t);
  const run = await startC(t, s, {
    payload: `trap 'echo term; exit 6' TERM; echo ready; while :; do sleep 0.02; done`,
  });
  const pid = await run.pid();
  await until('the trap', () => readFileSync(s.log, 'utf8').includes('ready'));
  await adopt(pid);
  process.kill(pid, 'SIGTERM');
  t.equal(await run.finished(), '6');
});

void t.test('the exit command runs with the environment of the C conmon', MISSING, async (t) => {
  const s = scene(t);
  const hook = `${s.dir}/hook`;
  writeFileSync(hook, `#!/bin/sh\ncat /proc/self/status > '${s.dir}/status'\necho "$MARK $*" > '${s.dir}/hooked'\n`);
  chmodSync(hook, 0o755);
  const words = ['--exit-command', hook, '--exit-command-arg', 'a b'];
  const payload = `while [ ! -e '${s.dir}/go' ]; do sleep 0.02; done; exit 8`;
  const run = await startC(t, s, { payload }, words, { env: { MARK: 'here' } });
  await adopt(await run.pid());
  writeFileSync(`${s.dir}/go`, '');
  t.equal(await run.finished(), '8');
  await untilExists(`${s.dir}/hooked`);
  t.equal(readFileSync(`${s.dir}/hooked`, 'utf8'), 'here a b\n');
  t.match(readFileSync(`${s.dir}/status`, 'utf8'), /^SigBlk:\t0{16}$/m);
});

void t.test('the time limit counts from the start of the container', MISSING, async (t) => {
  const s = scene(t);
  const begin = performance.now();
  const run = await startC(t, s, { payload: 'exec sleep 1000' }, ['--timeout', '4', ...EXIT_COMMAND]);
  await adopt(await run.pid());
  await run.finished();
  const seconds = (performance.now() - begin) / 1000;
  t.ok(seconds > 3.8 && seconds < 6, `${seconds.toFixed(1)} s`);
});

void t.test('inherited descriptors stay open until the container has ended', MISSING, async (t) => {
  const s = scene(t);
  const payload = `while [ ! -e '${s.dir}/go' ]; do sleep 0.02; done`;
  const run = await startC(t, s, { payload }, EXIT_COMMAND, { inherited: [0] });
  const pid = await run.pid();
  const inherited = descriptors(pid).get(6);
  t.ok(inherited);
  await adopt(pid);
  t.equal(descriptors(pid).get(6), inherited);
  writeFileSync(`${s.dir}/go`, '');
  t.equal(await run.finished(), '0');
});

void t.test('a monitor that was adopted can be upgraded', MISSING, async (t) => {
  const s = scene(t);
  const run = await startC(t, s, { payload: 'exec sleep 1000' });
  const pid = await run.pid();
  await adopt(pid);
  const next = copyOf(s, 'next');
  await upgrade(s, next);
  t.equal(executableOf(pid), next);
  process.kill(Number(readFileSync(s.pidfile, 'utf8')), 'SIGKILL');
  t.equal(await run.finished(), '137');
});

void t.test("a conmon of CRI-O's kind, whose log is truncated before and after", MISSING_CLIENT, async (t) => {
  const s = scene(t);
  const count = (from: number): string =>
    `i=${from}; while [ $i -lt ${from + 400} ]; do i=$((i+1)); echo "line $i"; done; while [ ! -e '${s.dir}/go' ]; do sleep 0.02; done`;
  const runtime = actor(s, { payload: `${count(0)}\n${count(400)}\nexit 2`, ungated: true });
  const run = launchC(t, s, legacyArguments(s, runtime.path, ['--log-size-max', '20000', ...EXIT_COMMAND]));
  await run.started();
  await until('line 400', () => joined(readLog(s.log), 'stdout').endsWith('line 400\n'));
  t.notMatch(joined(readLog(s.log), 'stdout'), /line 1\n/, 'it was truncated');
  await adopt(await run.pid());
  const client = await record(t, `${s.sockets}/${s.cid}/attach`, `${s.dir}/received`);
  writeFileSync(`${s.dir}/go`, '');
  t.equal(await run.finished(), '2');
  t.equal((await client.end()).split('\n').length, 401);
  const logged = joined(readLog(s.log), 'stdout').split('\n').slice(0, -1);
  t.equal(logged.at(-1), 'line 800');
  t.ok(logged.length < 400 && logged.every((line, at) => at === 0 || line === `line ${800 - logged.length + at + 1}`));
});

void t.test('a log that is rotated before and after, and one that cannot be', MISSING_ROTATION, async (t) => {
  for (const moved of [false, true]) {
    const s = scene(t);
    const wait = (file: string): string => `while [ ! -e '${s.dir}/${file}' ]; do sleep 0.02; done`;
    const count = (from: number): string => `for i in $(seq ${from} ${from + 399}); do echo "line $i"; done`;
    const payload = [count(1), wait('moved'), count(401), wait('go'), count(801), 'exit 2'].join('\n');
    const runtime = actor(s, { payload, ungated: true });
    const words = ['--log-size-max', '20000', '--log-rotate', '--log-max-files', '9', ...EXIT_COMMAND];
    const run = launchC(t, s, createArguments(s, runtime.path, words));
    await run.started();
    const files = (): string[] =>
      [9, 8, 7, 6, 5, 4, 3, 2, 1].map((number) => `${s.log}.${number}`).filter((path) => existsSync(path));
    const lines = (paths: readonly string[]): string[] =>
      paths.flatMap((path) => joined(readLog(path), 'stdout').split('\n').slice(0, -1));
    await until('line 400', () => lines([s.log]).at(-1) === 'line 400');
    const [current, first] = [moved ? `${s.dir}/elsewhere` : s.log, files().length];
    t.ok(first > 0, 'it was rotated');
    // C conmon does not rotate a log that is not at its path, and leaves its directory open.
    if (moved) renameSync(s.log, current);
    writeFileSync(`${s.dir}/moved`, '');
    await until('line 800', () => lines([current]).at(-1) === 'line 800');
    t.equal(files().length > first, !moved);
    await adopt(await run.pid());
    writeFileSync(`${s.dir}/go`, '');
    t.equal(await run.finished(), '2');
    const logged = lines([...files(), ...(moved ? [current] : []), s.log].filter((path) => existsSync(path)));
    t.equal(new Set(logged).size, 1200);
    t.equal(logged.length, 1200);
  }
});

void t.test('streams that are passed through', MISSING, async (t) => {
  const s = scene(t);
  const out = openSync(`${s.dir}/out`, 'w');
  const payload = `echo one; while [ ! -e '${s.dir}/go' ]; do sleep 0.02; done; echo two; exit 6`;
  const runtime = actor(s, { payload, ungated: true });
  const args = createArguments(s, runtime.path, EXIT_COMMAND, { '-l': 'passthrough' });
  const run = launchC(t, s, args, { stdio: ['ignore', out, out] });
  closeSync(out);
  await run.started();
  await adopt(await run.pid());
  writeFileSync(`${s.dir}/go`, '');
  t.equal(await run.finished(), '6');
  t.equal(readFileSync(`${s.dir}/out`, 'utf8'), 'one\ntwo\n');
});

void t.test(
  'the journal, with a terminal and a line that has not ended',
  adoptionNeeds('unshare', 'nsenter', 'journalctl', 'socat'),
  async (t) => {
    const journal = await Journal.start(t);
    for (const terminal of [false, true]) {
      const s = scene(t);
      const script = `echo whole; printf '${terminal ? 'part ' : ''}'; read -r line; echo "got $line"; exit 3`;
      const c = container(t, s, 'miniruntime', { args: ['sh', '-c', script], terminal });
      const words = [...c.options, ...(terminal ? ['-t'] : []), '-i', ...EXIT_COMMAND];
      const args = createArguments(s, c.runtime, words, { '-l': 'journald' });
      const run = launchC(t, s, args, { prefix: journal.prefix(s.dir) });
      await run.started();
      const client = await attach(t, `${s.bundle}/attach`);
      await c.start();
      await client.expect(2, terminal ? /part / : /whole/);
      const pid = await run.pid();
      // From this mount namespace, in which the monitor is not.
      await adopt(pid);
      t.equal(executableOf(pid), EXECUTABLE);
      client.send('word\n');
      t.equal(await run.finished(), '3');
      const messages = (await journal.entries(s.cid)).map((entry) => entry.get('MESSAGE'));
      const expected = terminal ? ['whole\r\n', 'part word\r\n', 'got word\r\n'] : ['whole\n', 'got word\n'];
      t.same(messages, expected);
    }
  },
);

void t.test('running out of memory is reported', MISSING_MEMORY, async (t) => {
  const s = scene(t);
  const args = ['sh', '-c', 'until [ -e /tmp/go ]; do sleep 0.05; done; exec tail /dev/zero'];
  const c = container(t, s, 'runc', { args, memory: 32 << 20 });
  const run = launchC(t, s, createArguments(s, c.runtime, [...c.options, ...EXIT_COMMAND]), { cwd: s.bundle });
  await run.started();
  await c.start();
  await adopt(await run.pid());
  mkdirSync(`${s.bundle}/rootfs/tmp`, { recursive: true });
  writeFileSync(`${s.bundle}/rootfs/tmp/go`, '');
  t.equal(await run.finished(), '137');
  t.ok(existsSync(`${s.bundle}/oom`));
});

void t.test('conmonctl adopt reports the result for each monitor', MISSING, async (t) => {
  const s = scene(t);
  const run = await startC(t, s, { payload: 'exec sleep 1000' });
  const pid = await run.pid();
  const ctl = (...words: readonly string[]): Promise<Result> => command([CONMONCTL, 'adopt', ...words]);

  const wrong = await ctl('--executable', '/bin/true', s.cid);
  t.match([wrong.code, wrong.stderr], [125, /\/(usr\/)?bin\/true is not an executable of conmon-node/]);
  const done = await ctl('--executable', EXECUTABLE, s.cid);
  t.match(done.text, new RegExp(`^${s.cid.slice(0, 12)}: conmon 2\\.\\d\\.\\d+ → \\d\\S*\\n$`), done.stderr);
  t.equal(executableOf(pid), EXECUTABLE);
  const again = await ctl('--executable', EXECUTABLE, '--json', s.cid);
  t.match(JSON.parse(again.text), { monitors: [{ container: s.cid, monitor: pid, result: 'unchanged' }] });
  const other = await ctl('--executable', copyOf(s, 'other'), s.cid);
  t.match([other.code, other.stderr], [1, /cannot adopt the monitor of \w+: it is a monitor of this project already/]);
  t.match((await ctl()).stderr, /needs containers or --all/);
});
