/**
 * Adoptions of C conmons at random moments under load: numbered output on both streams, and a client that reads it. Nothing may be
 * missing, doubled or out of order. `CONMON_TEST_ADOPTIONS=1000` repeats them as often, in some twenty minutes (`--timeout 3600`).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { CONMONCTL } from '../ctl/live.js';
import { actor } from '../support/actor.js';
import { adopt, adoptionNeeds, launchC } from '../support/adopt.js';
import { createArguments } from '../support/arguments.js';
import { attach, record } from '../support/attach.js';
import { container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { checkLines, counting } from '../support/numbered.js';
import { status } from '../support/proc.js';
import { scene } from '../support/scene.js';
import { EXECUTABLE, executableOf } from '../support/upgrade.js';
import { until } from '../support/wait.js';

const ADOPTIONS = Number(process.env['CONMON_TEST_ADOPTIONS'] ?? 20);
const PATIENCE_MS = 60_000 + ADOPTIONS * 3000;
/** Until the adoption, at most. */
const LATEST_MS = 60;

void t.test('pipes, with a client', { ...adoptionNeeds('socat'), timeout: PATIENCE_MS }, async (t) => {
  for (let round = 0; round < ADOPTIONS; round += 1) {
    await t.test(`${round}`, async (t) => {
      const s = scene(t);
      const wait = `while [ ! -e '${s.dir}/go' ]; do sleep 0.01; done`;
      const payload = `${counting(s)}\n${wait}\ncount err >&2 &\ncount out\nwait\nexit 7`;
      const runtime = actor(s, { payload, ungated: true });
      const run = launchC(t, s, createArguments(s, runtime.path, ['-i', '--exit-command', '/bin/true']));
      await run.started();
      const client = await record(t, `${s.bundle}/attach`, `${s.dir}/received`);
      const pid = await run.pid();
      writeFileSync(`${s.dir}/go`, '');
      await sleep(Math.random() * LATEST_MS);
      await adopt(pid);
      t.equal(executableOf(pid), EXECUTABLE);
      await sleep(Math.random() * LATEST_MS);
      writeFileSync(`${s.dir}/stop`, '');
      t.equal(await run.finished(), '7');
      const records = readLog(s.log);
      const received = (await client.end()).replaceAll('\x03', '');
      for (const [source, stream] of [
        ['out', 'stdout'],
        ['err', 'stderr'],
      ] as const) {
        checkLines(t, joined(records, stream), source, 'log');
        checkLines(t, received, source, 'client');
      }
    });
  }
});

void t.test(
  'a terminal is adopted under load',
  { ...adoptionNeeds('socat', 'miniruntime'), timeout: PATIENCE_MS },
  async (t) => {
    for (let round = 0; round < ADOPTIONS; round += 1) {
      await t.test(`${round}`, async (t) => {
        const s = scene(t);
        const args = ['sh', '-c', `${counting(s)}\ncount out; read -r line; echo "got $line"; exit 5`];
        const c = container(t, s, 'miniruntime', { args, terminal: true });
        const options = [...c.options, '-t', '-i', '--exit-command', '/bin/true'];
        const run = launchC(t, s, createArguments(s, c.runtime, options));
        await run.started();
        await c.start();
        const pid = await run.pid();
        await sleep(Math.random() * LATEST_MS);
        await adopt(pid);
        t.equal(executableOf(pid), EXECUTABLE);
        writeFileSync(`${s.dir}/stop`, '');
        const client = await attach(t, `${s.bundle}/attach`);
        client.send('word\n');
        t.equal(await run.finished(), '5');
        const text = joined(readLog(s.log), 'stdout').replaceAll('\r', '');
        checkLines(t, text, 'out', 'log');
        t.match(text, /got word\n$/);
      });
    }
  },
);

void t.test('containers that end meanwhile', { ...adoptionNeeds(), timeout: PATIENCE_MS }, async (t) => {
  let adopted = 0;
  for (let round = 0; round < ADOPTIONS; round += 1) {
    await t.test(`${round}`, async (t) => {
      const s = scene(t);
      const runtime = actor(s, {
        payload: `sleep 0.0${Math.floor(Math.random() * 10)}; echo last; exit 9`,
        ungated: true,
      });
      const run = launchC(t, s, createArguments(s, runtime.path, ['--exit-command', '/bin/true']));
      await run.started();
      const why = await adopt(await run.pid()).catch((error: unknown) => String(error));
      if (why === undefined) adopted += 1;
      else t.match(why, /(it|its container) has ended|is not a monitor/);
      t.equal(await run.finished(), '9');
      t.equal(readFileSync(s.persistFile, 'utf8'), '9');
      t.equal(joined(readLog(s.log), 'stdout'), 'last\n');
    });
  }
  t.comment(`${adopted} of ${ADOPTIONS} were adopted`);
});

void t.test('a conmonctl that is killed meanwhile', { ...adoptionNeeds(), timeout: PATIENCE_MS }, async (t) => {
  // The adoption comes last, and takes a tenth of the time that the command takes.
  let longest = 0;
  const became = new Map<string, number>();
  for (let round = 0; round < ADOPTIONS; round += 1) {
    await t.test(`${round}`, async (t) => {
      const s = scene(t);
      const runtime = actor(s, { payload: `${counting(s)}\ncount err >&2 &\ncount out\nwait\nexit 7`, ungated: true });
      const run = launchC(t, s, createArguments(s, runtime.path, ['-i', '--exit-command', '/bin/true']));
      await run.started();
      const pid = await run.pid();
      const begin = performance.now();
      const ctl = spawn(CONMONCTL, ['adopt', '--executable', EXECUTABLE, `pid:${pid}`], { stdio: 'ignore' });
      const ended = once(ctl, 'exit');
      if (longest > 0) {
        await sleep(longest * (0.6 + Math.random() * 0.4));
        ctl.kill('SIGKILL');
      }
      await ended;
      longest = Math.max(longest, performance.now() - begin);
      await until('it to run untraced', () => status(pid, 'TracerPid') === '0' && status(pid, 'State')?.[0] !== 't');
      const executable = executableOf(pid);
      became.set(executable, (became.get(executable) ?? 0) + 1);
      await sleep(20);
      writeFileSync(`${s.dir}/stop`, '');
      t.equal(await run.finished(), '7');
      const records = readLog(s.log);
      checkLines(t, joined(records, 'stdout'), 'out', executable);
      checkLines(t, joined(records, 'stderr'), 'err', executable);
    });
  }
  t.comment(Object.fromEntries(became));
});
