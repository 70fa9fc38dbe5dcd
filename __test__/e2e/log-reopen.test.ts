import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { joined, readLog } from '../support/cri-log.js';
import { writeFifo } from '../support/fifo.js';
import { launch } from '../support/monitor.js';
import { scene } from '../support/scene.js';
import { start } from '../support/staged.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

void t.test('"2 0 0" continues in a new file: nothing is lost or duplicated, however often', async (t) => {
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

void t.test('"2 0 0" without a renamed file keeps its content', betterThanC('2.1.6 truncates'), async (t) => {
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

for (const driver of ['k8s-file', 'json-file']) {
  for (const [what, rest] of [
    ['half a record', '2026-01-01T00:00:00.000000000+00:00 stdout F hal'],
    ['NULs', `a record\n${'\0'.repeat(500)}`],
  ] as const) {
    void t.test(
      `${driver}: after a log that ends in ${what} the next record begins a line, at the start and at a reopen`,
      betterThanC('2.1.6 appends to what is there'),
      async (t) => {
        const s = scene(t);
        writeFileSync(s.log, rest);
        const script = 'echo one; wait reopen; echo two; exit 3';
        const { run, at, go } = await start(t, s, `${driver}:${s.log}`, script);
        await at('reopen');
        const old = `${s.dir}/old`;
        await until('the first line', () => statSync(s.log).size > rest.length);
        renameSync(s.log, old);
        writeFileSync(s.log, rest);
        writeFifo(`${s.bundle}/ctl`, '2 0 0\n');
        go('reopen');
        t.equal(await run.finished(), '3');
        for (const [file, text] of [
          [old, 'one'],
          [s.log, 'two'],
        ] as const) {
          const content = readFileSync(file, 'latin1');
          t.ok(content.startsWith(`${rest}\n`), 'what was there is kept');
          const records = content.slice(rest.length + 1).split('\n');
          t.equal(records.length, 2, 'one record');
          t.match(records[0], driver === 'k8s-file' ? new RegExp(`^20.* stdout F ${text}$`) : `{"log":"${text}\\n",`);
        }
      },
    );
  }
}

void t.test('a log that ends in a whole record gets no empty line', async (t) => {
  const s = scene(t);
  const first = await start(t, s, s.log, 'echo one');
  await first.run.finished();
  const again = scene(t);
  const second = await start(t, again, s.log, 'echo two');
  await second.run.finished();
  t.equal(joined(readLog(s.log), 'stdout'), 'one\ntwo\n');
});

for (const [request, extra, env, rotates] of [
  ['2 0 0', ['--log-rotate', '--log-max-files', '2'], {}, true],
  ['2 1 1', ['--log-rotate', '--log-max-files', '2'], {}, true],
  ['2 0 0', [], { CONMON_LOG_ROTATE: '2' }, false],
  ['2 0 0', ['--log-max-files', '2'], {}, false],
] as const) {
  const setting = [...extra, ...Object.keys(env)].join(' ');
  void t.test(
    `"${request}" with ${setting} and a file that is still there ${rotates ? 'rotates it' : 'keeps it'}`,
    betterThanC('2.1.6 has no rotation'),
    async (t) => {
      const s = scene(t);
      const script = 'echo one; wait first; echo two; wait second; echo three; exit 3';
      const { run, at, go } = await start(t, s, s.log, script, { extra, env });
      for (const [step, text] of [
        ['first', 'one'],
        ['second', 'two'],
      ] as const) {
        await at(step);
        await until('the line', () => readLog(s.log).at(-1)?.text === text);
        writeFifo(`${s.bundle}/ctl`, `${request}\n`);
        if (rotates) await until('a rotated file', () => existsSync(s.log) && statSync(s.log).size === 0);
        go(step);
      }
      t.equal(await run.finished(), '3');
      const texts = (file: string): string => (existsSync(file) ? joined(readLog(file), 'stdout') : '');
      const expected = rotates ? ['three\n', 'two\n', 'one\n'] : ['one\ntwo\nthree\n', '', ''];
      t.same([s.log, `${s.log}.1`, `${s.log}.2`].map(texts), expected);
    },
  );
}
