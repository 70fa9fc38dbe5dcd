/**
 * A terminal that every process of the container closes, and that is opened again later: systemd as the first process does
 * so for each of its status lines.
 */
import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { createArguments } from '../support/arguments.js';
import { RUNTIMES, type RuntimeName, container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { writeFifo } from '../support/fifo.js';
import { staysAsleep } from '../support/idle.js';
import { type Launched, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { type Scene, scene } from '../support/scene.js';
import { STDOUT, connect } from '../support/stream-client.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

const TIMES = 50;
const CLOSED = '</dev/null >/dev/null 2>&1';

type Mode = 'create' | 'exec';

interface Started {
  readonly s: Scene;
  readonly run: Launched;
  /** Lets the script continue after its `wait` for this step. */
  readonly go: (step: string) => void;
  /** Waits until the script has written a mark. */
  readonly reached: (mark: string) => Promise<void>;
}

/** In a script: waits for the test. */
function wait(at: string, step: string): string {
  return `until [ -e '${at}/${step}' ]; do sleep 0.02; done`;
}

/** Runs a script on a terminal, whose path is in `$tty`; `at` is the directory of the steps as the container sees it. */
async function start(
  t: Test,
  name: RuntimeName,
  mode: Mode,
  script: (at: string) => string,
  extra: readonly string[] = [],
): Promise<Started> {
  const base = scene(t);
  const steps = name === 'miniruntime' ? base.dir : `${base.bundle}/rootfs/tmp`;
  const args = ['sh', '-c', `tty=$(tty); ${script(name === 'miniruntime' ? base.dir : '/tmp')}`];
  const go = (step: string): void => writeFileSync(`${steps}/${step}`, '');
  const reached = (mark: string): Promise<void> => untilExists(`${steps}/${mark}`);
  const terminal = ['-t', '-i', '--leave-stdin-open', ...extra];
  if (mode === 'create') {
    const c = container(t, base, name, { args, terminal: true });
    const run = launch(t, base, createArguments(base, c.runtime, [...c.options, ...terminal]));
    await run.started();
    await c.start();
    return { s: base, run, go, reached };
  }
  const c = container(t, base, name, { args: ['sleep', '1000'] });
  await launch(t, base, createArguments(base, c.runtime, c.options)).started();
  await c.start();
  const own = scene(t);
  const s = { ...own, cid: base.cid, exitFile: `${own.exits}/${base.cid}` };
  const exec = ['-e', '--exec-process-spec', c.process({ args, terminal: true }), ...c.options, ...terminal];
  const run = launch(t, s, createArguments(s, c.runtime, exec));
  await run.started();
  return { s, run, go, reached };
}

function lines(word: string): string {
  return Array.from({ length: TIMES }, (_, at) => `${word} ${at}\r\n`).join('');
}

t.jobs = 3;
for (const name of RUNTIMES) {
  for (const mode of ['create', 'exec'] as const) {
    const options = name === 'miniruntime' ? needs('miniruntime') : needs('root', name, 'busybox', 'unshare');

    void t.test(
      `${name} ${mode}: what is written after a terminal was closed is not lost`,
      { ...options, buffered: true },
      async (t) => {
        const { s, run, go, reached } = await start(t, name, mode, (at) => {
          const loop = `i=0; while [ $i -lt ${TIMES} ]; do echo "line $i" > "$tty"; i=$((i + 1)); done`;
          return `echo begin; ${wait(at, 'close')}; exec ${CLOSED}; : > ${at}/closed; ${wait(at, 'write')}; ${loop}; ${wait(at, 'end')}; exit 3`;
        });
        await until('the first line', () => joined(readLog(s.log), 'stdout') === 'begin\r\n');
        const client = connect(t, `${s.bundle}/attach`);
        await client.send('');
        go('close');
        await reached('closed');
        await t.test('no wake-up while it is closed', betterThanC('2.1.6 looks again and again'), async (t) => {
          await staysAsleep(t, await run.pid());
        });
        go('write');
        await until('the last line', () => joined(readLog(s.log), 'stdout').endsWith(`line ${TIMES - 1}\r\n`));
        await t.test('no wake-up after it was closed again', betterThanC('2.1.6 looks again and again'), async (t) => {
          await staysAsleep(t, await run.pid());
        });
        go('end');
        t.equal(await run.finished(), '3');
        t.equal(joined(readLog(s.log), 'stdout'), `begin\r\n${lines('line')}`);
        await client.closed();
        t.equal(client.bytes(STDOUT).toString('latin1'), lines('line'));
      },
    );

    void t.test(
      `${name} ${mode}: input and resizing work after a terminal was opened again`,
      { ...options, buffered: true },
      async (t) => {
        const { s, run, go, reached } = await start(t, name, mode, (at) => {
          const size = `until [ "$(stty size <"$tty")" = '33 44' ]; do sleep 0.02; done`;
          const again = `exec <"$tty" >"$tty" 2>&1; echo open; read -r a; echo "got $a"; ${size}; echo sized; read -r b; echo "got $b"`;
          return `echo begin; ${wait(at, 'close')}; exec ${CLOSED}; : > ${at}/closed; ${wait(at, 'open')}; ${again}; exit 4`;
        });
        await until('the first line', () => joined(readLog(s.log), 'stdout') === 'begin\r\n');
        const client = connect(t, `${s.bundle}/attach`);
        go('close');
        await reached('closed');
        await t.test('asleep', betterThanC('2.1.6 looks again and again'), async (t) => {
          await staysAsleep(t, await run.pid());
        });
        await client.send('early\n');
        go('open');
        await client.expect(STDOUT, /got early\r\n/);
        writeFifo(`${s.bundle}/ctl`, '1 33 44\n');
        await client.expect(STDOUT, /sized\r\n/);
        await client.send('late\n');
        await client.expect(STDOUT, /got late\r\n/);
        t.equal(await run.finished(), '4');
      },
    );
  }
}

void t.test(
  'a write as systemd makes it, with nothing else open',
  needs('root', 'crun', 'busybox', 'unshare'),
  async (t) => {
    const s = scene(t);
    const args = ['sh', '-c', `exec ${CLOSED}; sleep 1; echo x >/dev/console`];
    const c = container(t, s, 'crun', { args, terminal: true });
    const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '-t']));
    await run.started();
    await c.start();
    t.equal(await run.finished(), '0');
    t.equal(joined(readLog(s.log), 'stdout'), 'x\r\n');
  },
);
