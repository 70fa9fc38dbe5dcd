import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { joined, readLog } from '../support/cri-log.js';
import { writeFifo } from '../support/fifo.js';
import { launch } from '../support/monitor.js';
import { scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

void t.test('"2 0 0" goes on in a new file: nothing lost, nothing twice, however often', async (t) => {
  const s = scene(t);
  const payload = `i=0; until [ -e '${s.dir}/stop' ]; do echo "line $i"; i=$((i+1)); done; echo "$i lines"`;
  const runtime = actor(s, { payload });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await runtime.start();
  const files: string[] = [];
  for (let round = 0; round < 5; round++) {
    const old = `${s.dir}/old-${round}`;
    await until('some output', () => statSync(s.log).size > 0);
    renameSync(s.log, old);
    files.push(old);
    writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
    await untilExists(s.log);
  }
  writeFileSync(`${s.dir}/stop`, '');
  t.equal(await run.finished(), '0');
  const lines = [...files, s.log]
    .map((file) => joined(readLog(file), 'stdout'))
    .join('')
    .split('\n')
    .slice(0, -1);
  const last = lines.pop();
  t.equal(last, `${lines.length} lines`);
  t.ok(
    lines.every((line, index) => line === `line ${index}`),
    'in order, without a gap',
  );
});

void t.test('"2 0 0" without a renamed file keeps what is there', betterThanC('2.1.6 truncates'), async (t) => {
  const s = scene(t);
  const runtime = actor(s, {
    payload: `echo one; read -r _ < '${s.dir}/gate2'; echo two`,
    before: `mkfifo '${s.dir}/gate2'`,
  });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await runtime.start();
  await until('the first line', () => joined(readLog(s.log), 'stdout') === 'one\n');
  writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
  writeFifo(`${s.dir}/gate2`, '\n');
  await run.finished();
  t.equal(joined(readLog(s.log), 'stdout'), 'one\ntwo\n');
});

void t.test(
  'a reopen that fails does not end the monitor',
  betterThanC('2.1.6 ends without an exit file'),
  async (t) => {
    const s = scene(t);
    mkdirSync(`${s.dir}/logs`);
    const log = `${s.dir}/logs/ctr.log`;
    const payload = `echo one; read -r _ < '${s.dir}/gate2'; echo two; exit 5`;
    const runtime = actor(s, { payload, before: `mkfifo '${s.dir}/gate2'` });
    const run = launch(t, s, createArguments(s, runtime.path, [], { '-l': log }));
    await run.started();
    await runtime.start();
    await until('the first line', () => joined(readLog(log), 'stdout') === 'one\n');
    rmSync(`${s.dir}/logs`, { recursive: true });
    writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
    writeFifo(`${s.dir}/gate2`, '\n');
    t.equal(await run.finished(), '5');
  },
);
