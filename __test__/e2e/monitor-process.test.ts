import { readFileSync, readlinkSync } from 'node:fs';
import t from 'tap';
import { PT, readElf } from '../packages/elf.js';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { launch } from '../support/monitor.js';
import { cmdline, comm, descriptors, isAlive, oomScoreAdj, stat, status } from '../support/proc.js';
import { processesOf, scene } from '../support/scene.js';
import { betterThanC, unlessEmulated } from '../support/target.js';

function mayLowerOomScore(): boolean {
  const CAP_SYS_RESOURCE = 24n;
  return ((BigInt(`0x${status(process.pid, 'CapEff') ?? '0'}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}

void t.test('no process that survives holds the descriptors 0 to 2 of the caller', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const run = launch(t, s, createArguments(s, runtime.path), { stdio: ['pipe', 'pipe', 'pipe'] });
  await run.launcher();
  await run.stdout?.rest();
  await run.stderr?.rest();
  const monitor = await run.pid();
  t.ok(isAlive(monitor), 'both pipes have ended while the monitor lives');
  await run.started();
  const open = descriptors(monitor);
  t.same(
    [0, 1, 2].map((fd) => open.get(fd)),
    ['/dev/null', '/dev/null', '/dev/null'],
  );
});

void t.test('the monitor leads a session of its own', async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path));
  await run.started();
  const monitor = await run.pid();
  t.equal(stat(monitor)?.session, monitor);
});

void t.test('the monitor is called conmon and shows the command line that it was given', async (t) => {
  const s = scene(t);
  const args = createArguments(s, actor(s).path);
  const run = launch(t, s, args);
  await run.started();
  const monitor = await run.pid();
  t.equal(comm(monitor), 'conmon');
  t.same(cmdline(monitor).slice(-args.length), args);
});

void t.test('the monitor has one thread', unlessEmulated('it has threads of its own'), async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path));
  await run.started();
  t.equal(status(await run.pid(), 'Threads'), '1');
});

void t.test(
  'what only relocation writes cannot be written',
  unlessEmulated('the mappings are those of the emulator'),
  async (t) => {
    const s = scene(t);
    const run = launch(t, s, createArguments(s, actor(s).path));
    await run.started();
    const monitor = await run.pid();
    const path = readlinkSync(`/proc/${monitor}/exe`);
    const relocated = readElf(path).segments.find(({ type }) => type === PT.gnuRelro);
    if (relocated === undefined) throw new Error(`${path} has no PT_GNU_RELRO`);
    const maps = readFileSync(`/proc/${monitor}/maps`, 'latin1').split('\n');
    const access = maps.flatMap((line) => {
      const [range = '', access = '', offset = ''] = line.split(' ');
      const [start = 0, end = 0] = range.split('-').map((address) => Number.parseInt(address, 16));
      const at = relocated.offset - Number.parseInt(offset, 16);
      return line.endsWith(` ${path}`) && at >= 0 && at < end - start ? [access] : [];
    });
    t.ok(access.length > 0, 'it is mapped');
    t.notOk(access.at(-1)?.includes('w'), access.join(' '));
  },
);

void t.test('the umask is 0022 whatever the caller has', betterThanC('2.1.6 keeps the umask'), async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const prefix = ['/bin/sh', '-c', 'umask 0077; exec "$@"', 'sh'];
  const run = launch(t, s, createArguments(s, runtime.path), { prefix });
  await run.started();
  t.match(runtime.record('umask').trim(), /^0?022$/);
  t.equal(status(await run.pid(), 'Umask'), '0022');
});

void t.test('the runtime gets the oom_score_adj of the caller', betterThanC('2.1.6 always sets 0'), async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  const prefix = ['/bin/sh', '-c', 'echo 321 > /proc/self/oom_score_adj; exec "$@"', 'sh'];
  const run = launch(t, s, createArguments(s, runtime.path), { prefix });
  const container = await run.started();
  t.equal(runtime.record('oom_score_adj').trim(), '321');
  t.equal(oomScoreAdj(container), 321);
});

void t.test('the monitor protects itself from the OOM killer where the kernel lets it', async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path));
  await run.started();
  const score = oomScoreAdj(await run.pid());
  // Without CAP_SYS_RESOURCE the score cannot be lowered, which is not an error.
  t.equal(score, mayLowerOomScore() ? -1000 : oomScoreAdj(process.pid));
});

void t.test('the runtime inherits no ignored and no blocked signal', async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  await launch(t, s, createArguments(s, runtime.path)).started();
  const fields = new Map(
    runtime
      .record('status')
      .split('\n')
      .map((line) => line.split(':\t') as [string, string]),
  );
  t.equal(fields.get('SigBlk'), '0000000000000000', 'blocked');
});

void t.test('twenty containers one after the other leave no process behind', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { ungated: true });
  for (let round = 0; round < 20; round++) {
    const run = launch(t, s, createArguments(s, runtime.path));
    await run.started();
    t.equal(await run.finished(), '0');
  }
  t.same(processesOf(s.dir), []);
});
