import { appendFileSync } from 'node:fs';
import t from 'tap';
import { LogFollower } from '../../ts/ctl/follow-log.js';

function collector(): { readonly lines: string[]; readonly onLine: (line: Buffer) => void } {
  const lines: string[] = [];
  return { lines, onLine: (line) => void lines.push(line.toString('latin1')) };
}

t.test('lines that are there and lines that come are handed on, in order', async (t) => {
  const path = `${t.testdir({ log: 'one\n' })}/log`;
  const { lines, onLine } = collector();
  const follower = await LogFollower.open(path, onLine);
  appendFileSync(path, 'two\nthr');
  appendFileSync(path, 'ee\n');
  await follower.finish();
  t.same(lines, ['one', 'two', 'three']);
});

t.test('a line is handed on while the file still grows', async (t) => {
  const path = `${t.testdir({ log: '' })}/log`;
  const first = deferred<string>();
  const follower = await LogFollower.open(path, (line) => first.resolve(line.toString()));
  appendFileSync(path, 'early\n');
  t.equal(await first.promise, 'early');
  await follower.finish();
});

t.test('a line longer than a read, and a last one without an end, are whole', async (t) => {
  const long = 'x'.repeat(200_000);
  const path = `${t.testdir({ log: `${long}\nrest` })}/log`;
  const { lines, onLine } = collector();
  const follower = await LogFollower.open(path, onLine);
  await follower.finish();
  t.same(
    lines.map((line) => line.length),
    [200_000, 4],
  );
});

t.test('a file that is not there is an error', async (t) => {
  await t.rejects(
    LogFollower.open(`${t.testdir({})}/log`, () => undefined),
    { code: 'ENOENT' },
  );
});

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => (settle = resolve));
  return { promise, resolve: (value) => settle(value) };
}
