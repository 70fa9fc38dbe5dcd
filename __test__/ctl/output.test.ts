/** Every command with a stdout that cannot be written to: no stack trace, a documented status, and no leftovers. */
import { mkdirSync } from 'node:fs';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import { newRunId } from '../../ts/ctl/run/container-id.js';
import { OutputGuard } from '../../ts/ctl/output-guard.js';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { command, type Result } from '../support/command.js';
import { launch } from '../support/monitor.js';
import { enterNamespace } from '../support/namespace.js';
import { needs } from '../support/needs.js';
import { scene } from '../support/scene.js';
import { until } from '../support/wait.js';
import { CONMONCTL, leftovers, MONITORS, Run, skipWithout } from './live.js';

/** Its stdout is a pipe whose reader has gone; with `2>&1`, its stderr too. */
const UNREAD = 'mkfifo "$0" && exec 3<>"$0" 4>"$0" 3<&- && rm "$0" && exec "$@" >&4 4>&-';
const UNREAD_BOTH = `${UNREAD} 2>&1`;
const FULL = 'exec "$@" >/dev/full';

async function withStdout(
  t: Test,
  script: string,
  args: readonly string[],
  temporary = t.testdir({}),
): Promise<Result> {
  const env = { ...process.env, TMPDIR: temporary };
  return command(['bash', '-c', script, `${temporary}/fifo`, CONMONCTL, ...args], { env });
}

const COMMANDS: readonly (readonly string[])[] = [
  ['ps'],
  ['ps', '--json'],
  ['stats'],
  ['stats', '--json'],
  ['stats', '--format', 'openmetrics'],
  ['stats', '--watch', '--interval', '0.1'],
  ['stats', '--watch', '--interval', '0.1', '--json'],
  ['doctor'],
  ['doctor', '--json'],
  ['setup', 'podman', '--dry-run', '--conmon', MONITORS[0].path],
  ['--get-yargs-completions', 'conmonctl', ''],
  ['help'],
  ['logs', '--help'],
  ['--version'],
];

for (const args of COMMANDS) {
  const skip = skipWithout(MONITORS[0]);
  void t.test(`${args.join(' ')}: a reader that has gone is not an error, a full disk is`, skip, async (t) => {
    for (const script of [UNREAD, UNREAD_BOTH]) {
      const { code, stderr } = await withStdout(t, script, args);
      t.strictSame([code, stderr], [0, '']);
    }
    const { code, stderr } = await withStdout(t, FULL, args);
    t.strictSame([code, stderr], [125, 'conmonctl: cannot write to stdout: no space left on device\n']);
  });
}

for (const option of ['--explain', '--json']) {
  void t.test(
    `run ${option} removes everything when nobody can read its steps`,
    skipWithout(MONITORS[0]),
    async (t) => {
      const run = async (script: string): Promise<Result> => {
        const [id, work] = [newRunId(), `${t.testdir({})}/work`];
        mkdirSync(work);
        const result = await withStdout(t, script, ['run', option, '--grace', '1', id, '--', '/bin/sleep', '60'], work);
        t.same(await leftovers(id, work), []);
        return result;
      };
      const unread = await run(UNREAD);
      t.strictSame([unread.code, unread.stderr], [0, '']);
      t.equal((await run(UNREAD_BOTH)).code, 0);
      const full = await run(FULL);
      t.strictSame([full.code, full.stderr], [125, 'conmonctl: cannot write to stdout: no space left on device\n']);
    },
  );
}

void t.test(
  'attach ends when the reader of the output has gone, and the container continues',
  skipWithout(MONITORS[0]),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'while echo more; do sleep 0.05; done' });
    const run = launch(t, s, createArguments(s, runtime.path));
    await run.started();
    await runtime.start();
    for (const [script, code] of [
      [UNREAD, 0],
      [FULL, 125],
    ] as const) {
      const result = await withStdout(t, script, ['attach', s.cid]);
      t.equal(result.code, code);
      t.notMatch(result.stderr, /at .*\.js:/);
    }
    const again = await withStdout(t, 'exec "$@"', ['ps', '--json']);
    t.match(again.text, `"cid":"${s.cid}"`);
  },
);

void t.test('kill and rm continue with the other containers', skipWithout(MONITORS[0]), async (t) => {
  const temporary = t.testdir({});
  const ids = [newRunId(), newRunId()];
  const runs = ids.map((id) => new Run([id, '--', '/bin/sleep', '60'], temporary));
  const plain = async (...args: readonly string[]): Promise<Result> => withStdout(t, 'exec "$@"', args, temporary);
  await until('both to run', async () => {
    const { text } = await plain('ps', '--json');
    return ids.every((id) => new RegExp(`"cid":"${id}"[^}]*"state":"running"`).test(text));
  });
  const { code, stderr } = await withStdout(t, UNREAD, ['kill', '--signal', 'KILL', ...ids], temporary);
  t.strictSame([code, stderr], [0, '']);
  for (const run of runs) t.equal((await run.ended).status, 137);
});

void t.test('a file that is written in part is an error', needs('root'), async (t) => {
  const namespace = await enterNamespace('mount -t tmpfs -o size=4k none /mnt');
  t.teardown(() => namespace.leave());
  for (const args of [
    ['completion', 'bash'],
    ['completion', 'fish'],
  ]) {
    const words = ['sh', '-c', 'exec "$@" >/mnt/file', 'sh', CONMONCTL, ...args];
    const { code, stderr } = await command([...namespace.prefix, '/', ...words]);
    t.strictSame([code, stderr], [125, 'conmonctl: cannot write to stdout: no space left on device\n'], args.join(' '));
  }
});

/** A process whose stdout fails when the test wants it. */
function guarded() {
  const guard = new OutputGuard();
  const statuses: number[] = [];
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  guard.watch({ stdout, stderr, exit: (status) => void statuses.push(status) });
  const fail = (code: string): boolean =>
    new EventEmitter().emit.call(stdout, 'error', Object.assign(new Error(code), { code }));
  return { guard, statuses, stderr, fail };
}

void t.test('the first failure decides, and is reported once', async (t) => {
  const { guard, statuses, stderr, fail } = guarded();
  fail('EIO');
  fail('EPIPE');
  t.same(statuses, [125]);
  t.equal(guard.statusAfter(3), 125);
  t.equal(String(stderr.read()), 'conmonctl: cannot write to stdout: EIO\n');
});

void t.test('a command that holds something ends by itself', async (t) => {
  for (const [code, keepsStatus, status] of [
    ['EPIPE', true, 143],
    ['EPIPE', false, 0],
    ['ENOSPC', true, 125],
  ] as const) {
    const { guard, statuses, fail } = guarded();
    let ends = 0;
    guard.hold({ end: () => (ends += 1), keepsStatus });
    t.equal(guard.statusAfter(143), 143, 'nothing has failed yet');
    fail(code);
    fail(code);
    t.strictSame([ends, statuses, guard.statusAfter(143)], [1, [], status]);
  }
});
