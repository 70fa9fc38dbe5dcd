import { readFileSync } from 'node:fs';
import t from 'tap';
import { belongsTo, isCountersPage, PAGE, parseCounters, sequenceOf } from '../../../ts/node/monitors/counters-page.js';

interface Vector {
  readonly cid: string;
  readonly queues: readonly number[];
  readonly values: readonly (readonly [string, number])[];
  readonly page: Readonly<Record<string, string>>;
}

const VECTOR: Vector = JSON.parse(readFileSync('__test__/vectors/counters.json', 'utf8'));

function page(changes: Readonly<Record<number, bigint>> = {}): Buffer {
  const bytes = Buffer.alloc(PAGE);
  for (const [at, word] of Object.entries(VECTOR.page)) bytes.writeBigUInt64LE(BigInt(word), Number(at) * 8);
  for (const [at, word] of Object.entries(changes)) bytes.writeBigUInt64LE(word, Number(at) * 8);
  return bytes;
}

/** `stdout.bytes` of nested objects. */
function lookUp(object: unknown, path: string): unknown {
  return path.split('.').reduce((at: unknown, key) => Reflect.get(Object(at), key), object);
}

void t.test('every value of the page that the core writes is found under its name', async (t) => {
  const now = 10_000n;
  const counters = parseCounters(page(), now);
  const values = new Map(VECTOR.values);
  const [since, ended] = [values.get('pressureSince') ?? 0, values.get('pressureNanoseconds') ?? 0];
  for (const [name, value] of VECTOR.values) {
    if (name === 'pressureSince' || name === 'pressureNanoseconds') continue;
    t.equal(lookUp(counters, name), value, name);
  }
  t.equal(counters.pressureNanoseconds, ended + Number(now) - since, 'up to now');
  t.equal(counters.underPressure, true);
  t.strictSame({ clients: counters.clients, queues: counters.clientQueues }, { clients: 3, queues: VECTOR.queues });
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
