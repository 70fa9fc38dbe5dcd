/** What is missing or fails while a guardian replaces a monitor. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { joined, readLog } from '../support/cri-log.js';
import { go, waiting } from '../support/go.js';
import { counted, GUARDIAN, killMonitor, ranOnce, start } from '../support/guardian.js';
import { launch } from '../support/monitor.js';
import { isAlive } from '../support/proc.js';
import { processesOf, scene } from '../support/scene.js';
import { betterThanC, betterThanCNeeds, unlessNode } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const ONLY_OURS = betterThanC('leaves a container without a monitor when it is killed');
const WRITES_FAIL = { ...betterThanCNeeds('has no guardian', 'strace'), ...unlessNode('its own writes would fail') };

void t.test(
  'missing files and directories do not keep the exit of a container from being reported',
  ONLY_OURS,
  async (t) => {
    for (const [what, gone] of [
      ['the runtime', 'runtime'],
      ['the bundle', 'bundle'],
      ['the directory of the attach link', 'sockets'],
      ['the directory of the log', 'logs'],
    ] as const) {
      const s = scene(t);
      mkdirSync(`${s.dir}/logs`);
      const link = gone === 'sockets' ? ['--socket-dir-path', s.sockets] : ['--full-attach'];
      const extra = ['-l', `k8s-file:${s.dir}/logs/ctr.log`, ...counted(s)];
      const role = { payload: `${waiting(s)}; echo out; exit 7` };
      const { run, guardian } = await start(t, s, role, extra, (words) =>
        words.flatMap((word) => (word === '--full-attach' ? link : [word])),
      );
      rmSync(`${s.dir}/${gone}`, { recursive: true });
      await killMonitor(guardian);
      go(s);
      t.equal(await run.finished(), '7', what);
      t.equal(readFileSync(s.persistFile, 'utf8'), '7', what);
      await ranOnce(t, s, guardian);
      t.match(joined(readLog(s.log), 'stdout'), /^out$/m, what);
    }
  },
);

void t.test('a log whose directory comes back continues', ONLY_OURS, async (t) => {
  const s = scene(t);
  mkdirSync(`${s.dir}/logs`);
  const log = `${s.dir}/logs/ctr.log`;
  const payload = `while [ ! -s '${log}' ]; do echo again; sleep 0.2; done; exit 7`;
  const { run, guardian } = await start(t, s, { payload: `${waiting(s)}; ${payload}` }, ['-l', `k8s-file:${log}`]);
  rmSync(`${s.dir}/logs`, { recursive: true });
  await killMonitor(guardian);
  go(s);
  await untilExists(`${s.bundle}/attach`);
  mkdirSync(`${s.dir}/logs`);
  t.equal(await run.finished(), '7');
  t.match(joined(readLog(log), 'stdout'), /^again$/m);
});

void t.test('the working directory, which is the bundle, may be gone', ONLY_OURS, async (t) => {
  const s = scene(t);
  const cwd = mkdtempSync(`${s.dir}/cwd-`);
  const runtime = actor(s, { ungated: true, payload: `${waiting(s)}; exit 7` });
  const words = createArguments(s, runtime.path, counted(s), { '-b': null });
  const run = launch(t, s, words, { env: GUARDIAN, cwd });
  await run.started();
  await untilExists(`${s.conmonPidfile}.rescue`);
  const guardian = await run.pid();
  rmSync(cwd, { recursive: true });
  await killMonitor(guardian);
  go(s);
  t.equal(await run.finished(), '7');
  await ranOnce(t, s, guardian);
});

void t.test('an exit command that runs already is not run again', ONLY_OURS, async (t) => {
  const s = scene(t);
  // Nothing can be bound there: the start fails.
  mkdirSync(`${s.bundle}/attach/full`, { recursive: true });
  const words = createArguments(s, actor(s).path, counted(s, 'sleep 0.5'));
  const run = launch(t, s, words, { env: GUARDIAN });
  const guardian = await run.pid();
  await untilExists(`${s.dir}/ran`);
  await killMonitor(guardian);
  await ranOnce(t, s, guardian);
});

void t.test('a launcher that cannot write the pidfile leaves no monitor behind', WRITES_FAIL, async (t) => {
  const s = scene(t);
  const words = createArguments(s, actor(s, { payload: 'exec sleep 1000' }).path);
  // Without -f: only the launcher's calls fail.
  const inject = ['-e', 'inject=write,pwrite64:error=ENOSPC'];
  const run = launch(t, s, words, { env: GUARDIAN, prefix: ['strace', ...inject, '-o', '/dev/null'] });
  t.equal((await run.launcher()).code, 1);
  const monitors = (): number[] => processesOf(s.cid);
  await until('the end of guardian and monitor', () => monitors().every((pid) => !isAlive(pid)));
  t.notOk(existsSync(s.conmonPidfile));
});

void t.test('nothing is left of what a runtime has started, however deep', ONLY_OURS, async (t) => {
  const s = scene(t);
  const nested = `setsid sh -c 'setsid sh -c "sleep 1000; : ${s.dir}" & sleep 1000; : ${s.dir}' > /dev/null 2>&1 &`;
  const runtime = actor(s, { before: `${nested} : > '${s.dir}/made'; sleep 1000` });
  const run = launch(t, s, createArguments(s, runtime.path, counted(s)), { env: GUARDIAN });
  await untilExists(`${s.dir}/made`);
  const guardian = await run.pid();
  await killMonitor(guardian);
  await ranOnce(t, s, guardian);
  await until('the end of all of it', () => processesOf(s.dir).every((pid) => !isAlive(pid)));
});

void t.test("a container that is nobody's child is reported immediately", ONLY_OURS, async (t) => {
  const s = scene(t);
  // Larger than any pid.
  const runtime = actor(s, { instead: 'printf 999999999 > "$pidfile"; exit 0' });
  const run = launch(t, s, createArguments(s, runtime.path, counted(s)), { env: GUARDIAN });
  const begin = performance.now();
  t.equal(await run.finished(), '255');
  t.ok(performance.now() - begin < 5000, 'before the guardian could have reported it');
  await ranOnce(t, s, await run.pid());
});
