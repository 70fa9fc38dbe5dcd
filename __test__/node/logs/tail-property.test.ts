/** The last lines of a log, found from its end, are those at the end of all of it, whatever is in the files. */
import { deepStrictEqual } from 'node:assert';
import { rmSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import t from 'tap';
import { gzipSync } from 'node:zlib';
import type { ReadLogOptions } from '../../../ts/node/logs/options.js';
import { readLog } from '../../../ts/node/logs/read-log.js';
import type { LogRecord, LogStream } from '../../../ts/node/logs/record.js';
import { cases } from '../../support/properties.js';
import { k8s, timeAt } from './collect.js';

const TEXT = fc.constantFrom('', 'a', 'two words', 'nul\0inside', 'x'.repeat(70_000));
const RECORD = fc
  .tuple(
    TEXT,
    fc.integer({ min: 0, max: 9 }),
    fc.constantFrom('stdout', 'stderr'),
    fc.constantFrom('F', 'F', 'P', 'F:x'),
  )
  .map(([text, second, stream, tag]) => k8s(text, second, stream, tag));
/** What crashes and full disks leave: parts of records, NULs, and records right after either. */
const PIECE = fc.oneof(
  { weight: 6, arbitrary: RECORD },
  { weight: 1, arbitrary: fc.constantFrom('\n', 'torn\n', '2026-11-24T12:4', '\0'.repeat(5000), '\0', 'torn\0') },
);
const FILE = fc.array(PIECE, { maxLength: 12 }).map((pieces) => pieces.join(''));
const LOG = fc.record({
  kept: fc.array(fc.tuple(FILE, fc.boolean()), { maxLength: 3 }),
  newest: FILE,
  tail: fc.integer({ min: 0, max: 9 }),
  since: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
  isFinal: fc.boolean(),
});

interface Shown {
  readonly stream: LogStream;
  readonly partial: boolean;
  readonly text: string;
}

async function read(path: string, options: ReadLogOptions): Promise<readonly Shown[]> {
  const found: Shown[] = [];
  for await (const record of readLog(path, { ...options, onMalformed: () => undefined })) found.push(shown(record));
  return found;
}

function shown({ stream, partial, text }: LogRecord): Shown {
  return { stream, partial, text: text.toString('latin1') };
}

/** From the end: a record that ends a line counts, and the last one of a stream. */
function lastLines(all: readonly Shown[], lines: number): readonly Shown[] {
  const seen = new Set<LogStream>();
  let left = lines;
  for (let at = all.length - 1; at >= 0; at -= 1) {
    const record = all[at];
    if (record === undefined) break;
    const endsLine = !record.partial || !seen.has(record.stream);
    if (endsLine && left === 0) return all.slice(at + 1);
    seen.add(record.stream);
    left -= endsLine ? 1 : 0;
  }
  return all;
}

void t.test('a tail is the end of the whole log', async (t) => {
  const dir = t.testdir({});
  let count = 0;
  await fc.assert(
    fc.asyncProperty(LOG, async ({ kept, newest, tail, since, isFinal }) => {
      count += 1;
      const path = `${dir}/${count}`;
      const names = [path, ...kept.map(([, packed], at) => `${path}.${at + 1}${packed ? '.gz' : ''}`)];
      writeFileSync(path, newest);
      for (const [at, [content, packed]] of kept.entries()) {
        writeFileSync(names[at + 1] ?? '', packed ? gzipSync(content) : content);
      }
      const options = { since: since === undefined ? undefined : timeAt(since), onUnfinished: () => isFinal };
      const all = await read(path, options);
      const found = await read(path, { ...options, tail });
      for (const name of names) rmSync(name);
      deepStrictEqual(found, lastLines(all, tail));
    }),
    cases(300),
  );
  t.ok(count > 0);
});
