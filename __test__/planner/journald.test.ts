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

t.test('SYSLOG_IDENTIFIER is the tag, else the name, else the short id', async (t) => {
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

t.test('the value of a label is everything after the first equals sign', async (t) => {
  for (const [label, name, value] of [
    ['URL=http://a/?b=c', 'URL', 'http://a/?b=c'],
    ['X=y=z', 'X', 'y=z'],
    ['X==', 'X', '='],
  ] as const) {
    t.same(journald([...JOURNALD, '--log-label', label])?.fields.at(-1), [name, value], label);
    t.same(journald([...JOURNALD, `--log-label=${label}`])?.fields.at(-1), [name, value], label);
  }
});

t.test('a label that C conmon refuses is reported with level info or a lower one only', async (t) => {
  const warnings = (...argv: string[]) => planOf([...JOURNALD, '--log-label', 'X=y', ...argv]).diagnostics.warnings;
  t.same(warnings('--log-label', 'X=y=z'), []);
  t.same(warnings('--log-level', 'trace'), []);
  const [remark, ...others] = warnings('--log-label', 'X=y=z', '--log-level', 'trace');
  t.match(remark, /^Container labels must be in format LABEL=VALUE .*'X=y=z'/);
  t.same(others, []);
});

t.test('a label is an upper-case name, an equals sign, and a value', async (t) => {
  const format = '[conmon:e]: Container labels must be in format LABEL=VALUE';
  const names = '[conmon:e]: Container label names must contain only uppercase letters, numbers and underscore';
  const bad: readonly (readonly [label: string, stderr: string])[] = [
    ['=x', `${format} (no LABEL present in '=x')`],
    ['', `${format} (no '=' present in '')`],
    ['X', `${format} (no '=' present in 'X')`],
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

t.test('parts of lines are marked unless an option disables that', async (t) => {
  t.equal(journald(JOURNALD)?.partialMessage, true);
  t.equal(journald([...JOURNALD, '--no-container-partial-message'])?.partialMessage, false);
});
