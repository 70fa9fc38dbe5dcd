/**
 * Hand-overs at random moments under load: numbered output on both streams, input, clients, rotation, a terminal. Nothing may be
 * missing, doubled or out of order. `CONMON_TEST_HANDOVERS=1000` repeats them as often; each test takes some 20 s then.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { attach, record } from '../support/attach.js';
import { type LogRecord, joined, readLog } from '../support/cri-log.js';
import { launch } from '../support/monitor.js';
import { container } from '../support/container.js';
import { needs } from '../support/needs.js';
import { checkLines, counting } from '../support/numbered.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { EXECUTABLE, upgrade } from '../support/upgrade.js';

const HANDOVERS = Number(process.env['CONMON_TEST_HANDOVERS'] ?? 40);
const ONLY_OURS = betterThanC('cannot be replaced while its container runs');
const PATIENCE_MS = 60_000 + HANDOVERS * 200;

async function handOver(s: Scene): Promise<void> {
  for (let round = 0; round < HANDOVERS; round += 1) {
    await upgrade(s, EXECUTABLE);
    await sleep(Math.random() * 8);
  }
  writeFileSync(`${s.dir}/stop`, '');
}

/** All files of a rotated log, the oldest first. */
function rotated(s: Scene): LogRecord[] {
  const kept = readdirSync(s.dir).flatMap((name) => /^ctr\.log\.(\d+)$/.exec(name)?.[1] ?? []);
  const numbers = kept.map(Number).toSorted((a, b) => b - a);
  return [...numbers.map((number) => `${s.log}.${number}`), s.log].flatMap((path) => readLog(path));
}

void t.test('pipes, input, two clients and rotation', { ...ONLY_OURS, timeout: PATIENCE_MS }, async (t) => {
  const s = scene(t);
  const payload = `${counting(s)}\ncount err >&2 &\ncount out &\ncat\nwait\nexit 7`;
  const runtime = actor(s, { payload, ungated: true });
  const rotation = ['--log-size-max', '200000', '--log-rotate', '--log-max-files', '5000'];
  const run = launch(t, s, createArguments(s, runtime.path, ['-i', ...rotation, '--exit-command', '/bin/true']));
  await run.started();
  const client = await record(t, `${s.bundle}/attach`, `${s.dir}/received`);
  const typist = await attach(t, `${s.bundle}/attach`);
  const done = handOver(s);
  let typed = 0;
  while (!existsSync(`${s.dir}/stop`)) {
    typist.send(`in ${(typed += 1)}\n`);
    await sleep(5);
  }
  typist.send(`in ${typed + 1} end\n`);
  typist.end();
  await done;
  t.equal(await run.finished(), '7');
  const records = rotated(s);
  for (const source of ['out', 'in']) checkLines(t, joined(records, 'stdout'), source, 'log');
  checkLines(t, joined(records, 'stderr'), 'err', 'log');
  // The client has attached later than the first line was written.
  const received = (await client.end()).replaceAll('\x03', '').split('\n');
  for (const source of ['out', 'err', 'in']) {
    const numbers = received.filter((line) => line.startsWith(`${source} `)).map((line) => Number(line.split(' ')[1]));
    t.ok(
      numbers.length > 0 && numbers.every((number, at) => at === 0 || number === (numbers[at - 1] ?? 0) + 1),
      source,
    );
  }
});

void t.test(
  'a terminal, with resizes and reopened logs',
  { ...ONLY_OURS, ...needs('miniruntime', 'socat'), timeout: PATIENCE_MS },
  async (t) => {
    const s = scene(t);
    const args = ['sh', '-c', `${counting(s)}\ncount out; read -r line; echo "got $line"; exit 5`];
    const c = container(t, s, 'miniruntime', { args, terminal: true });
    const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-t', '-i', '--exit-command', '/bin/true']));
    await run.started();
    await c.start();
    const done = handOver(s);
    for (let size = 20; !existsSync(`${s.dir}/stop`); size = 20 + ((size + 1) % 60)) {
      writeFileSync(`${s.bundle}/ctl`, `1 ${size} 80\n2 0 0\n`);
      await sleep(20);
    }
    await done;
    const client = await attach(t, `${s.bundle}/attach`);
    client.send('word\n');
    t.equal(await run.finished(), '5');
    const text = joined(readLog(s.log), 'stdout').replaceAll('\r', '');
    checkLines(t, text, 'out', 'log');
    t.match(text, /got word\n$/);
    t.equal(readFileSync(s.exitFile, 'utf8'), '5');
  },
);
