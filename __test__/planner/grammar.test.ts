/** Properties of the planner that hold for every command line, without a reference to compare with. */
import { deepStrictEqual, strictEqual } from 'node:assert';
import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import t from 'tap';
import { nothingGiven } from '../../ts/planner/given.js';
import { parseInteger } from '../../ts/planner/integer.js';
import { plan } from '../../ts/planner/main.js';
import { parse } from '../../ts/planner/parse.js';
import { OPTION_SPECS } from '../../ts/planner/options.js';
import { cases } from '../support/properties.js';
import {
  attached,
  BUNDLE,
  BYTES,
  fits,
  flag,
  FLAGS,
  INTEGER,
  ODD,
  STRAY,
  VALUED,
  valued,
  valueFor,
  type Written,
  written,
} from './command-lines.js';
import { bytesOf, CREATE, hostOf, run } from './support.js';

const WITH_LETTER = VALUED.filter(([, { short, kind }]) => short !== undefined && kind !== 'int');
const OPTION: Arbitrary<Written> = fc.oneof(
  fc.constantFrom(...VALUED).chain((entry) => valued(entry, valueFor(entry[1].kind, BYTES))),
  fc.constantFrom(...WITH_LETTER).chain((entry) => attached(entry, BYTES)),
  fc.constantFrom(...FLAGS).chain(flag),
);
const OPTIONS = fc.array(OPTION, { maxLength: 12 });
const LINE = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: OPTION.map(({ words }) => words) },
      BUNDLE,
      BYTES.map((word) => [word]),
      ODD.map((word) => [word]),
    ),
    { maxLength: 12 },
  )
  .chain((parts) => fc.constantFrom(parts.flat(), [...CREATE, ...parts.flat()]));

const wordsOf = (options: readonly Written[]): readonly string[] => options.flatMap(({ words }) => words);

/** A reading that knows nothing of spellings. */
function understood(options: readonly Written[]): object {
  const found: Record<string, unknown> = {};
  for (const { name, value } of options) {
    const { kind } = OPTION_SPECS[name] ?? { kind: 'flag' };
    if (value === undefined) found[name] = true;
    else if (kind === 'strings') found[name] = [...((found[name] as string[] | undefined) ?? []), value];
    else found[name] = kind === 'string' ? value : parseInteger(value, kind === 'int' ? 'int32' : 'int64');
  }
  return found;
}

function read(argv: readonly string[]): object {
  const given = nothingGiven();
  parse(argv, given);
  return { ...given.flags, ...given.strings, ...given.lists, ...given.numbers };
}

t.test('every command line has one outcome: a plan, a text, or a refusal on each pipe that is waited on', async (t) => {
  const found = { plan: 0, text: 0, refusal: 0 };
  fc.assert(
    fc.property(LINE, (argv) => {
      const result = run(argv, { env: { _OCI_SYNCPIPE: '3' } });
      const [kind, ...others] = Object.keys(result);
      found[kind as keyof typeof found] += 1;
      if (others.length > 0) return false;
      if ('text' in result) return result.text.status === 0 && result.text.stdout.endsWith('\n');
      if ('plan' in result) return true;
      const {
        stderr,
        status,
        replies: [reply],
      } = result.refusal;
      const line = bytesOf(reply?.line ?? '');
      const [first] = Object.values(JSON.parse(line.toString()) as object);
      const isLine = line.indexOf('\n') === line.length - 1 && line.length <= 4096;
      return (
        status === 1 && /^(conmon: |\[conmon:e\]:? )[^]*\n$/.test(stderr) && reply?.fd === 3 && isLine && first === -1
      );
    }),
    cases(1000),
  );
  for (const [kind, count] of Object.entries(found)) t.ok(count > 10, `${count} with a ${kind}`);
});

t.test('a plan is the same after its way through JSON', async () => {
  fc.assert(
    fc.property(LINE, (argv) => {
      const text = JSON.stringify(plan(argv, () => undefined, hostOf()));
      return JSON.stringify(JSON.parse(text)) === text && text === JSON.stringify(run(argv));
    }),
    cases(300),
  );
});

t.test(
  'an option is read the same however it is spelled, the last scalar wins, and lists keep their order',
  async () => {
    fc.assert(
      fc.property(OPTIONS, (options) => {
        deepStrictEqual(read(wordsOf(options)), understood(options));
      }),
      cases(500),
    );
  },
);

/** Merges lists at random, each in its own order. */
function interleaved<T>(lists: readonly (readonly T[])[]): Arbitrary<readonly T[]> {
  const turns = lists.flatMap((list, index) => list.map(() => index));
  return fc
    .shuffledSubarray(
      turns.map((_, at) => at),
      { minLength: turns.length },
    )
    .map((order) => {
      const left = lists.map((list) => [...list]);
      return order.flatMap((at) => left[turns[at] ?? 0]?.splice(0, 1) ?? []);
    });
}

/** The same options in two orders; of those with one name the order is the same. */
const TWO_ORDERS = OPTIONS.chain((options) => {
  const names = new Set(options.map(({ name }) => name));
  const byName = [...names].map((each) => options.filter(({ name }) => name === each));
  return fc.tuple(fc.constant(options), interleaved(byName));
});

t.test('the order of options with different names changes nothing', async () => {
  fc.assert(
    fc.property(TWO_ORDERS, ([first, second]) => {
      deepStrictEqual(run([...CREATE, ...wordsOf(second)]), run([...CREATE, ...wordsOf(first)]));
    }),
    cases(300),
  );
});

t.test('words that are not options change nothing, and neither does anything after --', async () => {
  const strays = fc.array(
    STRAY.map((word): Written => ({ name: '', words: [word] })),
    { maxLength: 4 },
  );
  const lines = fc
    .tuple(OPTIONS, strays)
    .chain(([options, words]) => fc.tuple(fc.constant(options), interleaved([options, words])));
  fc.assert(
    fc.property(lines, fc.array(BYTES, { maxLength: 3 }), ([options, strewn], after) => {
      const plain = run([...CREATE, ...wordsOf(options)]);
      deepStrictEqual(run([...CREATE, ...wordsOf(strewn), '--', ...after]), plain);
    }),
    cases(300),
  );
});

t.test('a number is read exactly, or refused where its type ends', async () => {
  const texts = INTEGER.chain((integer) => fc.tuple(fc.constant(integer), written(integer)));
  fc.assert(
    fc.property(texts, fc.constantFrom('int', 'int64'), ([integer, text], kind) => {
      const safe = BigInt(Number.MAX_SAFE_INTEGER);
      const cut = integer > safe ? safe : integer < -safe ? -safe : integer;
      const expected = fits(integer, kind) ? Number(cut) : 'out of range';
      strictEqual(parseInteger(text, kind === 'int' ? 'int32' : 'int64'), expected);
    }),
    cases(500),
  );
});
