/** The planner against C conmon on generated command lines, outside of what `golden-differences.ts` documents. */
import { execFileSync } from 'node:child_process';
import { deepStrictEqual } from 'node:assert';
import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import t from 'tap';
import { cases } from '../support/properties.js';
import { cNeeds, Judge, PROGRAM, planned } from './c-conmon.js';
import {
  BUNDLE,
  type Entry,
  FLAGS,
  flag,
  INTEGER,
  ODD,
  STRAY,
  TEXT,
  VALUED,
  valued,
  valueFor,
  type Written,
  written,
} from './command-lines.js';
import { RUN } from './golden-cases.js';

const options = cNeeds();
const judge = new Judge();
t.teardown(() => judge.close());

/** Values with a meaning of their own. Others than these may differ as documented, or reach what the host has or lacks. */
const MEANINGS: Readonly<Record<string, readonly string[]>> = {
  runtime: [judge.runtime, '/nonexistent', ''],
  'log-path': [
    'passthrough',
    'none',
    'off:',
    'log',
    ':log',
    'k8s-file:log',
    'k8s-file',
    'k8s-file:',
    'bogus:x',
    '',
    ':',
  ],
  'log-level': ['error', 'ERROR', 'warning', 'bogus', ''],
};

/**
 * What is left out: a terminal in an exec session, and clients of one, which are compared in `golden-c.test.ts`; what C uses
 * although there is no container (exit command, notify socket); seccomp notifications, which only it has.
 */
const LEFT_OUT = /^(terminal|exec-attach|exit-command|sdnotify-socket|seccomp-notify-.*)$/;

/** The options that C conmon has, too. */
function shared(entries: readonly Entry[]): readonly Entry[] {
  const known =
    options.skip === undefined ? execFileSync(PROGRAM, ['--help'], { encoding: 'utf8' }).split(/[\s,=]+/) : [];
  return entries.filter(([name]) => known.includes(`--${name}`) && !LEFT_OUT.test(name));
}

/** For a number also values that no option accepts. */
function valueOf([name, { kind }]: Entry): Arbitrary<string> {
  const meanings = MEANINGS[name];
  if (meanings !== undefined) return fc.constantFrom(...meanings);
  const value = valueFor(kind, TEXT);
  if (kind !== 'int' && kind !== 'int64') return value;
  return fc.oneof({ weight: 4, arbitrary: value }, INTEGER.chain(written), TEXT);
}

function line(): Arbitrary<readonly string[]> {
  const option: Arbitrary<Written> = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...shared(VALUED)).chain((entry) => valued(entry, valueOf(entry))) },
    { weight: 1, arbitrary: fc.constantFrom(...shared(FLAGS)).chain(flag) },
  );
  const words = option.map(({ words }) => words);
  const other = fc.oneof(
    BUNDLE.filter(([word]) => !word?.includes('t')),
    STRAY.map((word) => [word]),
  );
  const part = fc.oneof(
    { weight: 20, arbitrary: words },
    { weight: 4, arbitrary: other },
    ODD.map((word) => [word]),
  );
  const start = RUN.map((word) => (word === 'RUNTIME' ? judge.runtime : word));
  const starts = fc.oneof({ weight: 9, arbitrary: fc.constant(start) }, fc.constant(['-c', 'a', '--sync']));
  return fc.tuple(starts, fc.array(part, { maxLength: 8 })).map(([start, parts]) => [...start, ...parts.flat()]);
}

t.test('a generated command line: as C conmon', options, async (t) => {
  let calls = 0;
  fc.assert(
    fc.property(line(), (argv) => {
      const expected = judge.ask(argv, {});
      deepStrictEqual(planned(judge, { argv, env: {} }), expected);
      calls += expected.runtime === null ? 0 : 1;
    }),
    cases(200),
  );
  t.ok(calls > 0, `${calls} of them called the runtime`);
});
