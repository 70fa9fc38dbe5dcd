import t from 'tap';
import type { JournaldLog } from '../../ts/planner/plan.js';
import { CREATE, planOf, refusalOf } from './support.js';

const JOURNALD = [...CREATE, '-l', 'journald', '-c', '0123456789abc'];
const ID_FIELDS = [
  ['CONTAINER_ID_FULL', '0123456789abc'],
  ['CONTAINER_ID', '0123456789ab'],
];

function journald(argv: readonly string[]): JournaldLog | undefined {
  for (const driver of planOf(argv).logs.drivers) if ('journald' in driver) return driver.journald;
  return undefined;
}

t.test('who wrote a line is the tag, else the name, else the short id', async (t) => {
  t.same(journald(JOURNALD)?.fields, [...ID_FIELDS, ['SYSLOG_IDENTIFIER', '0123456789ab']]);
  t.same(journald([...JOURNALD, '-n', 'web'])?.fields, [
    ...ID_FIELDS,
    ['CONTAINER_NAME', 'web'],
    ['SYSLOG_IDENTIFIER', 'web'],
  ]);
  t.same(journald([...JOURNALD, '-n', 'web', '--log-tag', 'blue'])?.fields, [
    ...ID_FIELDS,
    ['CONTAINER_TAG', 'blue'],
    ['CONTAINER_NAME', 'web'],
    ['SYSLOG_IDENTIFIER', 'blue'],
  ]);
});

t.test('labels are the last fields, in their order', async (t) => {
  const fields = journald([...JOURNALD, '--log-label', 'B_2=x', '--log-label', 'A='])?.fields;
  t.same(fields?.slice(-2), [
    ['B_2', 'x'],
    ['A', ''],
  ]);
});

t.test('a label is an upper-case name, one equals sign, and a value', async (t) => {
  const format = '[conmon:e]: Container labels must be in format LABEL=VALUE';
  const names = '[conmon:e]: Container label names must contain only uppercase letters, numbers and underscore';
  const bad: readonly (readonly [label: string, stderr: string])[] = [
    ['=x', `${format} (no LABEL present in '=x')`],
    ['', `${format} (none or more than one '=' present in '')`],
    ['X', `${format} (none or more than one '=' present in 'X')`],
    ['X=y=z', `${format} (none or more than one '=' present in 'X=y=z')`],
    ['x=y', `${names} (in 'x=y')`],
    ['X-Y=z', `${names} (in 'X-Y=z')`],
    ['É=z', `${names} (in 'É=z')`],
  ];
  for (const [label, stderr] of bad) {
    t.equal(refusalOf([...JOURNALD, '--log-label', label]).stderr, `${stderr}\n`, label);
  }
});

t.test('an id of 12 bytes or less is refused', async (t) => {
  const refusal = refusalOf([...JOURNALD, '-c', '0123456789ab']);
  t.equal(refusal.stderr, '[conmon:e] Container ID must be longer than 12 characters\n');
});

t.test('parts of lines are marked unless it was asked not to', async (t) => {
  t.equal(journald(JOURNALD)?.partialMessage, true);
  t.equal(journald([...JOURNALD, '--no-container-partial-message'])?.partialMessage, false);
});
