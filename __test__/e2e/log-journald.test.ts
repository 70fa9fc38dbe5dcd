/** The journal: records, and a journald that is slow, stuck, gone or new. */
import { existsSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { joined, readLog } from '../support/cri-log.js';
import { sleeps } from '../support/idle.js';
import { type Entry, Journal } from '../support/journal.js';
import { type Launched, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { type Scene, scene } from '../support/scene.js';
import { betterThanCNeeds, CONMON } from '../support/target.js';
import { until } from '../support/wait.js';

const TOOLS = ['root', 'unshare', 'nsenter', 'journalctl'] as const;
const MISSING = needs(...TOOLS);
const betterThanC = (reason: string): { skip?: string } => betterThanCNeeds(reason, ...TOOLS);
const C_CONMON = '/usr/bin/conmon';

interface Logged {
  readonly s: Scene;
  readonly run: Launched;
}

/** Starts a container that logs to the journal. */
async function logging(
  t: Test,
  journal: Journal,
  payload: string,
  extra: readonly string[] = [],
  conmon = CONMON,
): Promise<Logged> {
  const s = scene(t);
  const runtime = actor(s, { payload: payload.replaceAll('DIR', s.dir) });
  const args = createArguments(s, runtime.path, extra, { '-l': 'journald' });
  const run = launch(t, s, args, { command: conmon, prefix: journal.prefix(s.dir) });
  await run.started();
  await runtime.start();
  return { s, run };
}

/** Runs a container to its end; its records. */
async function entriesOf(
  t: Test,
  journal: Journal,
  payload: string,
  extra: readonly string[] = [],
  conmon = CONMON,
): Promise<{ entries: Entry[]; cid: string }> {
  const { s, run } = await logging(t, journal, payload, extra, conmon);
  await run.finished();
  return { entries: await journal.entries(s.cid), cid: s.cid };
}

const summary = (entries: readonly Entry[]): unknown[] =>
  entries.map((entry) => [entry.get('PRIORITY'), entry.get('CONTAINER_PARTIAL_MESSAGE') ?? '', entry.get('MESSAGE')]);

const text = (entries: readonly Entry[]): string => entries.map((entry) => entry.get('MESSAGE')).join('');

const x = (length: number): string => 'x'.repeat(length);
const print = (length: number): string => `head -c ${length} /dev/zero | tr '\\0' x`;

void t.test('records in the journal', MISSING, async (t) => {
  const journal = await Journal.start(t);

  const cases: readonly (readonly [rule: string, payload: string, expected: readonly unknown[]])[] = [
    ['stdout has priority 6', 'echo out', [['6', '', 'out\n']]],
    ['stderr has priority 3', 'echo err >&2', [['3', '', 'err\n']]],
    [
      'a rest without its newline is a part',
      `printf 'a\\nb'`,
      [
        ['6', '', 'a\n'],
        ['6', 'true', 'b'],
      ],
    ],
    ['a line is put together across reads', 'printf one; sleep 0.2; echo two', [['6', '', 'onetwo\n']]],
    [
      'each stream has its own line',
      'printf o; printf e >&2; sleep 0.2; echo ut; sleep 0.2; echo rr >&2',
      [
        ['6', '', 'out\n'],
        ['3', '', 'err\n'],
      ],
    ],
    [
      'an empty line is a record',
      'echo; echo',
      [
        ['6', '', '\n'],
        ['6', '', '\n'],
      ],
    ],
    [
      'NULs, carriage returns and bytes that are no UTF-8 are kept',
      `printf 'a\\0b\\377c\\r\\n'`,
      [['6', '', 'a\0b\xffc\r\n']],
    ],
    ['8192 bytes with the newline are one record', `${print(8191)}; echo`, [['6', '', `${x(8191)}\n`]]],
    [
      'a longer line is cut there',
      `${print(8192)}; echo`,
      [
        ['6', 'true', x(8192)],
        ['6', '', '\n'],
      ],
    ],
    [
      'as often as it takes',
      `${print(20_000)}; echo; echo end`,
      [
        ['6', 'true', x(8192)],
        ['6', 'true', x(8192)],
        ['6', '', `${x(3616)}\n`],
        ['6', '', 'end\n'],
      ],
    ],
  ];
  for (const [rule, payload, expected] of cases) {
    await t.test(rule, async (t) => {
      const ours = await entriesOf(t, journal, payload);
      t.same(summary(ours.entries), expected);
      await t.test('all fields as C conmon has them', needs('conmon'), async (t) => {
        const theirs = await entriesOf(t, journal, payload, [], C_CONMON);
        t.same(
          ours.entries.map((entry) => comparable(entry, ours.cid)),
          theirs.entries.map((entry) => comparable(entry, theirs.cid)),
        );
      });
    });
  }

  await t.test(
    'a leading <0> to <7> is the priority of the line',
    betterThanC('2.1.6 has no such prefix'),
    async (t) => {
      const { entries } = await entriesOf(
        t,
        journal,
        `printf '<0>a\\n<7>b\\n<8>c\\n<3\\nd<3>\\n'; printf '<'; sleep 0.2; printf '4>e\\n'`,
      );
      t.same(summary(entries), [
        ['0', '', 'a\n'],
        ['7', '', 'b\n'],
        ['6', '', '<8>c\n'],
        ['6', '', '<3\n'],
        ['6', '', 'd<3>\n'],
        ['4', '', 'e\n'],
      ]);
    },
  );

  await t.test('tag and labels are fields of a record', betterThanC('2.1.6 has no labels'), async (t) => {
    const extra = [
      '--log-tag',
      'mine',
      '--log-label',
      'APP=shop',
      '--log-label',
      'TIER_2=a b',
      '--log-label',
      'URL=a?b=c',
    ];
    const { entries } = await entriesOf(t, journal, 'echo x', extra);
    const fields = ['CONTAINER_TAG', 'SYSLOG_IDENTIFIER', 'CONTAINER_NAME', 'APP', 'TIER_2', 'URL'];
    t.same(
      fields.map((name) => entries[0]?.get(name)),
      ['mine', 'mine', 'e2e', 'shop', 'a b', 'a?b=c'],
    );
  });

  await t.test(
    'parts are not marked with --no-container-partial-message',
    betterThanC('2.1.6 always marks'),
    async (t) => {
      const { entries } = await entriesOf(t, journal, 'printf x', ['--no-container-partial-message']);
      t.same(summary(entries), [['6', '', 'x']]);
    },
  );

  await t.test('50000 lines and 2 MB of random bytes are all there, in order', async (t) => {
    const { entries } = await entriesOf(t, journal, 'seq 1 50000');
    t.equal(text(entries), Array.from({ length: 50_000 }, (_, n) => `${n + 1}\n`).join(''));
    const payload = `head -c 2000000 /dev/urandom > DIR/random; cat DIR/random; sha256sum < DIR/random >&2`;
    const random = (await entriesOf(t, journal, payload)).entries;
    const of = (priority: string): string => text(random.filter((entry) => entry.get('PRIORITY') === priority));
    // A line of random bytes may begin with a prefix, which is taken off; so few that their place says nothing.
    t.ok(of('6').length >= 2_000_000 - 300 && of('6').length <= 2_000_000, `${of('6').length} bytes`);
    t.match(of('3'), /^[0-9a-f]{64} {2}-\n$/);
  });

  await t.test('beside a file, both get everything', async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'seq 1 1000; printf rest' });
    const args = createArguments(s, runtime.path, ['-l', 'journald']);
    const run = launch(t, s, args, { prefix: journal.prefix(s.dir) });
    await run.started();
    await runtime.start();
    await run.finished();
    const written = `${Array.from({ length: 1000 }, (_, n) => `${n + 1}\n`).join('')}rest`;
    t.equal(text(await journal.entries(s.cid)), written);
    t.equal(joined(readLog(s.log), 'stdout'), written);
  });
});

/** Without what names the sender's process, program, place in its source, and time. */
function comparable(entry: Entry, cid: string): object {
  const same = [...entry].filter(([name]) => !name.startsWith('_') && !name.startsWith('CODE_'));
  return Object.fromEntries(
    same
      .map(([name, value]) => [name, value.replace(cid, 'CID').replace(cid.slice(0, 12), 'SHORT')] as const)
      .toSorted(),
  );
}

void t.test('a stopped journald', betterThanC('2.1.6 waits for it indefinitely'), async (t) => {
  const journal = await Journal.start(t);

  await t.test('does not keep a container from ending', async (t) => {
    journal.signal('SIGSTOP');
    t.teardown(() => journal.signal('SIGCONT'));
    const started = performance.now();
    const { run } = await logging(t, journal, 'seq 1 20000; printf rest; exit 3');
    t.equal(await run.finished(), '3');
    t.ok(performance.now() - started < 5000);
  });

  await t.test('gets a record of how much it missed when it continues', async (t) => {
    // What waited until now would leave no room for anything: journald has taken it when it has what came later.
    const { s: last } = await logging(t, journal, 'echo caught up');
    await until('journald to have caught up', async () => (await journal.entries(last.cid)).length > 0);
    journal.signal('SIGSTOP');
    const payload = `seq 1 200000; : > DIR/written; until [ -e DIR/go ]; do sleep 0.05; done; echo later; exit 4`;
    const { s, run } = await logging(t, journal, payload);
    await until('the container to continue', () => existsSync(`${s.dir}/written`));
    await sleeps(t, await run.pid());
    journal.signal('SIGCONT');
    await until('journald to continue', async () => (await journal.entries(s.cid)).length > 0);
    writeFileSync(`${s.dir}/go`, '');
    t.equal(await run.finished(), '4');
    const entries = await journal.entries(s.cid);
    const [lost, later] = entries.slice(-2).map((entry) => entry.get('MESSAGE') ?? '');
    const [, bytes, lines] = /^conmon: lost (\d+) bytes in (\d+) lines: [^\n]+\n$/.exec(lost ?? '') ?? [];
    t.equal(later, 'later\n');
    t.equal(entries.length - 2 + Number(lines), 200_000);
    t.equal(text(entries.slice(0, -2)).length + Number(bytes), 1_288_895);
  });
});

void t.test('a missing journald', MISSING, async (t) => {
  const journal = await Journal.prepare(t);

  await t.test('does not keep a container from running', async (t) => {
    const { run } = await logging(t, journal, 'seq 1 20000; exit 5');
    t.equal(await run.finished(), '5');
  });

  await t.test('is found when it starts, and when it starts again', async (t) => {
    const stage = (name: string): string =>
      `until [ -e DIR/${name} ]; do sleep 0.05; done; echo ${name}; : > DIR/${name}.done;`;
    const { s, run } = await logging(t, journal, `echo zero; ${stage('one')} ${stage('two')} ${stage('three')}`);
    const next = async (name: string): Promise<void> => {
      writeFileSync(`${s.dir}/${name}`, '');
      await until(name, () => existsSync(`${s.dir}/${name}.done`));
    };
    await journal.run();
    await next('one');
    await until('the first line', async () => text(await journal.entries(s.cid)).includes('one\n'));
    await journal.kill();
    await next('two');
    await journal.run();
    await next('three');
    t.equal(await run.finished(), '0');
    const found = text(await journal.entries(s.cid)).replaceAll(/conmon: lost[^\n]*\n/g, '');
    t.equal(found, 'one\nthree\n');
  });
});
