/** Misbehaving runtimes and environments: the monitor reports them, continues, and exits. */
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { type Container, container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { type Launched, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { betterThanCNeeds } from '../support/target.js';
import { type Scene, processesOf, scene } from '../support/scene.js';
import { until, untilExists } from '../support/wait.js';

const MISSING = needs('miniruntime');

/** A container of miniruntime, which misbehaves as its environment requests. */
function misbehaving(
  t: Test,
  script: string,
  env: Readonly<Record<string, string>>,
): { s: Scene; c: Container; run: Launched } {
  const s = scene(t);
  const c = container(t, s, 'miniruntime', { args: ['sh', '-c', script] });
  const run = launch(t, s, createArguments(s, c.runtime, c.options), { env });
  return { s, c, run };
}

void t.test(
  'a failing runtime that prints 100 kB',
  betterThanCNeeds('2.1.6 waits indefinitely', 'miniruntime'),
  async (t) => {
    const { s, run } = misbehaving(t, 'exit 0', { MINIRUNTIME_STDERR_BYTES: '100000', MINIRUNTIME_FAIL: '3' });
    t.equal((await run.sync.message())['data'], -1);
    const text = await run.sync.rest();
    t.ok(Buffer.byteLength(text) <= 4096);
    t.match(text, /^[^\n]*\n$/);
    await until('the end of all processes', () => processesOf(s.dir).length === 0);
  },
);

void t.test(
  'a runtime that succeeds and prints 100 kB on stderr',
  betterThanCNeeds('2.1.6 waits indefinitely', 'miniruntime'),
  async (t) => {
    const { c, run } = misbehaving(t, 'exit 2', { MINIRUNTIME_STDERR_BYTES: '100000' });
    await run.started();
    await c.start();
    t.equal(await run.finished(), '2');
  },
);

void t.test(
  'a helper of a failed runtime that keeps stderr open delays the report by less than two seconds',
  betterThanCNeeds('2.1.6 waits for it', 'miniruntime'),
  async (t) => {
    const { run } = misbehaving(t, 'exit 0', {
      MINIRUNTIME_LINGER_MS: '20000',
      MINIRUNTIME_FAIL: '1',
      MINIRUNTIME_STDERR_HEX: '6f6f7073',
    });
    const started = performance.now();
    const message = await run.sync.message();
    t.same([message['data'], message['message']], [-1, 'oops']);
    t.ok(performance.now() - started < 3000);
  },
);

void t.test(
  'a helper of a runtime that succeeded and keeps the pipes open does not delay the exit',
  MISSING,
  async (t) => {
    const { c, run } = misbehaving(t, 'echo x; exit 2', { MINIRUNTIME_LINGER_MS: '20000', MINIRUNTIME_ON: 'create' });
    await run.started();
    await c.start();
    const started = performance.now();
    t.equal(await run.finished(), '2');
    t.ok(performance.now() - started < 5000);
  },
);

void t.test('a runtime that makes the container and then fails has failed', MISSING, async (t) => {
  const { s, run } = misbehaving(t, 'sleep 60', { MINIRUNTIME_STATUS: '1', MINIRUNTIME_STDERR_HEX: '6f6f7073' });
  t.match(await run.sync.message(), { data: -1, message: 'oops' });
  t.notOk(existsSync(s.exitFile));
});

void t.test('a slow runtime is waited for', MISSING, async (t) => {
  const { c, run } = misbehaving(t, 'exit 2', {
    MINIRUNTIME_DELAY_BEFORE_MS: '700',
    MINIRUNTIME_DELAY_AFTER_MS: '700',
  });
  await run.started();
  await c.start();
  t.equal(await run.finished(), '2');
});

void t.test(
  'a container that is not our child: its end is seen, and its status is its own or unknown',
  betterThanCNeeds('2.1.6 never sees it', 'miniruntime'),
  async (t) => {
    const { s, c, run } = misbehaving(t, 'exit 7', { MINIRUNTIME_REPARENT: '1', MINIRUNTIME_ON: 'create' });
    await run.started();
    await c.start();
    const status = await run.finished();
    // Known from Linux 6.15 on, or if the other parent takes its time.
    t.match(status, /^(7|255)$/);
    t.equal(readFileSync(s.persistFile, 'utf8'), status);
  },
);

void t.test('a container that ends before its pid is read has its own status', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { ungated: true, payload: 'exit 17', after: 'sleep 0.5' });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.sync.message();
  t.equal(await run.finished(), '17');
});

void t.test('fifty containers that exit together: each is reported', async (t) => {
  const s = scene(t);
  for (let round = 0; round < 50; round++) {
    const runtime = actor(s, { ungated: true, payload: `echo ${round}; exit ${round}` });
    rmSync(s.exitFile, { force: true });
    rmSync(s.conmonPidfile, { force: true });
    const run = launch(t, s, createArguments(s, runtime.path));
    await run.launcher();
    t.equal(await run.finished(), String(round));
  }
  t.equal(joined(readLog(s.log), 'stdout'), Array.from({ length: 50 }, (_, round) => `${round}\n`).join(''));
});

void t.test('a runtime that is not a program is refused', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  chmodSync(runtime.path, 0o644);
  const run = launch(t, s, createArguments(s, runtime.path));
  t.equal((await run.launcher()).code, 1);
  t.match(await run.stderr?.rest(), /Runtime path .* is not valid/);
});

void t.test(
  'a monitor that cannot become a subreaper refuses the container: its exit status would be lost',
  betterThanCNeeds('2.1.6 reports nothing to the manager', 'strace'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s);
    const ran = ['--exit-command', '/bin/touch', '--exit-command-arg', `${s.dir}/ran`];
    const prefix = ['strace', '-f', '-e', 'inject=prctl:error=EPERM:when=1', '-o', `${s.dir}/trace`];
    const run = launch(t, s, createArguments(s, runtime.path, ran), { prefix });
    const why = /become a child subreaper: Operation not permitted/;
    t.match(await run.sync.message(), { data: -1, message: why });
    t.match(await run.stderr?.rest(), why);
    await untilExists(`${s.dir}/ran`);
    t.notOk(existsSync(`${runtime.path}.pid`), 'the runtime was not called');
    t.notOk(existsSync(s.exitFile));
  },
);
