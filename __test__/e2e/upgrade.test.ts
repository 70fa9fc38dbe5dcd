/** A running monitor continues as another executable: same pid, same descriptors, and nothing is lost. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type Role, actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { CONMONCTL } from '../ctl/live.js';
import { attach, record } from '../support/attach.js';
import { type Result, command } from '../support/command.js';
import { joined, readLog } from '../support/cri-log.js';
import { joinedLog, readDockerLog } from '../support/docker-log.js';
import { anonymous } from '../support/memory.js';
import { go, waiting } from '../support/go.js';
import { type Launched, launch } from '../support/monitor.js';
import { cmdline, comm, descriptors, isAlive, stat, status } from '../support/proc.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanC, CONMON } from '../support/target.js';
import { copyOf, EXECUTABLE, executableOf, upgrade } from '../support/upgrade.js';
import { until, untilExists } from '../support/wait.js';

const ONLY_OURS = betterThanC('cannot be replaced while its container runs');

/** With and without an exit command: without one the monitor has restrictions that execve(2) does not lift. */
const CONFINEMENTS: readonly (readonly [string, readonly string[]])[] = [
  ['with an exit command', ['--exit-command', '/bin/true']],
  ['restricted', []],
];

async function start(
  t: Test,
  s: Scene,
  role: Role,
  extra: readonly string[] = [],
  changes: Readonly<Record<string, string>> = {},
): Promise<Launched> {
  const runtime = actor(s, { ungated: true, ...role });
  // A restricted monitor may only execute files below the directory of its executable.
  const own = copyOf(s, '.');
  const host = CONMON === EXECUTABLE ? { command: own } : { env: { CONMON_BINARY: own } };
  const run = launch(t, s, createArguments(s, runtime.path, extra, changes), host);
  await run.started();
  return run;
}

const LINES = 30_000;
/** Numbered lines on both streams; then status 7. */
const NUMBERED = `
count() { i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo "$1 $i"; done; }
count err >&2 &
count out
wait
exit 7`;

function numbers(name: string, count = LINES): string {
  return Array.from({ length: count }, (_, i) => `${name} ${i + 1}\n`).join('');
}

for (const [how, extra] of CONFINEMENTS) {
  void t.test(`the same process continues, ${how}`, ONLY_OURS, async (t) => {
    const s = scene(t);
    const run = await start(t, s, { payload: 'read -r line; echo "got $line"; exit 7' }, ['-i', ...extra]);
    const pid = await run.pid();
    await until('the monitor to rest', () => status(pid, 'State')?.startsWith('S'));
    const facts = (): unknown => ({
      comm: comm(pid),
      cmdline: cmdline(pid),
      parent: stat(pid)?.parent,
      session: stat(pid)?.session,
      masks: ['Umask', 'SigBlk', 'SigIgn', 'NoNewPrivs', 'Seccomp', 'Seccomp_filters', 'CapEff', 'CapPrm'].map((name) =>
        status(pid, name),
      ),
      open: [...descriptors(pid).values()].map((to) => to.replace(/\d+/g, 'N')).toSorted(),
    });
    const [before, count] = [facts(), descriptors(pid).size];
    for (const name of ['next', 'after-next', 'third']) {
      const next = copyOf(s, name);
      await upgrade(s, next);
      t.equal(executableOf(pid), next);
      // The connection to who asked is closed after the answer.
      await until('the same number of descriptors', () => descriptors(pid).size === count);
      t.same(facts(), before, 'nothing else has changed');
    }
    const client = await attach(t, `${s.bundle}/attach`);
    client.send('hello\n');
    await client.expect(2, /got hello/);
    t.equal(await run.finished(), '7');
    t.equal(joined(readLog(s.log), 'stdout'), 'got hello\n');
    for (const left of ['conmon.sock', 'attach', 'ctl', 'winsz']) {
      t.equal(existsSync(`${s.bundle}/${left}`), left === 'ctl' || left === 'winsz', left);
    }
  });

  void t.test(`numbered output on both streams is whole, ${how}`, ONLY_OURS, async (t) => {
    for (const driver of ['k8s-file', 'json-file']) {
      const s = scene(t);
      const next = copyOf(s, 'next');
      const run = await start(t, s, { payload: `${waiting(s)}; ${NUMBERED}` }, extra, {
        '-l': `${driver}:${s.log}`,
      });
      const pid = await run.pid();
      const client = await record(t, `${s.bundle}/attach`, `${s.dir}/received`);
      go(s);
      let upgrades = 0;
      while (isAlive(pid) && !existsSync(s.exitFile)) {
        const done = await upgrade(s, next).then(
          () => true,
          () => false,
        );
        if (done) upgrades += 1;
      }
      t.ok(upgrades >= 2, `${upgrades} times`);
      t.equal(await run.finished(), '7');
      const received = await client.end();
      const text = (stream: 'stdout' | 'stderr'): string =>
        driver === 'k8s-file' ? joined(readLog(s.log), stream) : joinedLog(readDockerLog(s.log), stream);
      t.equal(text('stdout'), numbers('out'));
      t.equal(text('stderr'), numbers('err'));
      const lines = received.split(/(?<=\n)/).filter((line) => line.startsWith('out'));
      t.ok(lines.length > 0, 'the client was served');
    }
  });
}

void t.test(
  'the monitor of an exec session continues, and reports the status on the sync pipe',
  ONLY_OURS,
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { ungated: true, payload: `echo before; read -r line; echo "got $line"; exit 5` });
    writeFileSync(`${s.dir}/process.json`, '{}');
    const own = copyOf(s, '.');
    const host = CONMON === EXECUTABLE ? { command: own } : { env: { CONMON_BINARY: own } };
    const words = ['-i', '-e', '--exec-attach', '--exec-process-spec', `${s.dir}/process.json`];
    const exit = ['--exit-command', '/bin/sh', '--exit-command-arg', '-c', '--exit-command-arg', `: > '${s.dir}/ran'`];
    const run = launch(t, s, createArguments(s, runtime.path, [...words, ...exit]), { ...host, attachPipe: true });
    await run.attach.message();
    const client = await attach(t, `${s.bundle}/attach`);
    run.go();
    await run.started();
    await client.expect(2, /before/);
    const pid = await run.pid();
    for (const name of ['next', 'after-next']) {
      const next = copyOf(s, name);
      await upgrade(s, next);
      t.equal(executableOf(pid), next);
    }
    client.send('hello\n');
    await client.expect(2, /got hello/);
    t.equal(await run.finished(), '5');
    t.match(await run.sync.rest(), /\n\{"data": ?5\}\n$/);
    t.ok(existsSync(`${s.dir}/ran`), 'the exit command has run');
    t.notOk(existsSync(`${s.bundle}/conmon.sock`));
  },
);

void t.test(
  'in a bundle that it shares an exec session leaves the private socket to the container',
  ONLY_OURS,
  async (t) => {
    const s = scene(t);
    const run = await start(t, s, { payload: `${waiting(s)}; exit 7` });
    const before = statSync(`${s.bundle}/conmon.sock`).ino;
    const runtime = actor(s, { ungated: true, payload: 'exit 5' }, 'exec-runtime');
    writeFileSync(`${s.dir}/process.json`, '{}');
    const other = { ...s, conmonPidfile: `${s.dir}/exec.pid`, exitFile: `${s.persist}/${s.cid}` };
    const words = ['-e', '--exec-process-spec', `${s.dir}/process.json`];
    const changes = { '-p': `${s.dir}/exec-pidfile`, '--exit-dir': s.persist, '-l': 'none' };
    const exec = launch(t, other, createArguments(other, runtime.path, words, changes));
    await exec.started();
    t.equal(await exec.finished(), '5');
    t.equal(statSync(`${s.bundle}/conmon.sock`).ino, before);
    await upgrade(s, copyOf(s, 'next'));
    go(s);
    t.equal(await run.finished(), '7');
  },
);

void t.test('a line that has not ended is continued', ONLY_OURS, async (t) => {
  for (const driver of ['k8s-file', 'json-file']) {
    const s = scene(t);
    const run = await start(t, s, { payload: `printf one; : > '${s.dir}/said'; read -r _; printf 'two\\n'` }, ['-i'], {
      '-l': `${driver}:${s.log}`,
    });
    await untilExists(`${s.dir}/said`);
    const client = await attach(t, `${s.bundle}/attach`);
    await upgrade(s, copyOf(s, 'next'));
    client.send('\n');
    await run.finished();
    if (driver === 'k8s-file') t.equal(joined(readLog(s.log), 'stdout'), 'onetwo\n');
    else
      t.same(
        readDockerLog(s.log).map(({ log }) => log),
        ['onetwo\n'],
      );
  }
});

void t.test('clients that do not read get all of it later, and the container waits', ONLY_OURS, async (t) => {
  const s = scene(t);
  const run = await start(t, s, { payload: `${waiting(s)}; head -c 8000000 /dev/zero | tr '\\0' x; echo; exit 3` });
  const client = await record(t, `${s.bundle}/attach`, `${s.dir}/received`);
  client.pause();
  go(s);
  await sleep(300);
  for (let round = 0; round < 3; round += 1) await upgrade(s, copyOf(s, `next-${round}`));
  client.resume();
  t.equal(await run.finished(), '3');
  t.equal((await client.end()).length, 8_000_001);
  t.equal(joined(readLog(s.log), 'stdout').length, 8_000_001);
});

void t.test('input that the container has not read yet arrives', ONLY_OURS, async (t) => {
  const s = scene(t);
  const run = await start(t, s, { payload: `${waiting(s)}; cksum` }, ['-i']);
  const client = await attach(t, `${s.bundle}/attach`);
  const input = Buffer.from(numbers('input', 30_000));
  client.send(input);
  client.end();
  await sleep(300);
  for (let round = 0; round < 3; round += 1) await upgrade(s, copyOf(s, `next-${round}`));
  go(s);
  t.equal(await run.finished(), '0');
  const [, length] = joined(readLog(s.log), 'stdout').split(' ');
  t.equal(Number(length), input.length);
});

void t.test('exit commands of exec sessions are kept', ONLY_OURS, async (t) => {
  const s = scene(t);
  await start(t, s, { payload: 'exec sleep 1000' }, ['--exit-command', '/bin/true']);
  const names = ['a', 'b', 'c'];
  for (const name of names) {
    const bundle = `${s.bundle}/${name}`;
    mkdirSync(bundle);
    writeFileSync(`${bundle}/process.json`, '{}');
    const own = { ...s, bundle, pidfile: `${bundle}/exec_pid`, conmonPidfile: `${bundle}/conmon.pid` };
    const runtime = actor({ ...own, dir: bundle }, { payload: 'exit 5', ungated: true });
    const script = `echo "$PPID" > '${s.dir}/ran-${name}.new'; mv '${s.dir}/ran-${name}.new' '${s.dir}/ran-${name}'`;
    const words = ['-e', '--exec-process-spec', `${bundle}/process.json`, '--exit-delay', '2'];
    const command = ['--exit-command', '/bin/sh', '--exit-command-arg', '-c', '--exit-command-arg', script];
    const run = launch(
      t,
      own,
      createArguments(own, runtime.path, [...words, ...command], { '-l': `k8s-file:${bundle}/log` }),
    );
    const monitor = await run.pid();
    await until('the end of the monitor of the session', () => !isAlive(monitor));
  }
  await upgrade(s, copyOf(s, 'next'));
  const monitor = readFileSync(s.conmonPidfile, 'utf8');
  for (const name of names) {
    await untilExists(`${s.dir}/ran-${name}`);
    t.equal(readFileSync(`${s.dir}/ran-${name}`, 'utf8').trim(), monitor);
  }
});

void t.test('reopening, resizing and the time limit work afterwards', ONLY_OURS, async (t) => {
  const s = scene(t);
  const run = await start(t, s, { payload: `echo one; read -r _; echo two; exec sleep 1000` }, ['-i', '-T', '3']);
  await until('the first line', () => existsSync(s.log) && readFileSync(s.log, 'utf8').includes('one'));
  writeFileSync(`${s.bundle}/ctl`, '2 0');
  await upgrade(s, copyOf(s, 'next'));
  t.equal(readlinkSync(`/proc/${await run.pid()}/fd/0`), '/dev/null');
  const before = readFileSync(s.log);
  writeFileSync(`${s.log}.moved`, before);
  chmodSync(s.log, 0o600);
  // The second half of a line, of which the other executable has read the first.
  writeFileSync(`${s.bundle}/ctl`, ' 0\n');
  const client = await attach(t, `${s.bundle}/attach`);
  client.send('\n');
  await client.expect(2, /two/);
  t.equal(await run.finished(), '-1', 'the time limit');
});

void t.test('what cannot continue the monitor is refused, and the monitor continues', ONLY_OURS, async (t) => {
  const s = scene(t);
  const run = await start(t, s, { payload: 'read -r _; exit 4' }, ['-i', '--exit-command', '/bin/true']);
  const pid = await run.pid();
  const own = executableOf(pid);
  const file = (name: string, content: string, mode = 0o755): string => {
    const path = `${s.dir}/${name}`;
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };
  const writable = copyOf(s, 'writable');
  chmodSync(writable, 0o777);
  const foreign = copyOf(s, 'foreign');
  chownSync(foreign, 65_534, 65_534);
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['no program', file('text', 'nothing'), /cannot execute it: Exec format error/],
    ['not executable', file('plain', '#!/bin/sh\n', 0o644), /cannot execute it: Permission denied/],
    ['a directory', s.dir, /not a regular file/],
    ['a device', '/dev/null', /not a regular file/],
    ['a program that others can write to', writable, /others than its owner can write/],
    ['a program of another user', foreign, /belongs to user 65534/],
    ['a program that succeeds', '/bin/true', /the executable cannot continue this monitor/],
    ['a program that fails', '/bin/false', /the executable cannot continue this monitor/],
    ['a shell', '/bin/bash', /./],
    [
      'a program that does not end',
      file('sleeper', '#!/bin/sh\nexec sleep 1000\n'),
      /does not answer within|cannot execute/,
    ],
  ];
  for (const [what, path, why] of cases) {
    await t.rejects(upgrade(s, path), why, what);
    t.equal(executableOf(pid), own, what);
  }
  const client = await attach(t, `${s.bundle}/attach`);
  client.send('\n');
  t.equal(await run.finished(), '4');
});

void t.test('an upgraded monitor takes as much memory as before', ONLY_OURS, async (t) => {
  const s = scene(t);
  const run = await start(t, s, { payload: 'exec sleep 1000' }, ['--exit-command', '/bin/true']);
  const pid = await run.pid();
  // Memory is released after a second without work.
  const before = await until('the monitor to rest', () => anonymous(pid) < 150 && anonymous(pid));
  for (const name of ['next', 'after-next']) await upgrade(s, copyOf(s, name));
  await until(`at most ${before} + 8 kB`, () => anonymous(pid) <= before + 8);
  t.ok(anonymous(pid) <= before + 8, `${anonymous(pid)} kB after ${before} kB`);
});

void t.test('conmonctl upgrade reports the result for each monitor', ONLY_OURS, async (t) => {
  const s = scene(t);
  const run = await start(t, s, { payload: 'exec sleep 1000' }, ['--exit-command', '/bin/true']);
  const pid = await run.pid();
  const next = copyOf(s, 'next');
  const ctl = (...words: readonly string[]): Promise<Result> => command([CONMONCTL, 'upgrade', ...words]);

  const done = await ctl('--executable', next, s.cid);
  t.match(done.text, new RegExp(`^${s.cid.slice(0, 12)}: \\d\\S* → \\d\\S*\\n$`), done.stderr);
  t.equal(executableOf(pid), next);

  const again = await ctl('--executable', next, '--json', s.cid);
  t.match(JSON.parse(again.text), {
    executable: next,
    monitors: [{ container: s.cid, monitor: pid, result: 'unchanged', reason: 'it already runs this executable' }],
  });

  chmodSync(next, 0o777);
  const other = copyOf(s, 'other');
  chmodSync(other, 0o777);
  const refused = await ctl('--executable', other, s.cid);
  t.strictSame([refused.code, refused.text], [1, '']);
  t.match(refused.stderr, /cannot upgrade the monitor of \w+: others than its owner can write to the executable/);

  const wrong = await ctl('--executable', '/bin/true', s.cid);
  t.match([wrong.code, wrong.stderr], [125, /\/(usr\/)?bin\/true is not an executable of conmon-node/]);
  t.match((await ctl()).stderr, /needs containers or --all/);
  t.equal((await ctl('--executable', next, 'nobody-has-this')).code, 1);
  t.equal(executableOf(pid), next);
});

void t.test('the container does not wait for longer than 20 ms', ONLY_OURS, async (t) => {
  const s = scene(t);
  const run = await start(t, s, { payload: 'while :; do echo line; done' });
  const next = copyOf(s, 'next');
  const pauses: number[] = [];
  for (let round = 0; round < 11; round += 1) {
    const begin = performance.now();
    await upgrade(s, next);
    pauses.push(performance.now() - begin);
  }
  const median = pauses.toSorted((a, b) => a - b)[5] ?? 0;
  t.comment(`median ${median.toFixed(1)} ms, longest ${Math.max(...pauses).toFixed(1)} ms`);
  t.ok(median < 20 || process.env['CI'] === undefined, `median ${median.toFixed(1)} ms`);
  process.kill(Number(readFileSync(s.pidfile, 'utf8')), 'SIGKILL');
  t.equal(await run.finished(), '137');
});
