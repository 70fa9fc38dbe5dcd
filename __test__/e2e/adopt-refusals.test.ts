/** Reasons for which a C conmon is not adopted: it continues as it was. */
import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { adoptMonitor } from '../../ts/node/monitors/adopt.js';
import { CONMONCTL } from '../ctl/live.js';
import { actor } from '../support/actor.js';
import { adopt, adoptionNeeds, C_CONMON, C_VERSION, EXIT_COMMAND, infoOf, launchC, startC } from '../support/adopt.js';
import { createArguments } from '../support/arguments.js';
import { attach } from '../support/attach.js';
import { command } from '../support/command.js';
import { FifoReader, makeFifo } from '../support/fifo.js';
import { launch } from '../support/monitor.js';
import { descriptors, status } from '../support/proc.js';
import { readableCopy } from '../support/readable-copy.js';
import { scene } from '../support/scene.js';
import { copyOf, EXECUTABLE, executableOf } from '../support/upgrade.js';
import { until, untilExists } from '../support/wait.js';

const MISSING = adoptionNeeds();
const MISSING_CLIENT = adoptionNeeds('socat');

/** A library that gives a process of GLib's main loop one more timer. */
const TIMER = `
unsigned g_timeout_add(unsigned, int (*)(void *), void *) __attribute__((weak));
static int again(void *data) { return data == 0; }
__attribute__((constructor)) static void start(void) { if (g_timeout_add) g_timeout_add(50, again, 0); }
`;

/** Asserts that a C conmon was not adopted and is as it was. */
async function isRefused(t: Test, pid: number, why: RegExp, executable = EXECUTABLE): Promise<void> {
  const facts = (): unknown => [
    readlinkSync(`/proc/${pid}/exe`),
    ['SigBlk', 'SigIgn', 'SigCgt', 'Umask', 'TracerPid'].map((field) => status(pid, field)),
    [...descriptors(pid)].toSorted(),
  ];
  const before = facts();
  await t.rejects(adopt(pid, executable), why);
  t.same(facts(), before, 'nothing has changed');
}

void t.test('refusals change nothing', MISSING, async (t) => {
  await t.test('a C conmon that is stopped, and one that is traced', adoptionNeeds('strace'), async (t) => {
    const s = scene(t);
    const run = await startC(t, s, { payload: 'exec sleep 1000' });
    const pid = await run.pid();
    process.kill(pid, 'SIGSTOP');
    await until('it to stop', () => status(pid, 'State')?.startsWith('T'));
    await isRefused(t, pid, /it is stopped by a signal/);
    process.kill(pid, 'SIGCONT');
    await adopt(pid);
  });

  await t.test('output that a client does not take: another call than poll', MISSING_CLIENT, async (t) => {
    const s = scene(t);
    const run = await startC(t, s, { payload: 'while :; do echo 0123456789012345678901234567890123456789; done' });
    const pid = await run.pid();
    const client = await attach(t, `${s.bundle}/attach`);
    client.pause();
    const blocked = (): string => `${readFileSync(`/proc/${pid}/wchan`, 'utf8')} ${statSync(s.log).size}`;
    await until('it to wait for the client', async () => {
      const before = blocked();
      // A call that is interrupted finds the room that the client has made before, of which nobody was told.
      process.kill(pid, 'SIGSTOP');
      process.kill(pid, 'SIGCONT');
      await sleep(100);
      return before.includes('sock') && blocked() === before;
    });
    await isRefused(t, pid, /it does not wait for events, but in sock/);
    client.resume();
    await adopt(pid);
  });

  await t.test('input that the container does not take', MISSING_CLIENT, async (t) => {
    const s = scene(t);
    const payload = `while [ ! -e '${s.dir}/go' ]; do sleep 0.05; done; cat > '${s.dir}/taken'; exit 1`;
    const run = await startC(t, s, { payload }, ['-i', ...EXIT_COMMAND]);
    const pid = await run.pid();
    const client = await attach(t, `${s.bundle}/attach`);
    const sent = Buffer.alloc(30_000, 'x');
    for (let packet = 0; packet < 5; packet += 1) client.send(sent);
    await until('a full pipe', () => client.sent() === 150_000);
    await isRefused(t, pid, /it holds input that descriptor \d+ does not take/);
    writeFileSync(`${s.dir}/go`, '');
    await until('all input', () => existsSync(`${s.dir}/taken`) && readFileSync(`${s.dir}/taken`).length === 150_000);
    await adopt(pid);
    client.end();
    t.equal(await run.finished(), '1');
  });

  await t.test('executables that cannot continue it', async (t) => {
    const s = scene(t);
    const run = await startC(t, s, { payload: 'exec sleep 1000' });
    const pid = await run.pid();
    const writable = copyOf(s, 'writable');
    chmodSync(writable, 0o777);
    for (const [path, why] of [
      ['/bin/true', /the executable cannot continue it/],
      [`${s.dir}/missing`, /cannot open .*missing: No such file/],
      [writable, /others than its owner can write to the executable/],
      [C_CONMON, /./],
    ] as const) {
      await isRefused(t, pid, why, path);
    }
    await adopt(pid);
  });

  await t.test('a descriptor that is not understood: a log that is a FIFO', async (t) => {
    const s = scene(t);
    await makeFifo(s.log);
    const reader = new FifoReader(t, s.log);
    const run = await startC(t, s, { payload: 'exec sleep 1000' });
    await isRefused(t, await run.pid(), /its descriptor \d+ \(.*ctr\.log\) is not understood/);
    reader.leave();
  });

  await t.test('a timer that is not understood', adoptionNeeds('cc'), async (t) => {
    const s = scene(t);
    const library = `${s.dir}/timer.so`;
    writeFileSync(`${s.dir}/timer.c`, TIMER);
    const compiled = await command(['cc', '-shared', '-fPIC', '-o', library, `${s.dir}/timer.c`]);
    t.equal(compiled.code, 0, compiled.stderr);
    for (const extra of [[], ['--timeout', '100']]) {
      const run = await startC(t, scene(t), { payload: 'exec sleep 1000' }, [...extra, ...EXIT_COMMAND], {
        env: { LD_PRELOAD: library },
      });
      await isRefused(t, await run.pid(), /it has a timer that is not understood/);
    }
  });

  await t.test('a version that is not known', async (t) => {
    const s = scene(t);
    mkdirSync(`${s.dir}/bin`);
    const next = `${s.dir}/bin/conmon`;
    const [before, after] = [C_VERSION, `2.9${C_VERSION.slice(3)}`].map((version) => `conmon version ${version}\n`);
    const text = readFileSync(C_CONMON, 'latin1').replace(before ?? '', after ?? '');
    writeFileSync(next, text, { encoding: 'latin1', mode: 0o755 });
    const runtime = actor(s, { payload: 'exec sleep 1000', ungated: true });
    const run = launch(t, s, createArguments(s, runtime.path, EXIT_COMMAND), { command: next });
    await run.started();
    const pid = await run.pid();
    const refused = await command([CONMONCTL, 'adopt', `pid:${pid}`]);
    t.match([refused.code, refused.stderr], [1, /its version 2\.9\.\S+ is not known: 2\.1\.6 to 2\.2\.1 are/]);
    // Nor is it mistaken for one that is.
    const mistaken = { ...(await infoOf(pid)), version: C_VERSION };
    await t.rejects(adoptMonitor(mistaken, EXECUTABLE), /its executable is not a C conmon of this version/);
    t.equal(executableOf(pid), next);
  });

  await t.test('a monitor of another user', adoptionNeeds('setpriv'), async (t) => {
    const s = scene(t);
    chmodSync(s.dir, 0o755);
    const run = await startC(t, s, { payload: 'exec sleep 1000' });
    const pid = await run.pid();
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...readableCopy(t).conmonctl];
    const refused = await command([...nobody, 'adopt', `pid:${pid}`]);
    t.match([refused.code, refused.stderr], [1, /it is not known to be a C conmon/]);
    t.equal(executableOf(pid), C_CONMON);
    await adopt(pid);
  });

  await t.test('exec sessions, containers that are being created, and those that have ended', async (t) => {
    const s = scene(t);
    const runtime = actor(s, {
      ungated: true,
      before: `while [ ! -e '${s.dir}/go' ]; do sleep 0.02; done`,
      payload: 'exec sleep 1000',
    });
    const run = launchC(t, s, createArguments(s, runtime.path, EXIT_COMMAND));
    const pid = await run.pid();
    await untilExists(`${s.dir}/runtime.pid`);
    await t.rejects(adopt(pid), /cannot read .*pidfile|does not wait for events|is not running yet/);
    t.equal(executableOf(pid), C_CONMON);
    writeFileSync(`${s.dir}/go`, '');
    await run.started();
    await adopt(pid);
  });
});
