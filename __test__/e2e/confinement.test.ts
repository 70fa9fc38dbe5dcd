/** What the monitor gives up once its container runs. Most of the other tests run confined too: they have no exit command. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { writeFifo } from '../support/fifo.js';
import { type Launched, launch } from '../support/monitor.js';
import { status } from '../support/proc.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const better = betterThanC('it keeps everything');
const setOf = (pid: number, field: string): bigint => BigInt(`0x${status(pid, field) ?? '0'}`);

/** CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL and CAP_SYS_RESOURCE, as far as this process has them. */
const KEPT = [1n, 3n, 5n, 24n].reduce((set, bit) => set | (1n << bit), 0n) & setOf(process.pid, 'CapPrm');
const ALL = setOf(process.pid, 'CapPrm');

/** An exit command that writes a field of its own `/proc/PID/status`. */
const reportsCapabilities = (path: string): string[] => [
  '--exit-command',
  '/bin/sh',
  '--exit-command-arg',
  '-c',
  '--exit-command-arg',
  `grep -E 'Cap(Eff|Prm)' /proc/self/status > '${path}.new'; mv '${path}.new' '${path}'`,
];

const reported = (path: string): readonly bigint[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => BigInt(`0x${line.split('\t')[1] ?? ''}`));

/** A container that lives until `stop` is there. */
const lateOutput = (s: Scene): string => `until [ -e '${s.dir}/stop' ]; do sleep 0.05; done; echo late`;

/** Its pid, once it has given up what it will. */
async function confined(run: Launched): Promise<number> {
  await run.started();
  const monitor = await run.pid();
  await until('the monitor gives up capabilities', () => setOf(monitor, 'CapEff') === KEPT);
  return monitor;
}

void t.test('without an exit command it keeps few capabilities, and may never have more', better, async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'exit 7' });
  const run = launch(t, s, createArguments(s, runtime.path));
  const monitor = await confined(run);
  t.equal(setOf(monitor, 'CapPrm'), KEPT);
  await until('its system calls are filtered', () => status(monitor, 'Seccomp') === '2');
  t.equal(status(monitor, 'NoNewPrivs'), '1');
  await runtime.start();
  t.equal(await run.finished(), '7', 'the container ends as ever');
});

void t.test('the exit command has all capabilities and no restriction', better, async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const run = launch(t, s, createArguments(s, runtime.path, reportsCapabilities(`${s.dir}/seen`)));
  const monitor = await confined(run);
  t.equal(setOf(monitor, 'CapPrm'), KEPT);
  t.equal(status(monitor, 'NoNewPrivs'), '0');
  t.equal(status(monitor, 'Seccomp'), status(process.pid, 'Seccomp'));
  await runtime.start();
  await untilExists(`${s.dir}/seen`);
  t.same(reported(`${s.dir}/seen`), [ALL, ALL]);
});

void t.test('capabilities that an exit command would not get back are only made ineffective', better, async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const args = createArguments(s, runtime.path, reportsCapabilities(`${s.dir}/seen`));
  const run = launch(t, s, args, { prefix: ['setpriv', '--no-new-privs'] });
  const monitor = await confined(run);
  t.equal(setOf(monitor, 'CapPrm'), ALL);
  await runtime.start();
  await untilExists(`${s.dir}/seen`);
  t.same(reported(`${s.dir}/seen`), [ALL, ALL]);
});

void t.test('CONMON_CONFINE=off gives nothing up', better, async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: `echo runs; ${lateOutput(s)}` });
  const run = launch(t, s, createArguments(s, runtime.path), { env: { CONMON_CONFINE: 'off' } });
  await run.started();
  const monitor = await run.pid();
  await runtime.start();
  await until('it serves its container', () => readFileSync(s.log, 'utf8').includes('runs'));
  t.equal(setOf(monitor, 'CapEff'), ALL);
  t.equal(setOf(monitor, 'CapPrm'), ALL);
  t.equal(status(monitor, 'NoNewPrivs'), status(process.pid, 'NoNewPrivs'));
  t.equal(status(monitor, 'Seccomp'), status(process.pid, 'Seccomp'));
});

/** The kernel's Landlock version (landlock_create_ruleset(2)); 444 is the call's number on every architecture. */
function hasLandlock(): boolean {
  return spawnSync('perl', ['-e', 'exit(syscall(444, 0, 0, 1) > 0 ? 0 : 1)']).status === 0;
}
const landlock = hasLandlock() ? better : { skip: 'the kernel has no Landlock, or it is switched off' };

void t.test('a reopened log cannot be anywhere but near its first place', landlock, async (t) => {
  const s = scene(t);
  const elsewhere = mkdtempSync('/var/tmp/conmon-e2e-');
  t.teardown(() => rmSync(elsewhere, { recursive: true }));
  const runtime = actor(s, { payload: lateOutput(s) });
  const run = launch(t, s, createArguments(s, runtime.path));
  await confined(run);
  await runtime.start();
  writeFileSync(`${elsewhere}/victim`, '');
  renameSync(s.log, `${s.log}.old`);
  symlinkSync(`${elsewhere}/victim`, s.log);
  writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
  writeFileSync(`${s.dir}/stop`, '');
  t.equal(await run.finished(), '0');
  t.equal(readFileSync(`${elsewhere}/victim`, 'utf8'), '');
  t.match(readFileSync(`${s.log}.old`, 'utf8'), /late\n$/, 'the old file is continued');
});

void t.test('a log directory that was removed and recreated is writable', better, async (t) => {
  const s = scene(t);
  mkdirSync(`${s.dir}/logs`);
  const log = `${s.dir}/logs/ctr.log`;
  const runtime = actor(s, { payload: lateOutput(s) });
  const run = launch(t, s, createArguments({ ...s, log }, runtime.path));
  await confined(run);
  await runtime.start();
  rmSync(`${s.dir}/logs`, { recursive: true });
  mkdirSync(`${s.dir}/logs`);
  writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
  await untilExists(log);
  writeFileSync(`${s.dir}/stop`, '');
  t.equal(await run.finished(), '0');
  t.match(readFileSync(log, 'utf8'), /late\n$/);
});
