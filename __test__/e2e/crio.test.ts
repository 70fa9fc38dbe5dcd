/** Plays CRI-O: its command lines, its environment, its descriptors, and the order in which it looks at things. */
import { existsSync, readFileSync, readlinkSync, renameSync, statSync, watch, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { type Container, RUNTIMES, container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { type Launched, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { isAlive } from '../support/proc.js';
import { type Scene, processesOf, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

/** createContainer of runtime_oci.go */
function create(t: Test, s: Scene, c: Container, extra: readonly string[] = []): Launched {
  const args = [
    ...['-b', s.bundle, '-c', s.cid, '--exit-dir', s.exits, '-l', s.log, '--log-level', 'info', '-n', 'k8s_pod'],
    ...['-P', `${s.bundle}/conmon-pidfile`, '-p', `${s.bundle}/pidfile`, '--persist-dir', s.persist, '-r', c.runtime],
    ...[...c.options, '--socket-dir-path', s.sockets, '--syslog', '-u', s.cid, '--no-sync-log', ...extra],
  ];
  return launch(t, s, args, { cwd: s.bundle, env: { CRI_O_EXTERNAL: '1' } });
}

interface Answer {
  readonly reply: Readonly<Record<string, unknown>>;
  readonly code: number | null;
  /** The log that it wrote. */
  readonly log: string;
  readonly milliseconds: number;
}

let execs = 0;

function startExec(
  t: Test,
  s: Scene,
  c: Container,
  argv: readonly string[],
  extra: readonly string[] = [],
): Launched & { log: string } {
  execs += 1;
  const log = `${s.dir}/exec-${execs}.log`;
  const pidfile = `${s.dir}/exec-${execs}.pid`;
  writeFileSync(pidfile, '');
  const spec = c.process({ args: argv, terminal: extra.includes('-t') });
  const args = [
    ...['-c', s.cid, '-n', 'k8s_pod', '-r', c.runtime, '-p', pidfile, '-e', '-l', log, '--socket-dir-path', s.sockets],
    ...['--log-level', 'info', '--sync', '--log-global-size-max', '16777216', ...extra],
    ...['--exec-process-spec', spec, ...c.options],
  ];
  return Object.assign(launch(t, s, args, { env: { CRI_O_EXTERNAL: '1' } }), { log });
}

/** ExecSyncContainer of runtime_oci.go: waits for the process and for the end of its stdout and stderr. */
async function execSync(
  t: Test,
  s: Scene,
  c: Container,
  argv: readonly string[],
  extra: readonly string[] = [],
): Promise<Answer> {
  const started = performance.now();
  const run = startExec(t, s, c, argv, extra);
  const { code } = await run.launcher();
  await run.stdout?.rest();
  await run.stderr?.rest();
  const milliseconds = performance.now() - started;
  const reply = await run.sync.message();
  t.match(await run.sync.rest(), /^[^\n]*\n?$/, 'exactly one object');
  return { reply, code, log: run.log, milliseconds };
}

for (const name of RUNTIMES) {
  const options = name === 'miniruntime' ? needs('miniruntime') : needs('root', name, 'busybox', 'unshare');
  void t.test(`${name}: create, start, log, reopen, exit`, options, async (t) => {
    const s = scene(t);
    const script = `echo one; until [ -e /tmp/conmon-${s.cid} ]; do sleep 0.02; done; echo two; rm /tmp/conmon-${s.cid}; exit 11`;
    const c = container(t, s, name, { args: ['sh', '-c', script] });
    const run = create(t, s, c);
    t.same(await run.launcher(), { code: 0, signal: null });
    const message = await run.sync.message();
    t.same(Object.keys(message), ['pid']);
    const pid = Number(message['pid']);
    t.ok(existsSync(`/proc/${pid}/stat`), 'init is alive when its pid is reported');
    const monitor = Number(readFileSync(`${s.bundle}/conmon-pidfile`, 'utf8'));
    t.ok(isAlive(monitor));
    t.equal(readlinkSync(`${s.sockets}/${s.cid}`), s.bundle);
    t.ok(statSync(`${s.sockets}/${s.cid}/attach`).isSocket());
    await c.start();
    await until('the first record', () => joined(readLog(s.log), 'stdout') === 'one\n');

    const old = `${s.log}.20260101-000000`;
    renameSync(s.log, old);
    const created = new Promise<void>((resolve) => {
      const watcher = watch(s.dir, (_, file) => {
        if (file === 'ctr.log') resolve();
      });
      t.teardown(() => watcher.close());
    });
    writeFileSync(`${s.bundle}/ctl`, '2 0 0\n');
    await created;
    t.equal(joined(readLog(old), 'stdout'), 'one\n', 'nothing was taken from the old file');
    const touch = await execSync(t, s, c, ['touch', `/tmp/conmon-${s.cid}`]);
    t.same(touch.reply['exit_code'], 0);
    await untilExists(s.exitFile);
    t.equal(readFileSync(s.persistFile, 'utf8'), '11');
    t.equal(readFileSync(s.exitFile, 'utf8'), '11');
    t.equal(joined(readLog(s.log), 'stdout'), 'two\n');
    await until('the end of the monitor', () => !isAlive(monitor));
    t.notOk(existsSync(`${s.bundle}/attach`));
  });

  void t.test(`${name}: exec-sync`, options, async (t) => {
    const s = scene(t);
    const c = container(t, s, name, { args: ['sleep', '1000'] });
    await create(t, s, c).started();
    await c.start();

    for (const [script, status] of [
      ['exit 0', 0],
      ['exit 1', 1],
      ['exit 5', 5],
      ['exit 255', 255],
      ['kill -9 $$', 137],
    ] as const) {
      await t.test(`"${script}" answers ${status}`, async (t) => {
        const { reply, code } = await execSync(t, s, c, ['sh', '-c', script]);
        t.same(reply, { exit_code: status });
        t.equal(code, status, 'as the status of the process');
      });
    }

    await t.test('the output is in the log when the answer arrives', async (t) => {
      const { log } = await execSync(t, s, c, ['sh', '-c', 'echo out; echo err >&2; printf rest']);
      t.equal(joined(readLog(log), 'stdout'), 'out\nrest');
      t.equal(joined(readLog(log), 'stderr'), 'err\n');
    });

    await t.test('500 kB of output are complete', async (t) => {
      const { log } = await execSync(t, s, c, ['sh', '-c', 'yes 0123456789abcde | head -c 500000']);
      t.equal(joined(readLog(log), 'stdout'), '0123456789abcde\n'.repeat(31250));
    });

    await t.test('after -T seconds: -1, "command timed out", and the group is killed', async (t) => {
      const { reply, milliseconds } = await execSync(t, s, c, ['sh', '-c', 'sleep 97 & sleep 97'], ['-T', '1']);
      t.same(reply, { exit_code: -1, message: 'command timed out' });
      t.ok(milliseconds < 8000);
    });

    await t.test('a command in the background does not delay the answer', async (t) => {
      const { reply, milliseconds } = await execSync(t, s, c, ['sh', '-c', 'sleep 15 & exit 2']);
      t.same(reply, { exit_code: 2 });
      t.ok(milliseconds < 8000, `${milliseconds} ms`);
    });

    await t.test('a missing program: -1 and the error of the runtime', async (t) => {
      const { reply, code } = await execSync(t, s, c, ['/no/such/program']);
      t.not(code, 0);
      await t.test(
        'is distinguished from a command that exited',
        betterThanC('2.1.6 answers with the status of the runtime'),
        async (t) => {
          t.equal(reply['exit_code'], -1);
          t.match(reply['message'], /no such file/i);
        },
      );
    });

    await t.test('--log-global-size-max bounds the log, the status is kept', async (t) => {
      const script = 'yes 0123456789abcde | head -c 1000000; exit 3';
      const { reply, log } = await execSync(t, s, c, ['sh', '-c', script], ['--log-global-size-max', '50000']);
      t.same(reply, { exit_code: 3 });
      const size = statSync(log).size;
      t.ok(size > 40_000 && size < 150_000, `${size} bytes`);
    });

    await t.test('-t: a command with a terminal', async (t) => {
      const { reply, log } = await execSync(t, s, c, ['sh', '-c', 'tty; exit 4'], ['-t']);
      t.same(reply, { exit_code: 4 });
      t.match(joined(readLog(log), 'stdout'), /\/dev\/pts\/\d+\r\n/);
    });

    await t.test('SIGINT is forwarded, and ends it', async (t) => {
      const run = startExec(t, s, c, ['sh', '-c', `trap 'exit 130' INT; echo ready; while :; do sleep 0.05; done`]);
      await until('the trap', () => existsSync(run.log) && joined(readLog(run.log), 'stdout') === 'ready\n');
      run.child.kill('SIGINT');
      t.same(await run.sync.message(), { exit_code: 130 });
      t.equal((await run.launcher()).code, 130);
    });
  });
}

void t.test(
  'a create that fails: the message is the whole error, and the first process has exited with 0',
  needs('miniruntime'),
  async (t) => {
    const s = scene(t);
    const c = container(t, s, 'miniruntime', { args: ['/no/such/program'] });
    const run = create(t, s, c);
    t.same(await run.launcher(), { code: 0, signal: null });
    const message = await run.sync.message();
    t.equal(message['pid'], -1);
    t.match(message['message'], /no such/i);
    await until('the end of all processes', () => processesOf(s.dir).length === 0);
  },
);
