/** Links and other names at the path of a log: followed only where no other user could have placed them. */
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { command } from '../support/command.js';
import { joined, readLog } from '../support/cri-log.js';
import { writeFifo } from '../support/fifo.js';
import { launch } from '../support/monitor.js';
import { type Scene, scene } from '../support/scene.js';
import { start, untilEnough } from '../support/staged.js';
import { until, untilExists } from '../support/wait.js';
import { betterThanCNeeds } from '../support/target.js';

const DISTRUSTS = betterThanCNeeds('2.1.6 follows any link', 'root', 'setpriv');
const STRANGER = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

/** A directory of this mode in the scene, and a file of root in another one. */
function laidOut(s: Scene, mode: number): { readonly directory: string; readonly victim: string } {
  chmodSync(s.dir, 0o711);
  const directory = `${s.dir}/logs`;
  mkdirSync(directory);
  chmodSync(directory, mode);
  const victim = `${s.dir}/victim`;
  writeFileSync(victim, 'precious\n');
  return { directory, victim };
}

async function asStranger(...words: readonly string[]): Promise<void> {
  const { code, stderr } = await command([...STRANGER, ...words]);
  if (code !== 0) throw new Error(stderr);
}

for (const mode of [0o777, 0o1777]) {
  const where = `directory of mode ${mode.toString(8)}`;

  void t.test(`a link that another user placed in a ${where} is not followed at the start`, DISTRUSTS, async (t) => {
    const s = scene(t);
    const { directory, victim } = laidOut(s, mode);
    const log = `${directory}/ctr.log`;
    await asStranger('ln', '-s', victim, log);
    const run = launch(t, s, createArguments(s, actor(s).path, [], { '-l': log }));
    t.equal((await run.launcher()).code, 1);
    t.match(await run.stderr?.rest(), /Failed to open log file .*: (it is a symbolic link owned by|Permission denied)/);
    t.equal(readFileSync(victim, 'utf8'), 'precious\n');
  });

  void t.test(
    `nor at a reopen in a ${where}: the log stays in the old file until the link is gone`,
    DISTRUSTS,
    async (t) => {
      const s = scene(t);
      const { directory, victim } = laidOut(s, mode);
      const log = `${directory}/ctr.log`;
      const { run, at, go } = await start(
        t,
        s,
        log,
        `echo one; wait link; echo two; wait gone; ${untilEnough(s)}; exit 5`,
      );
      await at('link');
      await until('the first line', () => readLog(log).length === 1);
      const old = `${s.dir}/old`;
      renameSync(log, old);
      await asStranger('ln', '-s', victim, log);
      writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
      go('link');
      await at('gone');
      await until('the second line', () => readLog(old).length === 2);
      rmSync(log);
      go('gone');
      await untilExists(log);
      writeFileSync(`${s.dir}/enough`, '');
      t.equal(await run.finished(), '5');
      t.equal(readFileSync(victim, 'utf8'), 'precious\n');
      t.match(joined([...readLog(old), ...readLog(log)], 'stdout'), /^one\ntwo\nmore 0\n(more \d+\n)*last\n$/);
    },
  );
}

void t.test(
  "root's own link is followed, at the start and at a reopen, but not where it could have been moved",
  DISTRUSTS,
  async (t) => {
    for (const [mode, followed] of [
      [0o755, true],
      [0o1777, true],
      [0o777, false],
    ] as const) {
      const s = scene(t);
      const { directory } = laidOut(s, mode);
      const log = `${directory}/ctr.log`;
      const [first, second] = [`${s.dir}/first`, `${s.dir}/second`];
      symlinkSync(first, log);
      if (!followed) {
        const run = launch(t, s, createArguments(s, actor(s).path, [], { '-l': log }));
        t.equal((await run.launcher()).code, 1);
        t.match(await run.stderr?.rest(), /in a directory where other users could have placed it/);
        continue;
      }
      const { run, at, go } = await start(t, s, log, 'echo one; wait link; echo two; exit 4');
      await at('link');
      await until('the first line', () => readLog(first).length === 1);
      rmSync(log);
      symlinkSync('../second', log);
      writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
      await untilExists(second);
      go('link');
      t.equal(await run.finished(), '4');
      t.same([joined(readLog(first), 'stdout'), joined(readLog(second), 'stdout')], ['one\n', 'two\n']);
    }
  },
);

void t.test(
  'a path through linked directories is an ordinary path, regardless of who owns the links',
  DISTRUSTS,
  async (t) => {
    const s = scene(t);
    const { directory } = laidOut(s, 0o755);
    symlinkSync(directory, `${s.dir}/way`);
    const { run } = await start(t, s, `${s.dir}/way/ctr.log`, 'echo one; exit 4');
    t.equal(await run.finished(), '4');
    t.equal(joined(readLog(`${directory}/ctr.log`), 'stdout'), 'one\n');
  },
);

void t.test('a second name for another file is refused where other users can add names', DISTRUSTS, async (t) => {
  const s = scene(t);
  const { directory, victim } = laidOut(s, 0o777);
  const log = `${directory}/ctr.log`;
  linkSync(victim, log);
  const run = launch(t, s, createArguments(s, actor(s).path, [], { '-l': log }));
  t.equal((await run.launcher()).code, 1);
  t.match(await run.stderr?.rest(), /Failed to open log file .*: it has more than one name/);
  t.equal(readFileSync(victim, 'utf8'), 'precious\n');
});
