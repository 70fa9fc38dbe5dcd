/** What leaving `conmonctl attach` does to a container that reads its input. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { joined, readLog } from '../support/cri-log.js';
import { launch } from '../support/monitor.js';
import { type Scene, scene } from '../support/scene.js';
import { until } from '../support/wait.js';
import { CONMONCTL, MONITORS, skipWithout } from './live.js';

/** A container that reads its input to the end and reports that, and meanwhile writes. */
async function reading(t: Test, command: string): Promise<Scene> {
  const s = scene(t);
  const payload = '(while :; do echo tick; sleep 0.05; done) & cat; echo over; wait';
  const runtime = actor(s, { payload });
  const run = launch(t, s, createArguments(s, runtime.path, ['--stdin']), { command });
  await run.started();
  await runtime.start();
  return s;
}

/** Attaches until output arrives, then interrupts the attach. */
async function attachAndLeave(t: Test, s: Scene, ...flags: readonly string[]): Promise<string> {
  const child = spawn(CONMONCTL, ['attach', ...flags, s.cid], { stdio: ['pipe', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
  await until('output', () => shown.includes('tick\n'));
  child.kill('SIGINT');
  await once(child, 'close');
  return shown;
}

const count = (s: Scene, word: string): number => joined(readLog(s.log), 'stdout').split(`${word}\n`).length - 1;

for (const monitor of MONITORS) {
  const skip = skipWithout(monitor);

  void t.test(
    `the input of a container ends with the client, but not with --no-stdin (${monitor.name})`,
    skip,
    async (t) => {
      const s = await reading(t, monitor.path);
      await attachAndLeave(t, s, '--no-stdin');
      const ticks = count(s, 'tick');
      await until('more output', () => count(s, 'tick') > ticks + 5);
      t.equal(count(s, 'over'), 0, 'it still has its input');
      await attachAndLeave(t, s);
      await until('the end of the input', () => count(s, 'over') === 1);
    },
  );
}

void t.test(
  '--no-stdin ends with the container, with its last output and its status',
  skipWithout(MONITORS[0]),
  async (t) => {
    const s = scene(t);
    const payload = `until [ -e '${s.dir}/go' ]; do echo tick; sleep 0.05; done; echo after; exit 7`;
    const runtime = actor(s, { payload });
    const run = launch(t, s, createArguments(s, runtime.path));
    await run.started();
    await runtime.start();
    await until('the log', () => count(s, 'tick') > 10);
    const child = spawn(CONMONCTL, ['attach', '--no-stdin', '--json', s.cid], { stdio: ['ignore', 'pipe', 'pipe'] });
    t.teardown(() => child.kill('SIGKILL'));
    let [shown, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = once(child, 'close');
    await until('output', () => shown.includes('tick\n'));
    writeFileSync(`${s.dir}/go`, '');
    const [code] = await ended;
    t.strictSame([code, JSON.parse(stderr)], [7, { detached: false, status: 7 }]);
    t.match(shown, /^(tick\n)+after\n$/);
    t.ok(shown.length < joined(readLog(s.log), 'stdout').length, 'from now on, not from the start');
  },
);

void t.test('without a log it prints what detaching does', skipWithout(MONITORS[0]), async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'while echo tick; do sleep 0.05; done' });
  const run = launch(t, s, createArguments(s, runtime.path, [], { '-l': 'none' }));
  await run.started();
  await runtime.start();
  const child = spawn(CONMONCTL, ['attach', '--no-stdin', s.cid], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  const [first] = await once(child.stderr, 'data');
  t.match(String(first), 'leaving it ends its input');
});
