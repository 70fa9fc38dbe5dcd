import { readFileSync } from 'node:fs';
import t from 'tap';
import { belongsTo, isCountersPage, PAGE, parseCounters, sequenceOf } from '../../../ts/node/monitors/counters-page.js';

interface Vector {
  readonly cid: string;
  readonly queues: readonly number[];
  readonly values: Readonly<Record<string, number>>;
  readonly page: Readonly<Record<string, string>>;
}

const VECTOR: Vector = JSON.parse(readFileSync('__test__/vectors/counters.json', 'utf8'));

function page(changes: Readonly<Record<number, bigint>> = {}): Buffer {
  const bytes = Buffer.alloc(PAGE);
  for (const [at, word] of Object.entries(VECTOR.page)) bytes.writeBigUInt64LE(BigInt(word), Number(at) * 8);
  for (const [at, word] of Object.entries(changes)) bytes.writeBigUInt64LE(word, Number(at) * 8);
  return bytes;
}

/** Every number in nested objects, by its path: `stdout.bytes`. */
function numbersIn(object: object, prefix = ''): readonly (readonly [string, number])[] {
  return Object.entries(object).flatMap(([key, value]) => {
    if (typeof value === 'number') return [[`${prefix}${key}`, value] as const];
    return typeof value === 'object' && !Array.isArray(value) ? numbersIn(value, `${key}.`) : [];
  });
}

void t.test('every value of the page that the core writes is found under its name, and nothing else', async (t) => {
  const now = 10_000n;
  const counters = parseCounters(page(), now);
  const { pressureSince = 0, pressureNanoseconds = 0, ...values } = VECTOR.values;
  const found = numbersIn(counters).filter(([, value]) => value !== 0);
  const expected = {
    ...values,
    pressureNanoseconds: pressureNanoseconds + Number(now) - pressureSince,
    clients: VECTOR.queues.length,
  };
  t.same(Object.fromEntries(found), expected);
  t.equal(counters.underPressure, true);
  t.strictSame(counters.clientQueues, VECTOR.queues);
  t.equal(sequenceOf(page()), 2n);
});

void t.test('nothing else is taken for such a page, nor one of another version', async (t) => {
  t.ok(isCountersPage(page()));
  t.notOk(isCountersPage(page({ 0: 0n })));
  t.notOk(isCountersPage(page({ 1: 2n })));
});

void t.test('a page belongs to one container, by its whole id', async (t) => {
  t.ok(belongsTo(page(), VECTOR.cid));
  for (const other of ['', VECTOR.cid.slice(0, -1), `${VECTOR.cid}0`, VECTOR.cid.replace('5', '6')]) {
    t.notOk(belongsTo(page(), other), other);
  }
});

void t.test('more clients than there is room for have no queue, but are counted', async (t) => {
  const { clients, clientQueues } = parseCounters(page({ 128: 1000n }));
  t.strictSame([clients, clientQueues.length], [1000, 383]);
});
