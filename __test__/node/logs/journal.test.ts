/** Reads what the real monitor has written into a real journal. */
import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { ReadLogOptions } from '../../../ts/node/logs/options.js';
import { readLog } from '../../../ts/node/logs/read-log.js';
import type { LogRecord, LogSource } from '../../../ts/node/index.js';
import { actor } from '../../support/actor.js';
import { createArguments } from '../../support/arguments.js';
import { Journal } from '../../support/journal.js';
import { launch } from '../../support/monitor.js';
import { needs } from '../../support/needs.js';
import { type Scene, scene } from '../../support/scene.js';
import { within } from '../../support/wait.js';
import { Follower } from './collect.js';

interface Logging {
  readonly source: LogSource;
  readonly scene: Scene;
  /** Its container has ended, and what it wrote is in the journal. */
  readonly ended: () => Promise<void>;
  readonly start: () => Promise<void>;
}

async function logging(t: Test, journal: Journal, payload: string): Promise<Logging> {
  const s = scene(t);
  const runtime = actor(s, { payload: payload.replaceAll('DIR', s.dir) });
  const args = createArguments(s, runtime.path, [], { '-l': 'journald' });
  const run = launch(t, s, args, { prefix: journal.prefix(s.dir) });
  await run.started();
  const ended = async (): Promise<void> => {
    await run.finished();
    await journal.entries(s.cid);
  };
  const directory = `/proc/${journal.namespace.pid}/root/run/log/journal`;
  return { source: { kind: 'journald', cid: s.cid, directory }, scene: s, ended, start: () => runtime.start() };
}

async function all(source: LogSource, options: ReadLogOptions = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const { stream, partial, text } of readLog(source, options)) {
    found.push(`${stream === 'stdout' ? 'o' : 'e'} ${partial ? 'P' : 'F'} ${text.toString('latin1')}`);
  }
  return found;
}

void t.test('a log in the journal', needs('root', 'unshare', 'nsenter', 'journalctl'), async (t) => {
  const journal = await Journal.start(t);
  const { source, ended, start } = await logging(
    t,
    journal,
    `echo one; sleep 0.1; echo err >&2; sleep 0.1; printf 'a\\0\\377\\r\\n'; echo; head -c 9000 /dev/zero | tr '\\0' x; echo; printf end`,
  );
  await start();
  await ended();
  const x = (length: number): string => 'x'.repeat(length);
  const wanted = ['o F one', 'e F err', 'o F a\0\xff\r', 'o F ', `o P ${x(8192)}`, `o F ${x(808)}`, 'o P end'];

  await t.test('every record, every byte', async (t) => t.same(await all(source), wanted));

  await t.test('one stream, by the priority', async (t) =>
    t.same(await all(source, { stream: 'stderr' }), ['e F err']),
  );

  await t.test('uids selects the records of these users', async (t) => {
    if (typeof source === 'string') return;
    t.same(await all({ ...source, uids: [0, 65534] } as LogSource), wanted);
    t.same(await all({ ...source, uids: [65534] } as LogSource), []);
  });

  await t.test('a tail, in which parts of a line are one', async (t) => {
    t.same(await all(source, { tail: 0 }), []);
    t.same(await all(source, { tail: 1 }), wanted.slice(-1));
    t.same(await all(source, { tail: 2 }), wanted.slice(-3));
    t.same(await all(source, { tail: 99 }), wanted);
  });

  await t.test('times have microseconds, and both limits are inclusive', async (t) => {
    const records: LogRecord[] = [];
    for await (const record of readLog(source)) records.push(record);
    const time = records[1]?.time ?? '';
    t.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    t.same(await all(source, { since: time }), wanted.slice(1));
    t.same(await all(source, { until: time }), wanted.slice(0, 2));
    t.same(await all(source, { since: time, until: time }), wanted.slice(1, 2));
  });

  await t.test('records of other containers are left out', async (t) => {
    const { kind, directory } = source as Exclude<LogSource, string> & { kind: 'journald' };
    t.same(await all({ kind, cid: 'nobody', directory }), []);
  });
});

void t.test('following', needs('root', 'unshare', 'nsenter', 'journalctl'), async (t) => {
  const journal = await Journal.start(t);

  await t.test('existing records, then new ones, and none is missing at the end', async (t) => {
    const payload =
      'echo a; until [ -e DIR/go ]; do sleep 0.05; done; i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo $i; done';
    const { source, ended, start, scene } = await logging(t, journal, payload);
    const follower = new Follower(readLog(source, { follow: ended() }));
    await start();
    await within('the first record', follower.until(1));
    writeFileSync(`${scene.dir}/go`, '');
    await within('the end', follower.ended);
    t.same(follower.texts, ['a', ...Array.from({ length: 300 }, (_, index) => String(index + 1))]);
  });

  await t.test('only what is new, until a signal', async (t) => {
    const { source, start, scene } = await logging(
      t,
      journal,
      'echo a; until [ -e DIR/go ]; do sleep 0.05; done; echo b; sleep 60',
    );
    const controller = new AbortController();
    const before = new Follower(readLog(source, { follow: true, signal: controller.signal }));
    await start();
    await within('the first record', before.until(1));
    const after = new Follower(readLog(source, { follow: true, tail: 0, signal: controller.signal }));
    await journal.entries(scene.cid);
    writeFileSync(`${scene.dir}/go`, '');
    await within('the new record', after.until(1));
    t.same(after.texts, ['b']);
    controller.abort();
    await t.rejects(within('the end', after.ended), { name: 'AbortError' });
    await t.rejects(within('the end', before.ended), { name: 'AbortError' });
  });
});

void t.test('the error has the message of journalctl', needs('journalctl'), async (t) => {
  await t.rejects(all({ kind: 'journald', cid: 'x', directory: '/no/such' }), {
    name: 'LogError',
    message: /^journalctl failed: .*\/no\/such/,
  });
});
