/** How `conmonctl logs` writes: in the order of the log, completely, and with a note of everything that it leaves out. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { command, type Result } from '../support/command.js';
import { launch } from '../support/monitor.js';
import { enterNamespace } from '../support/namespace.js';
import { needs } from '../support/needs.js';
import { readableCopy } from '../support/readable-copy.js';
import { scene } from '../support/scene.js';
import { AS_NOBODY } from '../support/stranger.js';
import { onTerminal } from '../support/terminal.js';
import { until, within } from '../support/wait.js';
import { CONMONCTL } from './live.js';

const line = (second: number, text: string, stream = 'stdout', tag = 'F'): string =>
  `2026-11-24T12:00:${String(second).padStart(2, '0')}.000000000+00:00 ${stream} ${tag} ${text}\n`;

const logs = (...args: readonly string[]): Promise<Result> => command([CONMONCTL, 'logs', ...args]);
const sh = (script: string, ...args: readonly string[]): Promise<Result> =>
  command(['bash', '-c', script, CONMONCTL, ...args]);

/** Records of both streams in turn. */
function mixed(t: Test, count = 8): { readonly path: string; readonly expected: string } {
  const path = `${t.testdir({})}/log`;
  const numbers = Array.from({ length: count }, (_, at) => at);
  writeFileSync(path, numbers.map((at) => line(at % 60, `line ${at}`, at % 2 ? 'stderr' : 'stdout')).join(''));
  return { path, expected: numbers.map((at) => `line ${at}\n`).join('') };
}

void t.test('stdout and stderr in one place keep the order of the log', async (t) => {
  const { path, expected } = mixed(t, 5000);
  t.equal((await sh('"$0" logs "$1" 2>&1', path)).text, expected, 'a pipe');
  await sh('"$0" logs "$1" >"$1.out" 2>&1', path);
  t.equal(readFileSync(`${path}.out`, 'utf8'), expected, 'a file');
  const tail = await sh('"$0" logs --tail 4 "$1" 2>&1', path);
  t.equal(tail.text, expected.split('\n').slice(-5).join('\n'), '--tail');
  const both = await sh('"$0" logs "$1" 2>"$1.err" >"$1.out"; cat "$1.out" "$1.err"', path);
  t.same([both.text.split('\n').length, both.text.slice(0, 14)], [5001, 'line 0\nline 2\n'], 'apart');
});

void t.test('they keep it on a terminal', needs('script'), async (t) => {
  const { path, expected } = mixed(t);
  const { text } = await command(onTerminal([CONMONCTL, 'logs', path], 24, 80));
  t.equal(text.replaceAll('\r', ''), expected);
});

void t.test('an output that fails is an error with its reason', needs('root', 'nsenter'), async (t) => {
  const { path } = mixed(t, 3000);
  const full = await sh('"$0" logs "$1" >/dev/full', path);
  t.strictSame(
    [full.code, full.stderr.split('\n').at(-2)],
    [125, 'conmonctl: cannot write to stdout: no space left on device'],
  );
  const namespace = await enterNamespace(`mount -t tmpfs -o size=16k none ${t.testdirName}`);
  t.teardown(() => namespace.leave());
  // Outside of the file system that is full now.
  writeFileSync(`/tmp/conmon-logs-${process.pid}`, line(1, 'x'.repeat(100)).repeat(500));
  t.teardown(() => command(['rm', `/tmp/conmon-logs-${process.pid}`]));
  for (const option of ['--timestamps', '--json']) {
    const script = `"$0" logs ${option} /tmp/conmon-logs-${process.pid} >${t.testdirName}/out`;
    const cut = await command([...namespace.prefix, '/', 'bash', '-c', script, CONMONCTL]);
    t.strictSame([cut.code, cut.stderr], [125, 'conmonctl: cannot write to stdout: no space left on device\n'], option);
  }
});

void t.test('stdout is complete when nobody reads stderr', async (t) => {
  const { path } = mixed(t, 20_000);
  const { text } = await sh('{ "$0" logs "$1" 2>&3 | wc -l; } 3> >(exec 0<&-; true)', path);
  t.equal(text.trim(), '10000');
});

void t.test('following a container ends when nobody reads any more', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'while :; do echo line; sleep 0.1; done', ungated: true });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  const child = spawn(CONMONCTL, ['logs', '-f', s.cid], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = await within('the end', once(child, 'exit'), 5000);
  t.strictSame([code, stderr], [0, '']);
});

void t.test('following a quiet log ends as soon as nobody reads any more', async (t) => {
  const { path } = mixed(t);
  const quiet = await within('head to end it', sh('"$0" logs -f "$1" 2>/dev/null | head -1', path), 5000);
  t.equal(quiet.text, 'line 0\n');
  const file = spawn('bash', ['-c', 'exec "$0" logs -f "$1" >"$1.out" 2>&1', CONMONCTL, path]);
  t.teardown(() => file.kill('SIGKILL'));
  await until('the records', () => existsSync(`${path}.out`) && readFileSync(`${path}.out`, 'utf8').includes('line 7'));
  appendFileSync(path, line(9, 'more'));
  await until('the next one', () => readFileSync(`${path}.out`, 'utf8').includes('more'));
  t.equal(file.exitCode, null, 'a file is not a reader');
});

void t.test('many malformed lines are three messages and a count', async (t) => {
  const path = `${t.testdir({})}/log`;
  writeFileSync(path, line(1, 'one') + 'bad\n'.repeat(100) + line(2, 'two'));
  const { code, text, stderr } = await logs(path);
  t.strictSame([code, text], [0, 'one\ntwo\n']);
  const messages = stderr.trimEnd().split('\n');
  t.equal(messages.length, 4);
  t.match(messages[2], /malformed record at byte \d+: "bad"$/);
  t.match(messages[3], /^conmonctl: 97 more malformed records, the last at byte \d+ of .*log$/);
  writeFileSync(path, 'bad\n'.repeat(4));
  t.match((await logs(path)).stderr, /^conmonctl: 1 more malformed record, the last at byte 12 of /m);
});

void t.test('a part that cannot be read is reported, the rest is shown, and the status is not 0', async (t) => {
  const path = `${t.testdir({})}/log`;
  writeFileSync(`${path}.2`, line(1, 'one'));
  writeFileSync(`${path}.1.gz`, gzipSync(line(2, 'two') + line(3, 'three')).subarray(0, -6));
  writeFileSync(path, line(4, 'four'));
  for (const [options, expected] of [
    [[], 'one\ntwo\nthree\nfour\n'],
    [['--tail', '3'], 'two\nthree\nfour\n'],
    [['--since', '2026-11-24T12:00:04Z'], 'four\n'],
  ] as const) {
    const { code, text, stderr } = await logs(...options, path);
    t.strictSame([code, text], [125, expected], options.join(' '));
    t.match(stderr, /^conmonctl: cannot decompress the log .*log\.1\.gz: unexpected end of file\n$/);
  }
});

void t.test('a rotated file or a directory that may not be read is reported', needs('root', 'setpriv'), async (t) => {
  const dir = mkdtempSync(`${tmpdir()}/conmon-logs-`);
  t.teardown(() => rmSync(dir, { recursive: true }));
  chmodSync(dir, 0o755);
  const path = `${dir}/log`;
  writeFileSync(`${path}.2`, line(1, 'one'));
  writeFileSync(`${path}.1`, line(2, 'two'), { mode: 0o600 });
  writeFileSync(path, line(3, 'three'));
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...readableCopy(t).conmonctl, 'logs'];
  const closed = await command([...nobody, path]);
  t.strictSame([closed.code, closed.text], [125, 'one\nthree\n']);
  t.equal(closed.stderr, `conmonctl: cannot open the log ${path}.1: permission denied\n`);
  chmodSync(dir, 0o711);
  const hidden = await command([...nobody, path]);
  t.strictSame([hidden.code, hidden.text], [125, 'three\n']);
  t.match(hidden.stderr, `conmonctl: cannot look for rotated files of the log ${path}: permission denied\n`);
});

void t.test('a line that is cut is marked', async (t) => {
  const path = `${t.testdir({})}/log`;
  writeFileSync(path, line(1, 'x'.repeat(17 << 20)) + line(2, 'two'));
  const { code, text, stderr } = await logs(path);
  t.equal(code, 0);
  t.match(text.slice(-30), /^x+ \[truncated\]\ntwo\n$/);
  t.match(stderr, /^conmonctl: .*: record longer than 16 MiB at byte 0/);
  const json = (await logs('--json', path)).text.split('\n').slice(0, 2);
  t.same(
    json.map((each) => JSON.parse(each).truncated),
    [true, undefined],
  );
});

void t.test(
  'a last line without a newline is shown when nobody has the file open, else that is reported',
  async (t) => {
    const path = `${t.testdir({})}/log`;
    writeFileSync(path, line(1, 'one') + line(2, 'torn').slice(0, -1));
    const shown = async (...options: readonly string[]) => {
      const { text, stderr, code } = await logs(...options, path);
      return [text, stderr, code];
    };
    t.same(await shown(), ['one\ntorn\n', '', 0]);
    t.same(await shown('--tail', '1'), ['torn\n', '', 0]);
    t.match((await shown('--json', '--tail', '1'))[0], /"text":"torn"/);
    const reader = openSync(path, 'r');
    t.same((await shown())[0], 'one\ntorn\n', 'a reader does not write');
    closeSync(reader);
    const writer = openSync(path, 'a');
    t.teardown(() => closeSync(writer));
    for (const [options, expected] of [
      [[], 'one\n'],
      [['--tail', '1'], 'one\n'],
    ] as const) {
      const [text, stderr, code] = await shown(...options);
      t.same([text, code], [expected, 0]);
      t.match(stderr, /^conmonctl: .*log: the last line, at byte 49, has no newline yet and is not shown\n$/);
    }
  },
);

void t.test("a container's unfinished last line is shown when its monitor has ended", async (t) => {
  const s = scene(t);
  const runtime = actor(s, { payload: 'echo one; sleep 60', ungated: true });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await until('the line', () => readFileSync(s.log, 'utf8').includes('one'));
  appendFileSync(s.log, line(2, 'torn').slice(0, -1));
  const live = await logs(s.cid);
  t.strictSame([live.text, live.code], ['one\n', 0]);
  t.match(live.stderr, 'has no newline yet');
  const follower = spawn(CONMONCTL, ['logs', '-f', s.cid], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => follower.kill('SIGKILL'));
  let text = '';
  follower.stdout.on('data', (piece: Buffer) => (text += piece.toString()));
  await until('it to follow', () => text === 'one\n');
  process.kill(await run.pid(), 'SIGKILL');
  const [code] = await once(follower, 'close');
  t.strictSame([code, text], [0, 'one\ntorn\n']);
});

void t.test('a log that may not be read is reported, with what to do', needs('root', 'setpriv'), async (t) => {
  const { place, conmonctl } = readableCopy(t);
  const path = `${place}/log`;
  writeFileSync(path, line(1, 'one'), { mode: 0o600 });
  const { code, stderr } = await command([...AS_NOBODY, ...conmonctl, 'logs', path], { cwd: place });
  t.equal(code, 125);
  t.match(
    stderr,
    /cannot open the log .*: permission denied\n {2}The log belongs to another user: try sudo conmonctl logs\./,
  );
});
