import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments, legacyArguments } from '../support/arguments.js';
import { anonymous } from '../support/memory.js';
import { launch } from '../support/monitor.js';
import { isAlive } from '../support/proc.js';
import { processesOf, scene } from '../support/scene.js';
import { betterThanC, unlessEmulated } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

/** Podman reads through a buffer of this size. */
const LONGEST_MESSAGE = 4096;

/** Shell commands that print `lines` lines of fifty bytes on stderr. */
function complain(lines: number): string {
  return `yes 'an error line of fifty bytes, as all of them are.' | head -n ${lines} >&2; exit 1`;
}

void t.test('a runtime that fails: -1 and its stderr, once, and the monitor ends with an error', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { instead: 'echo "no such thing" >&2; exit 7' });
  const run = launch(t, s, createArguments(s, runtime.path));
  t.same(await run.sync.message(), { data: -1, message: 'no such thing\n' });
  t.match(await run.sync.rest(), /^[^\n]*\n$/);
  await until('the end of all processes', () => processesOf(s.dir).length === 0);
  t.notOk(existsSync(s.exitFile), 'there was no container to end');
});

void t.test('with a terminal the stderr of a failing runtime arrives, too', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { instead: 'echo "no such thing" >&2; exit 7' });
  const run = launch(t, s, createArguments(s, runtime.path, ['-t']));
  t.same(await run.sync.message(), { data: -1, message: 'no such thing\n' });
});

void t.test('a runtime that fails without --api-version: the key is pid', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { instead: 'echo "no such thing" >&2; exit 7' });
  const run = launch(t, s, legacyArguments(s, runtime.path));
  t.same(await run.sync.message(), { pid: -1, message: 'no such thing\n' });
});

void t.test(
  'a runtime that fails with no output is still reported in a line',
  betterThanC('2.1.6 writes nothing'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { instead: 'exit 7' });
    const run = launch(t, s, createArguments(s, runtime.path));
    const message = await run.sync.message();
    t.equal(message['data'], -1);
    t.match(await run.sync.rest(), /^[^\n]*\n$/);
  },
);

void t.test('what a failing runtime printed is sent from its beginning', async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s, { instead: complain(200) }).path));
  const message = await run.sync.message();
  t.equal(message['data'], -1);
  t.match(message['message'], /^an error line of fifty bytes/);
});

void t.test(
  '100 kB on stderr of a failing runtime: one line of at most 4096 bytes, in one write',
  {
    ...betterThanC('2.1.6 does not read before the runtime ends, so neither ever does'),
    ...unlessEmulated('it needs more memory itself'),
  },
  async (t) => {
    const s = scene(t);
    const run = launch(t, s, createArguments(s, actor(s, { instead: complain(2000) }).path));
    const message = await run.sync.message();
    t.equal(message['data'], -1);
    t.match(message['message'], /^an error line of fifty bytes/);
    const text = await run.sync.rest();
    t.ok(Buffer.byteLength(text) <= LONGEST_MESSAGE, `${Buffer.byteLength(text)} bytes`);
    t.ok(Buffer.byteLength(text) > LONGEST_MESSAGE / 2, 'and uses the room');
    t.equal(run.sync.pieces.length, 1);
  },
);

for (const filler of ['x', 'é', '😀', '\\001']) {
  void t.test(
    `of 200 kB of ${filler} the beginning and the end are sent, for runtimes print the reason last`,
    betterThanC('2.1.6 does not read before the runtime ends, so neither ever does'),
    async (t) => {
      const s = scene(t);
      const flood = `printf 'first: '; for i in $(seq 1 200); do printf '${filler.repeat(500)}'; done; echo 'the reason'`;
      const run = launch(t, s, createArguments(s, actor(s, { instead: `{ ${flood}; } >&2; exit 1` }).path));
      const message = await run.sync.message();
      t.equal(message['data'], -1);
      const [beginning, end, ...others] = String(message['message']).split(' … ');
      t.match(beginning, /^first: [^�]{200,}$/u);
      t.match(end, /^[^�]{200,}the reason\n$/u);
      t.same(others, []);
      t.ok(Buffer.byteLength(await run.sync.rest()) <= LONGEST_MESSAGE);
      t.equal(run.sync.pieces.length, 1);
    },
  );
}

void t.test(
  'a runtime that prints without end is read, and costs a bounded memory',
  {
    ...betterThanC('2.1.6 does not read before the runtime ends, so neither ever does'),
    ...unlessEmulated('it needs more memory itself'),
  },
  async (t) => {
    for (const stream of ['1', '2']) {
      const s = scene(t);
      const words = `yes 'a line of fifty bytes, as all of them are here, yes' | head -c 30000000 >&${stream}`;
      const wait = `touch '${s.dir}/printed'; until [ -e '${s.dir}/go' ]; do sleep 0.02; done`;
      const run = launch(t, s, createArguments(s, actor(s, { instead: `${words}; ${wait}; exit 1` }).path));
      await untilExists(`${s.dir}/printed`);
      const kilobytes = anonymous(await run.pid());
      t.ok(kilobytes > 0 && kilobytes < 4096, `${kilobytes} kB`);
      writeFileSync(`${s.dir}/go`, '');
      const message = await run.sync.message();
      t.equal(message['data'], -1);
      t.match(message['message'], stream === '2' ? /^a line of fifty bytes/ : /exited with status 1/);
    }
  },
);

void t.test('messages are valid JSON whatever bytes the runtime printed', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { instead: `printf 'quote " back\\\\slash tab\\t bell\\007 escape\\033 end' >&2; exit 1` });
  const run = launch(t, s, createArguments(s, runtime.path));
  t.equal((await run.sync.message())['message'], 'quote " back\\slash tab\t bell\x07 escape\x1b end');
});

void t.test('invalid UTF-8 of the runtime is replaced', betterThanC('2.1.6 sends it raw'), async (t) => {
  const s = scene(t);
  const runtime = actor(s, { instead: `printf 'a\\377b' >&2; exit 1` });
  const run = launch(t, s, createArguments(s, runtime.path));
  t.equal((await run.sync.message())['message'], 'a\ufffdb');
  t.ok(Buffer.concat(run.sync.pieces).includes('\ufffd') || run.sync.text.includes('\\ufffd'));
});

void t.test('a runtime killed by a signal has failed', async (t) => {
  const s = scene(t);
  const runtime = actor(s, { instead: 'echo "about to die" >&2; kill -9 $$' });
  const run = launch(t, s, createArguments(s, runtime.path));
  t.same(await run.sync.message(), { data: -1, message: 'about to die\n' });
});

void t.test(
  'a runtime that succeeds without a pid file has failed',
  betterThanC('2.1.6 only says so on stderr'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { instead: 'exit 0' });
    const run = launch(t, s, createArguments(s, runtime.path));
    const message = await run.sync.message();
    t.equal(message['data'], -1);
    t.match(message['message'], /pidfile/);
    t.match(await run.sync.rest(), /^[^\n]*\n$/, 'exactly once');
  },
);

for (const content of ['0', '-1', '', 'x', '99999999999']) {
  const name = `a pid file with ${JSON.stringify(content)} names no container, and nothing is signalled`;
  void t.test(name, betterThanC('2.1.6 takes what atoi makes of it'), async (t) => {
    const s = scene(t);
    const runtime = actor(s, { instead: `printf %s '${content}' > "$pidfile"` });
    const run = launch(t, s, createArguments(s, runtime.path));
    t.equal((await run.sync.message())['data'], -1);
    await until('the end of all processes', () => processesOf(s.dir).length === 0);
  });
}

void t.test('a runtime that cannot be executed is reported', betterThanC('2.1.6 has nothing to report'), async (t) => {
  const s = scene(t);
  const runtime = actor(s);
  writeFileSync(runtime.path, 'no program at all');
  const run = launch(t, s, createArguments(s, runtime.path));
  const message = await run.sync.message();
  t.equal(message['data'], -1);
  t.match(message['message'], /exec/i);
});

void t.test(
  'a directory passes for a runtime, as access(2) has it; that it cannot be executed is reported',
  async (t) => {
    const s = scene(t);
    const run = launch(t, s, createArguments(s, '/tmp'));
    t.same(await run.launcher(), { code: 0, signal: null });
    t.equal(await run.stderr?.rest(), '');
    t.ok(existsSync(s.log));
    await t.test('on the sync pipe', betterThanC('2.1.6 has nothing to report'), async (t) => {
      t.match(await run.sync.message(), { data: -1, message: /execute \/tmp: Permission denied/ });
    });
  },
);

void t.test('passthrough: a runtime that cannot be executed leaves the streams of the caller alone', async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, '/tmp', [], { '-l': 'passthrough' }));
  t.same(await run.launcher(), { code: 0, signal: null });
  t.equal(`${await run.stdout?.rest()}${await run.stderr?.rest()}`, '');
  await t.test('and is reported', betterThanC('2.1.6 has nothing to report'), async (t) => {
    t.match(await run.sync.message(), { data: -1, message: /^\/tmp cannot be executed/ });
  });
});

void t.test(
  'a runtime that is killed leaves no process without a monitor',
  betterThanC('keeps what the runtime has started'),
  async (t) => {
    const s = scene(t);
    // As when a manager gives up and SIGTERM to the monitor reaches the runtime: its child has no pid file yet.
    const instead = `setsid sleep 1000 & echo $! > '${s.dir}/child'; kill -9 $$`;
    const run = launch(t, s, createArguments(s, actor(s, { instead }).path));
    t.match(await run.sync.message(), { data: -1 });
    const child = Number(readFileSync(`${s.dir}/child`, 'utf8'));
    t.ok(child > 0);
    t.notOk(isAlive(child));
  },
);

void t.test('a log that cannot be opened is reported in the words that test suites look for', async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path, [], { '-l': 'k8s-file:/not/a/path' }));
  t.equal((await run.launcher()).code, 1);
  t.match(await run.stderr?.rest(), /Failed to open log file/);
});

void t.test('an invalid descriptor number is an error', betterThanC('2.1.6 warns and continues'), async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, actor(s).path), { withoutSync: true, env: { _OCI_SYNCPIPE: 'three' } });
  t.equal((await run.launcher()).code, 1);
  t.match(await run.stderr?.rest(), /_OCI_SYNCPIPE/);
});

for (const [what, args, reason] of [
  ['an unknown option', ['--no-such-option'], /option parsing failed/],
  ['a bad number', ['--timeout', 'soon'], /option parsing failed/],
  ['an unknown log level', ['--log-level', 'loud'], /No such log level loud/],
  ['an unknown log driver', ['-l', 'pigeon:x'], /No such log driver pigeon/],
] as const) {
  void t.test(`${what} is a message and status 1`, async (t) => {
    const s = scene(t);
    const run = launch(t, s, createArguments(s, actor(s).path, args));
    t.same(await run.launcher(), { code: 1, signal: null });
    const printed = `${await run.stdout?.rest()}${await run.stderr?.rest()}`;
    t.match(printed, reason);
    await t.test('on stderr', betterThanC('2.1.6 prints some of them on stdout'), async (t) => {
      t.equal(await run.stdout?.rest(), '');
    });
    await t.test('and one line on the sync pipe', betterThanC('C conmon only writes to stderr'), async (t) => {
      t.match(await run.sync.message(), { data: -1, message: reason });
      t.match(await run.sync.rest(), /^[^\n]*\n$/);
    });
    t.notOk(existsSync(s.conmonPidfile));
    t.same(processesOf(s.dir), [], 'nothing is left behind');
  });
}
