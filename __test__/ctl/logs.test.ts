import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { findLog } from '../../ts/ctl/logs/log-source.js';
import { pointInTime } from '../../ts/ctl/logs/point-in-time.js';
import { recordJson, RecordText } from '../../ts/ctl/logs/record-text.js';
import type { LogRecord } from '../../ts/node/logs/record.js';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { command, type Result } from '../support/command.js';
import { Journal } from '../support/journal.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { cmdline, pids } from '../support/proc.js';
import { scene } from '../support/scene.js';
import { onTerminal } from '../support/terminal.js';
import { until } from '../support/wait.js';
import { CONMONCTL, skipWithout, MONITORS } from './live.js';

const NOW = Date.parse('2026-11-24T12:00:00Z');

void t.test('times are written in many ways', async (t) => {
  for (const [text, expected] of [
    ['10m', '2026-11-24T11:50:00.000Z'],
    ['1h30m', '2026-11-24T10:30:00.000Z'],
    ['2d', '2026-11-22T12:00:00.000Z'],
    ['1.5s', '2026-11-24T11:59:58.500Z'],
    ['250ms', '2026-11-24T11:59:59.750Z'],
    ['0', '1970-01-01T00:00:00.000Z'],
  ] as const) {
    t.equal(new Date(pointInTime(text, NOW)).toISOString(), expected, text);
  }
  t.equal(
    pointInTime('2026-11-24T18:10:00.123456789+05:30'),
    '2026-11-24T18:10:00.123456789+05:30',
    'to the nanosecond',
  );
  const local = new Date(2026, 10, 24, 18, 10).getTime();
  t.equal(new Date(pointInTime('2026-11-24 18:10')).getTime(), local);
  t.equal(new Date(pointInTime('2026-11-24')).getTime(), new Date(2026, 10, 24).getTime());
  for (const text of ['', 'yesterday', '10x', '2026-13-01', '-5m', '5m ago']) {
    t.throws(() => pointInTime(text), { message: /not a time/ }, text);
  }
});

function record(text: string, partial = false, stream: LogRecord['stream'] = 'stdout'): LogRecord {
  return { time: 'T', stream, partial, text: Buffer.from(text, 'latin1') };
}

void t.test('a time precedes a line, not its later parts', async (t) => {
  const text = new RecordText(true);
  const records = [record('one'), record('tw', true), record('err', false, 'stderr'), record('o'), record('three')];
  const shown = records.map((each) => Buffer.concat(text.of(each)).toString());
  t.same(shown, ['T one\n', 'T tw', 'T err\n', 'o\n', 'T three\n']);
});

void t.test('JSON keeps bytes that are not text', async (t) => {
  t.same(JSON.parse(recordJson(record('a\xff'))), {
    time: 'T',
    stream: 'stdout',
    partial: false,
    text: 'a\ufffd',
    base64: 'Yf8=',
  });
  t.same(JSON.parse(recordJson(record('"\n'))), { time: 'T', stream: 'stdout', partial: false, text: '"\n' });
});

void t.test('a path is a file, and no process is looked at for it', async (t) => {
  const scan = (): Promise<never> => Promise.reject(new Error('it scanned /proc'));
  const file = `${t.testdir({ log: '' })}/log`;
  t.same((await findLog(file, scan)).source, { kind: 'file', path: file });
  t.same((await findLog('./nowhere', scan)).source, { kind: 'file', path: './nowhere' });
  await t.rejects(findLog('web', scan), { message: 'it scanned /proc' });
});

void t.test('a whole id without a monitor is looked for in the journal; other words are not found', async (t) => {
  const scan = async (): Promise<readonly []> => [];
  const cid = 'ab'.repeat(32);
  const uids = [...new Set([0, process.geteuid?.() ?? 0])];
  t.same(await findLog(cid, scan), { source: { kind: 'journald', cid, uids }, writer: 'ended', remark: '' });
  await t.rejects(findLog('web', scan), { message: /no monitor here has a container "web"/ });
});

const line = (second: number, text: string, stream = 'stdout', tag = 'F'): string =>
  `2026-11-24T12:00:${String(second).padStart(2, '0')}.000000000+00:00 ${stream} ${tag} ${text}\n`;

const logs = (...args: readonly string[]): Promise<Result> => command([CONMONCTL, 'logs', ...args]);

void t.test('rotated and compressed files are one log, and each option selects from it', async (t) => {
  const dir = t.testdir({});
  writeFileSync(`${dir}/log.2.gz`, gzipSync(line(1, 'one') + line(2, 'two')));
  writeFileSync(`${dir}/log.1`, line(3, 'three') + line(4, 'err', 'stderr'));
  writeFileSync(`${dir}/log`, line(5, 'fi', 'stdout', 'P') + line(6, 've') + line(7, 'six'));
  const path = `${dir}/log`;
  const all = await logs(path);
  t.strictSame([all.code, all.text, all.stderr], [0, 'one\ntwo\nthree\nfive\nsix\n', 'err\n']);
  for (const [options, expected] of [
    [['--tail', '2'], 'five\nsix\n'],
    [['-n', '0'], ''],
    [['--tail', 'all'], 'one\ntwo\nthree\nfive\nsix\n'],
    [['--since', '2026-11-24T12:00:03Z', '--until', '2026-11-24T12:00:06Z'], 'three\nfive\n'],
    [['--stream', 'stderr'], ''],
    [['--tail', '1', '--timestamps'], `${line(7, '').slice(0, 35)} six\n`],
  ] as const) {
    t.equal((await logs(...options, path)).text, expected, options.join(' '));
  }
  const json = (await logs('--json', '--stream', 'stderr', path)).text;
  t.match(JSON.parse(json), {
    stream: 'stderr',
    partial: false,
    text: 'err',
    time: '2026-11-24T12:00:04.000000000+00:00',
  });
});

void t.test('json-file is known by its records', async (t) => {
  const path = `${t.testdir({})}/log`;
  writeFileSync(path, '{"log":"a\\n","stream":"stderr","time":"2026-11-24T12:00:00Z"}\n');
  t.equal((await logs(path)).stderr, 'a\n');
});

void t.test('malformed records are reported and skipped', async (t) => {
  const path = `${t.testdir({})}/log`;
  writeFileSync(path, `${line(1, 'one')}torn\n${line(2, 'two')}`);
  const { code, text, stderr } = await logs(path);
  t.strictSame([code, text], [0, 'one\ntwo\n']);
  t.match(stderr, /^conmonctl: .*malformed record at byte \d+/);
});

void t.test('a missing log and meaningless options are refused', async (t) => {
  const dir = t.testdir({});
  for (const [args, message] of [
    [[`${dir}/none`], /none/],
    [['--tail', 'x', `${dir}/none`], /--tail needs/],
    [['--since', 'x', `${dir}/none`], /not a time/],
  ] as const) {
    const { code, stderr } = await logs(...args);
    t.equal(code, 125);
    t.match(stderr, message);
  }
});

void t.test('a reader that has gone ends the command without an error', async (t) => {
  const path = `${t.testdir({})}/log`;
  writeFileSync(path, line(1, 'x'.repeat(100)).repeat(50_000));
  const child = spawn(CONMONCTL, ['logs', '-f', path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = await once(child, 'exit');
  t.strictSame([code, stderr], [0, '']);
});

void t.test(
  'progress is for a terminal whose output goes elsewhere, and leaves nothing in a pipe',
  skipWithout(MONITORS[0], 'script'),
  async (t) => {
    const dir = t.testdir({});
    mkdirSync(`${dir}/x`);
    const path = `${dir}/log`;
    writeFileSync(path, line(1, 'x').repeat(20_000));
    const words = ['sh', '-c', 'exec "$0" logs -f "$1" >/dev/null', CONMONCTL, path];
    const [program = '', ...args] = onTerminal(words, 24, 80);
    const child = spawn(program, args);
    t.teardown(() => child.kill('SIGKILL'));
    let shown = '';
    const timer = setInterval(() => writeFileSync(path, line(2, 'y'), { flag: 'a' }), 50);
    t.teardown(() => clearInterval(timer));
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        shown += text.toString();
        if (/20,\d+ records/.test(shown)) resolve();
      });
    });
    t.equal((await logs(path)).stderr, '');
  },
);

void t.test(
  'the journal has what a container wrote, also when it is gone',
  needs('root', 'nsenter', 'journalctl'),
  async (t) => {
    const journal = await Journal.start(t);
    const s = scene(t);
    const runtime = actor(s, { payload: 'echo one; echo err >&2; exit 3' });
    const args = createArguments(s, runtime.path, [], { '-l': 'journald' });
    const run = launch(t, s, args, { prefix: journal.prefix(s.dir) });
    await run.started();
    const inside = (...words: readonly string[]) => command([...journal.prefix(s.dir), CONMONCTL, 'logs', ...words]);
    const follower = inside('--follow', s.cid.slice(0, 20));
    await until('it to follow', () => pids().some((pid) => cmdline(pid).includes(`CONTAINER_ID_FULL=${s.cid}`)));
    await runtime.start();
    const live = await follower;
    t.strictSame([live.code, live.text, live.stderr], [0, 'one\n', 'err\n'], 'followed to the end');
    await run.finished();
    for (const follow of [[], ['--follow']]) {
      const { code, text, stderr } = await inside(...follow, s.cid);
      t.strictSame([code, text, stderr], [0, 'one\n', 'err\n'], `afterwards ${follow.join(' ')}`);
      const unknown = await inside(...follow, 'ab'.repeat(32));
      t.equal(unknown.code, 1, 'one that never was');
      t.match(unknown.stderr, 'neither a monitor nor the journal');
    }
  },
);

void t.test(
  'what journald has received but not written when the container ends is followed to the end',
  needs('root', 'nsenter', 'journalctl'),
  async (t) => {
    const journal = await Journal.start(t);
    const s = scene(t);
    const runtime = actor(s, { payload: 'echo one; echo err >&2' });
    const args = createArguments(s, runtime.path, [], { '-l': 'journald' });
    const run = launch(t, s, args, { prefix: journal.prefix(s.dir) });
    await run.started();
    const follower = command([...journal.prefix(s.dir), CONMONCTL, 'logs', '--follow', s.cid]);
    const ours = readlinkSync(`/proc/${journal.namespace.pid}/ns/mnt`);
    const isThere = (word: string): boolean =>
      pids().some((pid) => cmdline(pid).includes(word) && mountNamespace(pid) === ours);
    await until('it to follow', () => isThere(`CONTAINER_ID_FULL=${s.cid}`));
    journal.signal('SIGSTOP');
    await runtime.start();
    await run.finished();
    await Promise.race([follower, until('it to ask journald', () => isThere('--sync'))]);
    journal.signal('SIGCONT');
    const { code, text, stderr } = await follower;
    t.strictSame([code, text, stderr], [0, 'one\n', 'err\n']);
  },
);

function mountNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}
