/** Exit files and the exit command when the system has no room for them at first: they are tried until there is. */
import { closeSync, copyFileSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { command } from '../support/command.js';
import { inject } from '../support/inject.js';
import { type Launched, launch } from '../support/monitor.js';
import { enterNamespace } from '../support/namespace.js';
import { needs } from '../support/needs.js';
import { children, isAlive } from '../support/proc.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanC, betterThanCNeeds, unlessNode } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const ONE_TRY = '2.1.6 tries once';

/** An exit command that notes what it finds in the exit file. */
function noting(s: Scene, program = '/bin/sh'): string[] {
  const script = `cat '${s.exitFile}' > '${s.dir}/found' 2>&1; : > '${s.dir}/ran'`;
  return ['--exit-command', program, ...['-c', script].flatMap((word) => ['--exit-command-arg', word])];
}

/** The report is over but for what failed: the attach socket is gone. */
async function reported(s: Scene): Promise<void> {
  await until('the end of the attach socket', () => !existsSync(`${s.bundle}/attach`));
}

/** A container that ends with 7 while calls of its monitor fail. */
async function failing(
  t: Test,
  s: Scene,
  ...faults: readonly string[]
): Promise<{ run: Launched; works: () => Promise<void> }> {
  const runtime = actor(s, { payload: 'exit 7' });
  const run = launch(t, s, createArguments(s, runtime.path, noting(s)));
  await run.started();
  const injection = await inject(t, s, await run.pid(), ...faults);
  await runtime.start();
  await reported(s);
  await until('a call to fail', () => injection.failed() > 0);
  return { run, works: () => injection.stop() };
}

for (const [fault, what] of [
  ['getrandom:error=EAGAIN', 'without a random name'],
  ['open,openat:error=EMFILE', 'without a free descriptor'],
  ['open,openat:error=ENOMEM', 'without memory'],
  ['write,pwrite64:error=ENOSPC', 'without space'],
  ['rename,renameat,renameat2:error=EIO', 'the disk fails'],
] as const) {
  void t.test(
    `exit files are written as soon as possible when ${what} at first, and then the exit command runs`,
    betterThanCNeeds(ONE_TRY, 'strace'),
    async (t) => {
      const s = scene(t);
      const { run, works } = await failing(t, s, fault);
      process.kill(await run.pid(), 'SIGTERM');
      t.notOk(existsSync(s.exitFile) || existsSync(s.persistFile) || existsSync(`${s.dir}/ran`));
      await works();
      t.equal(await run.finished(), '7');
      t.equal(readFileSync(s.persistFile, 'utf8'), '7');
      t.equal(readFileSync(`${s.dir}/found`, 'utf8'), '7');
    },
  );
}

/** Ends a container in a namespace where a directory has no space. Returns its path here; `ballast` in it takes the space. */
async function endWithoutSpace(t: Test, s: Scene, directory: string): Promise<string> {
  const namespace = await enterNamespace(`mount -t tmpfs -o size=64k none '${directory}'`);
  t.teardown(() => namespace.leave());
  const inside = `/proc/${namespace.pid}/root${directory}`;
  writeFileSync(`${inside}/ballast`, Buffer.alloc(64 * 1024));
  const runtime = actor(s, { payload: 'exit 7' });
  const prefix = [...namespace.prefix, s.dir];
  const run = launch(t, s, createArguments(s, runtime.path, noting(s)), { prefix });
  await run.started();
  await runtime.start();
  return inside;
}

void t.test(
  'an exit directory without space gets its file when there is some; the persist file does not wait for that',
  betterThanCNeeds(ONE_TRY, 'root', 'unshare', 'nsenter'),
  async (t) => {
    const s = scene(t);
    const inside = await endWithoutSpace(t, s, s.exits);
    await reported(s);
    t.equal(readFileSync(s.persistFile, 'utf8'), '7');
    t.notOk(existsSync(`${inside}/${s.cid}`) || existsSync(`${s.dir}/ran`));
    rmSync(`${inside}/ballast`);
    await untilExists(`${s.dir}/ran`);
    t.equal(readFileSync(`${inside}/${s.cid}`, 'utf8'), '7');
    t.equal(readFileSync(`${s.dir}/found`, 'utf8'), '7');
  },
);

void t.test(
  'a persist directory without space delays neither the exit file nor the exit command',
  betterThanCNeeds(ONE_TRY, 'root', 'unshare', 'nsenter'),
  async (t) => {
    const s = scene(t);
    const inside = await endWithoutSpace(t, s, s.persist);
    await untilExists(`${s.dir}/ran`);
    t.equal(readFileSync(`${s.dir}/found`, 'utf8'), '7');
    t.notOk(existsSync(`${inside}/exit`));
    rmSync(`${inside}/ballast`);
    await untilExists(`${inside}/exit`);
    t.equal(readFileSync(`${inside}/exit`, 'utf8'), '7');
  },
);

void t.test(
  'the exit command is started as soon as there may be another process, and the exit files do not wait for it',
  betterThanCNeeds(ONE_TRY, 'strace'),
  async (t) => {
    const s = scene(t);
    const { run, works } = await failing(t, s, 'clone,clone3,fork,vfork:error=EAGAIN');
    await untilExists(s.exitFile);
    t.notOk(existsSync(`${s.dir}/ran`));
    await works();
    t.equal(await run.finished(), '7');
    t.equal(readFileSync(`${s.dir}/found`, 'utf8'), '7');
  },
);

void t.test(
  'with RLIMIT_NPROC reached the exit command starts as soon as the limit allows',
  { ...betterThanCNeeds(ONE_TRY, 'root', 'setpriv', 'prlimit'), ...unlessNode('that user may not be able to read it') },
  async (t) => {
    const s = scene(t);
    await command(['chmod', '-R', 'a+rwX', s.dir]);
    const runtime = actor(s, { payload: 'exit 7' });
    const prefix = ['setpriv', '--reuid=65533', '--regid=65533', '--clear-groups'];
    const limit = async (pid: number, processes: string): Promise<void> => {
      const limited = await command([...prefix, 'prlimit', '--pid', String(pid), `--nproc=${processes}:`]);
      t.equal(limited.code, 0, limited.stderr);
    };
    const run = launch(t, s, createArguments(s, runtime.path, noting(s)), { prefix });
    await run.started();
    const monitor = await run.pid();
    await limit(monitor, '1');
    await runtime.start();
    await untilExists(s.exitFile);
    await reported(s);
    process.kill(monitor, 'SIGTERM');
    t.notOk(existsSync(`${s.dir}/ran`));
    t.ok(isAlive(monitor));
    await limit(monitor, '4096');
    t.equal(await run.finished(), '7');
    t.equal(readFileSync(`${s.dir}/found`, 'utf8'), '7');
  },
);

void t.test(
  'an exit command that is being written to is executed when that is over',
  betterThanC(ONE_TRY),
  async (t) => {
    const s = scene(t);
    copyFileSync('/bin/sh', `${s.dir}/sh`);
    const writer = openSync(`${s.dir}/sh`, 'r+');
    const runtime = actor(s, { payload: 'exit 7' });
    const run = launch(t, s, createArguments(s, runtime.path, noting(s, `${s.dir}/sh`)));
    await run.started();
    const monitor = await run.pid();
    await runtime.start();
    await reported(s);
    const child = await until('the child that is to become the command', () => children(monitor)[0]);
    // It was meant for the container, which has ended.
    process.kill(child, 'SIGTERM');
    t.notOk(existsSync(`${s.dir}/ran`));
    closeSync(writer);
    t.equal(await run.finished(), '7');
    t.equal(readFileSync(`${s.dir}/found`, 'utf8'), '7');
  },
);

void t.test('SIGTERM during --exit-delay does not keep the exit command from being run', needs(), async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'exit 7' });
  const run = launch(t, s, createArguments(s, runtime.path, ['--exit-delay', '1', ...noting(s)]));
  await run.started();
  const monitor = await run.pid();
  await runtime.start();
  await untilExists(s.exitFile);
  const child = await until('the child that sleeps', () => children(monitor)[0]);
  for (const pid of [child, monitor]) process.kill(pid, 'SIGTERM');
  t.equal(await run.finished(), '7');
  t.equal(readFileSync(`${s.dir}/found`, 'utf8'), '7');
});
